"""Keys that too many share: info@ of an office, the telephone of a shop. They tell nobody apart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mactl.people.cells import Cells, Mask, Numbers
from mactl.people.identity.keys import KeyRule
from mactl.people.threads import side_by_side

Codes = tuple[Numbers, int]
"""A number for each row, the same for the same key and -1 for none, and how many keys there are."""


@dataclass(frozen=True, slots=True)
class Common:
    """A key that goes with `others` different stronger keys; `row` is the first that has it."""

    key: str
    value: str
    others: int
    row: int


def drop_common(
    keys: Mapping[str, Cells], rules: Sequence[KeyRule]
) -> tuple[Mapping[str, Cells], Mapping[str, Codes], tuple[Common, ...]]:
    """`keys` without those that go with more different stronger keys than their rule allows, the codes of what is left
    (`Cells.codes`), and which were left out.

    A row that has no stronger key keeps it: it is all that is known of who that is.
    """
    size = len(next(iter(keys.values()), ()))
    numbered = side_by_side(Cells.codes, keys.values(), size)
    kept, codes = dict(keys), dict(zip(keys, numbered, strict=True))
    found: list[Common] = []
    stronger = _Stronger()
    for number, rule in enumerate(rules):
        if number:
            rows, common = _too_many(rule, kept[rule.name], codes[rule.name], stronger)
            found += common
            if len(rows):
                mask = np.zeros(len(codes[rule.name][0]), np.bool_)
                mask[rows] = True
                kept[rule.name] = kept[rule.name].without(mask)
                codes[rule.name] = kept[rule.name].codes()
        stronger.add(kept[rule.name])
    return kept, codes, tuple(found)


class _Stronger:
    """The strongest key of rows among the kinds added so far."""

    def __init__(self) -> None:
        self._kinds: list[Cells] = []

    def add(self, cells: Cells) -> None:
        self._kinds.append(cells)

    def numbers(self, rows: Numbers) -> Numbers:
        """A number for each of `rows`, the same for the same key and -1 for none."""
        found = np.full(len(rows), -1, np.int64)
        begin = 0
        for cells in self._kinds:
            codes, count = cells.take(rows).codes()
            found = np.where((found < 0) & (codes >= 0), codes + begin, found)
            begin += count
        return found


def _too_many(
    rule: KeyRule, cells: Cells, codes: Codes, stronger: _Stronger
) -> tuple[Numbers, list[Common]]:
    """The rows in which the key of `rule` goes with too many stronger ones, and which keys those are."""
    rows = _frequent(codes, rule.limit)
    numbers = stronger.numbers(rows) if len(rows) else rows
    rows, numbers = rows[numbers >= 0], numbers[numbers >= 0]
    if not len(rows):
        return rows, []
    few = cells.take(rows).encoded()
    values_of, count = few.codes()
    pairs = np.unique(np.stack([values_of, numbers], axis=1), axis=0)
    others = np.bincount(pairs[:, 0], minlength=count)
    dropped: Mask = others > rule.limit
    values, firsts = np.unique(values_of, return_index=True)
    told = [
        Common(rule.name, few.values[value].as_py(), int(others[value]), int(rows[first]))
        for value, first in zip(values.tolist(), firsts.tolist(), strict=True)
        if dropped[value]
    ]
    return rows[dropped[values_of]], told


def _frequent(codes: Codes, limit: int) -> Numbers:
    """The rows of values that stand in more than `limit` rows."""
    numbers, count = codes
    filled = numbers[numbers >= 0]
    if len(filled) <= count + limit - 1:
        return np.zeros(0, np.int64)  # too few come twice
    often = np.bincount(filled, minlength=count) > limit
    return np.flatnonzero(np.append(often, False)[numbers]) if often.any() else filled[:0]
