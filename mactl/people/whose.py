"""Whose a row is that names somebody: an event, or an opt-out."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mactl.columns import CONTACT, KEY
from mactl.own_events import OPT_OUTS
from mactl.people.cells import Cells, Numbers, in_one, mask_of
from mactl.people.identity.keys import EMAIL, compared_texts, key_rules
from mactl.people.memory import give_back
from mactl.people.people import People
from mactl.people.threads import parts_of, side_by_side
from mactl.project import Settings

WHO = "contact"
"""The column that names a contact by `_key`."""
Form = Callable[[pa.Array], pa.Array]
"""Texts in the form in which two of them are compared."""
_FEWEST = 1_000_000  # values that are worth a table of all keys


def find_contacts(who: Mapping[str, Cells], people: People, settings: Settings) -> Numbers:
    """For each row the position of its contact in `people.contacts`, -1 where nobody is known.

    `who` are columns by what names the contact: the key that `WHO` names counts first, then the identity keys, the
    strongest first. What nobody has as a key today, `WHO` may have from when it was one: any identity key will do.
    """
    found = None
    aliases = in_one(people.aliases.column("alias"))
    holders = in_one(people.aliases.column(CONTACT)).indices.to_numpy()
    how = {EMAIL: EMAIL, **{rule.name: rule.compare for rule in key_rules(settings)}}
    for name, cells in who.items():
        if cells.values.null_count == len(cells.values):
            continue
        if name == WHO:
            keys = in_one(people.contacts.column(KEY))
            found = _filled_in(found, cells, lambda texts: texts, keys, np.arange(len(keys)))
        kind = EMAIL if name == WHO else name
        form = partial(compared_texts, how=how.get(kind, "exact"), country=settings.country)
        found = _filled_in(found, cells, form, *_aliases_of(kind, aliases, holders))
    if found is None:
        return np.full(len(next(iter(who.values()))), -1, np.int64)
    strangers = np.flatnonzero((found < 0) & who[WHO].valid()) if WHO in who else found[:0]
    if len(strangers):
        named = Cells(who[WHO].take(strangers).array()).encoded()
        others = {name: named for name in settings.identity_fields if name != EMAIL}
        if others:
            found[strangers] = find_contacts(others, people, settings)
    return found


def with_heirs(
    contact: Numbers, events: Cells, who: Mapping[str, Cells], people: People, settings: Settings
) -> Numbers:
    """`contact` with whoever has a key today of those whom no source has any more, where the event (its name stands in
    `events`) is an opt-out: that holds for the address that it was said of."""
    if not people.heirs.num_rows:
        return contact
    says_no = mask_of(pc.is_in(events.array(), value_set=pa.array(OPT_OUTS)))
    left = np.flatnonzero((contact < 0) & says_no)
    if len(left):
        theirs = {name: Cells(cells.take(left).array()) for name, cells in who.items()}
        contact[left] = find_contacts(theirs, replace(people, aliases=people.heirs), settings)
    return contact


def _filled_in(
    found: Numbers | None, cells: Cells, form: Form, keys: pa.Array, holders: Numbers
) -> Numbers:
    """`found` with the holder of each row's key where there was nobody yet."""
    position = _positions(cells.values, form, keys)
    holder = cells.replaced(pa.array(holders, pa.int32()).take(position)).array()
    numbers = holder.fill_null(-1).to_numpy()
    return numbers.astype(np.int64) if found is None else np.where(found >= 0, found, numbers)


def _positions(values: pa.Array, form: Form, keys: pa.Array) -> pa.Array:
    """Where in `keys` each of `values` stands in its `form`, null where it is none."""

    def found(part: slice) -> pa.Array:
        return pc.index_in(form(values[part]), value_set=keys, skip_nulls=True)

    parts = parts_of(len(values), _FEWEST)
    return pa.concat_arrays(side_by_side(found, parts, len(values)))


def _aliases_of(name: str, aliases: pa.Array, holders: Numbers) -> tuple[pa.Array, Numbers]:
    """The keys of one kind, and who has them."""
    prefix = f"{name}:"
    mine = pc.starts_with(aliases, prefix)
    keys = pc.utf8_slice_codeunits(aliases.filter(mine), len(prefix))
    give_back()
    return keys, holders[mine.to_numpy(zero_copy_only=False)]
