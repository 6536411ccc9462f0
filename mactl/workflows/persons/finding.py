"""Who is meant: a contact by whatever they are known by."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mactl.columns import CONTACT, KEY
from mactl.errors import UsageError
from mactl.people.cells import Cells, Numbers
from mactl.people.identity.keys import alias_of, compared, key_rules
from mactl.people.people import People
from mactl.project import Settings
from mactl.validation import did_you_mean

_SAME = 0.85
"""How alike two names are of which one is the other misspelt; addresses mostly share their domain."""


def find_person(people: People, who: str, settings: Settings) -> int:
    """The place in `people.contacts` of the contact who is known as `who`: by their key, any of their identity keys
    (`email:ann@example.com`, or its value alone) or their internal id.

    Raises UsageError where there is none, or several.
    """
    named = who.strip()
    contacts = people.contacts
    for column in (KEY, CONTACT):
        found = np.flatnonzero(_is(contacts.column(column), named))
        if len(found) == 1:
            return int(found[0])
    places = _by_alias(people, named, settings)
    if len(places) == 1:
        return int(places[0])
    keys = contacts.column(KEY)
    if len(places):
        several = ", ".join(repr(name) for name in keys.take(pa.array(places)).to_pylist())
        raise UsageError(f"several contacts are known by {who!r}: {several}", "name one of them")
    names = [*keys.drop_null().to_pylist()]
    if "email" in contacts.column_names:
        names += contacts.column("email").drop_null().to_pylist()
    hint = did_you_mean(named, names, likeness=_SAME)
    raise UsageError(
        f"there is no contact {who!r}", hint or "mactl contacts list shows who there is"
    )


def _by_alias(people: People, named: str, settings: Settings) -> Numbers:
    """The places of those who have this identity key, of whichever kind."""
    aliases, places = [named], []
    for rule in key_rules(settings):
        if len(rule.fields) == 1:
            value = named.removeprefix(f"{rule.name}:")
            cells = compared(Cells(pa.array([value])), rule.compare, settings.country)
            aliases += alias_of(rule.name, cells.array()).drop_null().to_pylist()
    wanted = pa.array(aliases)
    for table in (people.aliases, people.shared):
        theirs = table.filter(pc.is_in(table.column("alias"), value_set=wanted)).column(CONTACT)
        ids = people.contacts.column(CONTACT)
        places.append(pc.index_in(theirs.cast(pa.string()), value_set=ids.combine_chunks()))
    return np.unique(np.concatenate([found.drop_null().to_numpy() for found in places]))


def _is(column: pa.ChunkedArray, value: str) -> Numbers:
    found: Numbers = pc.equal(column, value).fill_null(False).to_numpy()
    return found
