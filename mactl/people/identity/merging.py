"""The rows of one person → the value of each of their fields."""

from collections.abc import Iterable, Mapping

import numpy as np

from mactl.columns import FieldType
from mactl.people.cells import Cells, Mask, Numbers
from mactl.people.hygiene.values import Kind, read_values
from mactl.people.identity.persons import Persons
from mactl.people.identity.surviving import Surviving
from mactl.project import ConsentColumns


def choose_rows(
    persons: Persons,
    cells: Mapping[str, Cells],
    consent: Iterable[ConsentColumns],
    surviving: Surviving | None = None,
) -> dict[str, Numbers]:
    """For each field the row that each person's value is taken from.

    It is the first row that has one, or the one that `surviving` ranks highest. Consent is stricter: a row that says
    no goes before one that says yes, and a withdrawal before its absence; when, where and to which words they agreed
    is taken from the same row as the consent, the one of the strictest rows that proves most. A proof pieced together
    from two records would be none.
    """
    if not len(persons.several):
        return dict.fromkeys(cells, persons.first)
    chosen: dict[str, Numbers] = {}
    for columns in consent:
        if columns.state in cells:
            proofs = [
                name
                for name in (columns.at, columns.source, columns.wording, columns.confirmed)
                if name in cells
            ]
            rank = _strictness(cells[columns.state], wanted=False) * (len(proofs) + 1)
            for name in proofs:
                rank = rank + cells[str(name)].valid()
            rows = persons.best(rank)
            for name in (columns.state, *proofs):
                chosen.setdefault(str(name), rows)
        if columns.withdrawn in cells:
            rank = _strictness(cells[str(columns.withdrawn)], wanted=True)
            chosen.setdefault(str(columns.withdrawn), persons.best(rank))
    for name, column in cells.items():
        if name not in chosen:
            ranks = surviving.rank(name, column, persons) if surviving is not None else None
            if ranks is None:
                chosen[name] = persons.best(column.valid().astype(np.int64))
            else:
                chosen[name] = persons.best_of(ranks)
    return chosen


def _strictness(cells: Cells, *, wanted: bool) -> Numbers:
    """2 where a cell says `wanted` (yes or no) or nothing clear, 1 where it says the opposite, 0 if empty."""
    answers = cells.values
    if answers.type != FieldType.BOOLEAN.arrow:
        texts = answers.cast(FieldType.TEXT.arrow)
        answers = read_values(texts, Kind(FieldType.BOOLEAN)).values
    opposite: Mask = answers.fill_null(wanted).to_numpy(zero_copy_only=False) != wanted
    says_opposite = cells.where(opposite)
    return np.where(cells.valid(), np.where(says_opposite, 1, 2), 0)
