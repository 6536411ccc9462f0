"""Who is meant: a contact by whatever they are or were known by, in the sources or only in the state."""

import shlex
from collections.abc import Sequence
from typing import NoReturn

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection

from mactl.clock import from_epoch
from mactl.columns import CONTACT, KEY
from mactl.errors import UsageError
from mactl.people.cells import Cells, Numbers
from mactl.people.identity.keys import EMAIL, alias_of, compared, key_rules
from mactl.people.people import People
from mactl.project import Project, Settings
from mactl.store.consents import ids_of
from mactl.store.erasures import find_erased
from mactl.store.identities import find_contact, read_keys_of
from mactl.store.suppressions import address_key
from mactl.validation import did_you_mean

_SAME = 0.85
"""How alike two names are of which one is the other misspelt; addresses mostly share their domain."""


def find_person(people: People, who: str, project: Project, connection: Connection) -> int:
    """As `find_place`; UsageError where there is no such contact, which says so of who was erased."""
    place = find_place(people, who, project.settings)
    if place is None:
        refuse_unknown(people, who, project, connection)
    return place


def find_place(people: People, who: str, settings: Settings) -> int | None:
    """The place in `people.contacts` of the contact who is known as `who`: by their key, any of their identity keys
    (`email:ann@example.com`, or its value alone) or their internal id; None where there is none.

    Raises UsageError where there are several.
    """
    named = who.strip()
    contacts = people.contacts
    for column in (KEY, CONTACT):
        found = np.flatnonzero(_is(contacts.column(column), named))
        if len(found) == 1:
            return int(found[0])
    places = _by_alias(people, named, settings)
    if len(places) > 1:
        names = contacts.column(KEY).take(pa.array(places)).to_pylist()
        several = ", ".join(map(repr, names))
        raise UsageError(f"several contacts are known by {who!r}: {several}", "name one of them")
    return int(places[0]) if len(places) else None


def find_known(connection: Connection, who: str, settings: Settings) -> str | None:
    """The internal id, as of today, of the contact whom the state knows as `who`, also where no source has them any
    more; None where there is none."""
    return find_contact(connection, who.strip(), aliases_meant(who.strip(), settings))


def emails_known(connection: Connection, id: str) -> list[str]:
    """The e-mail addresses by which the state knows a contact, and all who turned out to be them, oldest first."""
    prefix = f"{EMAIL}:"
    known = read_keys_of(connection, ids_of(connection, id))
    return [alias.removeprefix(prefix) for alias in known if alias.startswith(prefix)]


def refuse_unknown(people: People, who: str, project: Project, connection: Connection) -> NoReturn:
    """UsageError that there is no contact `who`, that they were erased, or that only the state knows them."""
    refuse_erased(connection, project, who)
    if find_known(connection, who, project.settings) is not None:
        raise UsageError(
            f"no source has {who!r} any more",
            f"mactl contacts show {shlex.quote(who)} says what the state knows of them",
        )
    contacts = people.contacts
    columns = [name for name in (KEY, EMAIL) if name in contacts.column_names]
    names = [name for column in columns for name in contacts.column(column).drop_null().to_pylist()]
    hint = did_you_mean(who.strip(), names, likeness=_SAME)
    raise UsageError(
        f"there is no contact {who!r}", hint or "mactl contacts list shows who there is"
    )


def refuse_erased(connection: Connection, project: Project, who: str) -> None:
    """UsageError where who was known by this address or key was erased."""
    wanted = address_key(who) if "@" in who else who
    kinds = dict.fromkeys((*project.settings.identity_fields, EMAIL))
    keys = [(field, wanted if field == EMAIL else who) for field in kinds]
    at = find_erased(connection, keys)
    if at is not None:
        raise UsageError(
            f"{who!r} was erased on {from_epoch(at).date()}",
            f"where they come back by themselves: mactl privacy readmit {who}",
        )


def _by_alias(people: People, named: str, settings: Settings) -> Numbers:
    """The places of those who have this identity key, of whichever kind."""
    wanted = pa.array(aliases_meant(named, settings))
    ids = people.contacts.column(CONTACT).combine_chunks()
    places = []
    for table in (people.aliases, people.shared):
        theirs = table.filter(pc.is_in(table.column("alias"), value_set=wanted)).column(CONTACT)
        found = pc.index_in(theirs.cast(pa.string()), value_set=ids)
        places.append(found.drop_null().to_numpy())
    return np.unique(np.concatenate(places))


def aliases_meant(named: str, settings: Settings) -> Sequence[str]:
    """The identity keys that `named` may be, with or without their kind."""
    how = {rule.name: rule.compare for rule in key_rules(settings) if len(rule.fields) == 1}
    aliases = [named]
    for name, compare in {EMAIL: EMAIL, **how}.items():
        value = named.removeprefix(f"{name}:")
        texts = [value, address_key(value)] if name == EMAIL and "@" in value else [value]
        cells = compared(Cells(pa.array(texts)), compare, settings.country)
        aliases += alias_of(name, cells.array()).drop_null().to_pylist()
    return list(dict.fromkeys(aliases))


def _is(column: pa.ChunkedArray, value: str) -> Numbers:
    found: Numbers = pc.equal(column, value).fill_null(False).to_numpy()
    return found
