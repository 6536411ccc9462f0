r"""Cells that say `\N` or `NULL`, which databases write where there is nothing: they are empty.

`NULL` in a column of names may be somebody's name, and counts as nothing only where the same word stands in a column
of the file that holds none.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mactl.people.cells import Cells, Mask, Numbers, mask_of
from mactl.people.threads import side_by_side

_WORDS = ("NULL", "null")
MARKS = (*_WORDS, r"\N", "(NULL)", "(null)", "<NULL>", "<null>", "[NULL]", "[null]")
"""Cells that hold nothing else hold nothing."""
_LENGTHS = sorted({len(mark) for mark in MARKS})


@dataclass(frozen=True, slots=True, eq=False)
class Nulls:
    """What says that there is nothing: which `marks`, and the `rows` of each column that has any."""

    marks: tuple[str, ...]
    rows: Mapping[str, Mask]

    @property
    def count(self) -> int:
        """How many cells."""
        return sum(int(np.count_nonzero(rows)) for rows in self.rows.values())

    @property
    def first(self) -> int:
        """The first row that has one."""
        return min(int(np.argmax(rows)) for rows in self.rows.values())


def empty_nulls(columns: dict[str, Cells], names: Set[str]) -> Nulls:
    """Empty the cells of `columns` that say that there is nothing; `names` are those that hold names of people."""
    size = max((len(cells.values) for cells in columns.values()), default=0)
    marked_of = side_by_side(_marked, [cells.values for cells in columns.values()], size)
    found = {name: marked for name, marked in zip(columns, marked_of, strict=True) if marked}
    believed = set(range(len(_WORDS), len(MARKS)))
    for name in found.keys() - names:
        believed.update(found[name].marks.tolist())
    marks: set[int] = set()
    rows: dict[str, Mask] = {}
    for name, marked in found.items():
        cells = columns[name]
        counts = np.isin(marked.marks, list(believed))
        nothing = np.zeros(len(cells.values), np.bool_)
        nothing[marked.at[counts]] = True
        holding = cells.where(nothing)
        if holding.any():
            marks.update(marked.marks[counts].tolist())
            rows[name] = holding
            columns[name] = cells.replaced(pc.if_else(pa.array(nothing), None, cells.values))
    return Nulls(tuple(MARKS[mark] for mark in sorted(marks)), rows)


@dataclass(frozen=True, slots=True, eq=False)
class _Marked:
    """Where among the values of a column marks stand, and which of `MARKS` each is."""

    at: Numbers
    marks: Numbers


def _marked(values: pa.Array) -> _Marked | None:
    """The marks in a column; None where it has none, which the lengths of its cells mostly tell."""
    lengths = pc.binary_length(values).fill_null(0).to_numpy()
    short = np.flatnonzero(np.logical_or.reduce([lengths == length for length in _LENGTHS]))
    if not len(short):
        return None
    marks = pc.index_in(values.take(pa.array(short)), pa.array(MARKS))
    there = mask_of(marks.is_valid())
    if not there.any():
        return None
    return _Marked(short[there], marks.drop_null().to_numpy().astype(np.int64))
