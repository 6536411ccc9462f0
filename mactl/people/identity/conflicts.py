"""Fields in which the rows of one person differ."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mactl.people.cells import Cells, Numbers
from mactl.people.identity.persons import Persons


@dataclass(frozen=True, slots=True, eq=False)
class Conflict:
    """A field, and the persons whose rows hold different values of it."""

    field: str
    persons: Numbers


def find_conflicts(persons: Persons, cells: Mapping[str, Cells]) -> list[Conflict]:
    """The fields of `cells` in which filled values of one person differ, those with most persons first."""
    if not len(persons.several):
        return []
    found = []
    for name, column in cells.items():
        codes, count = column.take(persons.rows).codes()
        highest = np.maximum.reduceat(codes, persons.starts)
        lowest = np.minimum.reduceat(np.where(codes < 0, count, codes), persons.starts)
        differ = persons.several[(lowest < highest) & (highest >= 0)]
        if len(differ):
            found.append(Conflict(name, differ))
    return sorted(found, key=lambda conflict: -len(conflict.persons))
