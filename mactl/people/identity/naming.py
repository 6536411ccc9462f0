"""What people go by: the source's id, else their address, their telephone, or whatever they are known by."""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mactl.people.cells import Cells
from mactl.people.identity.keys import EMAIL, PHONE, KeyRule
from mactl.people.identity.recognising import Identities


def names_of(
    identities: Identities,
    rules: Sequence[KeyRule],
    fields: Mapping[str, pa.Array],
    keys: Mapping[str, Cells],
) -> pa.Array:
    """One name for each person; `fields` have the values that they got, `keys` the keys of rows.

    Of people who share a key, who are kept apart, one goes by it.
    """
    single = [rule.name for rule in rules if len(rule.fields) == 1 and rule.name in fields]
    reaching = [name for name in (EMAIL, PHONE) if name in single]
    named = [name for name in single if name not in reaching] + reaching
    columns = {name: fields[name] for name in named}
    for rule in rules:
        if len(rule.fields) > 1:
            columns[rule.name] = keys[rule.name].take(identities.first).array()
    if not columns:
        return pa.nulls(len(identities.first), pa.string())
    own = [_without_others(name, column, identities) for name, column in columns.items()]
    return pc.coalesce(*own, *columns.values())


def _without_others(name: str, column: pa.Array, identities: Identities) -> pa.Array:
    """A column of names without those that others hold."""
    others = [person for one in identities.shared if one.key == name for person in one.persons[1:]]
    if not others:
        return column
    theirs = np.zeros(len(column), np.bool_)
    theirs[others] = True
    return pc.if_else(pa.array(theirs), None, column)
