"""Which of several values of a field a person keeps, where mactl.yaml says otherwise than the first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mactl.columns import FieldType
from mactl.people.cells import Cells, Mask, Numbers
from mactl.people.identity.persons import Persons
from mactl.project.identity import SourceFirst, SurvivorRule, Survivorship

_DAY = 86_400


@dataclass(frozen=True, slots=True, eq=False)
class Surviving:
    """The rules of `survivorship`, and what they ask of rows beside their cells.

    `sheet` has the place of each row's file in `paths`; `changed` the instant each file changed at (epoch seconds,
    0 where there is no file). `at` is the column with the instant of each row (or the day), if there is one.
    """

    rules: Survivorship
    paths: Sequence[str | None]
    changed: Sequence[int]
    sheet: Numbers
    at: Cells | None = None

    def rule_of(self, field: str) -> SurvivorRule:
        """The rule that holds for a field; of the column of instants it is the newest where none is declared."""
        default: SurvivorRule = "newest" if field == self.rules.at else self.rules.by
        return self.rules.fields.get(field, default)

    def rank(self, field: str, cells: Cells, persons: Persons) -> Numbers | None:
        """How the rows of `persons.rows` rank for `field`, the highest first and 0 for an empty cell; None where the
        first one with a value counts."""
        rule = self.rule_of(field)
        if rule == "first":
            return None
        some = cells.take(persons.rows)
        filled = some.valid()
        if isinstance(rule, SourceFirst):
            return np.where(filled, 1 + self._is_from(rule.source)[self.sheet[persons.rows]], 0)
        if rule == "longest":
            return np.where(filled, 1 + _lengths(some), 0)
        if rule == "most_common":
            return np.where(filled, _counts(some, persons), 0)
        instants = self.instants(persons.rows)
        known = np.unique(instants[filled])
        places = (
            np.searchsorted(known, instants)
            if rule == "newest"
            else -np.searchsorted(known, instants)
        )
        if rule == "oldest":
            # What has no instant is no older than what has one.
            places = np.where(instants == _UNTOLD, -len(known), places)
        return np.where(filled, 1 + places + (len(known) if rule == "oldest" else 0), 0)

    def instants(self, rows: Numbers) -> Numbers:
        """When `rows` changed: as their column says, else as their file does."""
        of_file = np.array([*self.changed, 0], np.int64)[self.sheet[rows]]
        of_file = np.where(of_file == 0, _UNTOLD, of_file)
        if self.rules.at is None or self.at is None:
            return of_file
        values = self.at.take(rows).array()
        if values.type == FieldType.DATE.arrow:
            values = pc.multiply(values.cast(pa.int64()), _DAY)
        told = values.fill_null(0).to_numpy()
        return np.where(values.is_valid().to_numpy(zero_copy_only=False), told, _UNTOLD)

    def _is_from(self, pattern: str) -> Mask:
        """Which files `pattern` names."""
        return np.array(
            [path is not None and names_file(pattern, path) for path in self.paths], np.bool_
        )


_UNTOLD = np.iinfo(np.int64).min // 4


def names_file(pattern: str, path: str) -> bool:
    """Whether `pattern`, as mactl.yaml writes files, names the file shown as `path`."""
    return fnmatchcase(path, pattern) or fnmatchcase(path, f"*/{pattern.removeprefix('./')}")


def _lengths(cells: Cells) -> Numbers:
    """How many letters each value has when it is written; 0 for none."""
    texts = (
        cells.values if pa.types.is_string(cells.values.type) else cells.values.cast(pa.string())
    )
    lengths = Cells(pc.utf8_length(texts), cells.index).array()
    numbers: Numbers = lengths.fill_null(0).to_numpy().astype(np.int64)
    return numbers


def _counts(cells: Cells, persons: Persons) -> Numbers:
    """In how many rows of the same person each value stands."""
    codes, count = cells.codes()
    sizes = np.diff(np.append(persons.starts, len(persons.rows)))
    of_person = np.repeat(np.arange(len(persons.several)), sizes)
    _, index, counts = np.unique(
        of_person * (count + 1) + codes, return_inverse=True, return_counts=True
    )
    found: Numbers = counts[index.reshape(-1)]
    return found


def told_rule(rule: SurvivorRule) -> str:
    """A rule as people are told it."""
    return f"from {rule.source} first" if isinstance(rule, SourceFirst) else _TOLD[rule]


_TOLD: Mapping[str, str] = {
    "first": "the first in the order of the sources",
    "newest": "the newest",
    "oldest": "the oldest",
    "longest": "the longest",
    "most_common": "the most common",
}
