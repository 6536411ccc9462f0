"""Rows of people who were erased: they are left out, and nothing is said of what they hold."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mactl.clock import from_epoch
from mactl.findings import Finding, Severity
from mactl.people.cells import Cells, Mask, Numbers
from mactl.people.hygiene.cleaning import Cleaned, Rows
from mactl.people.sources.faults import line_findings
from mactl.people.sources.refusals import Refusal

ID = "contact-erased"
_HINT = "take the row out of the source; mactl privacy readmit lets them back in"


class Erased(Protocol):
    """Everybody who was erased."""

    @property
    def mark(self) -> str:
        """What is another whenever anything else would be found."""

    def find(self, field: str, values: pa.Array) -> Numbers:
        """For each of `values` (text) the epoch second at which who had it as their `field` was erased, else 0."""


def erased_rows(
    cleaned: Cleaned, kinds: Mapping[str, Sequence[str]], erased: Erased | None
) -> Numbers:
    """For each row of a sheet when who it is about was erased, else 0; `kinds` says for each column which fields its
    cells may be."""
    on = np.zeros(len(cleaned.sheet), np.int64)
    for column, fields in kinds.items() if erased is not None else ():
        cells = cleaned.cells.get(column)
        if cells is None or erased is None:
            continue
        for field in fields:
            on = np.maximum(on, _found(cells, field, erased))
    return on


def erased_keys(keys: Mapping[str, Cells], erased: Erased | None) -> Numbers:
    """For each row when who has one of its identity keys (by its rule, as keys are compared) was erased, else 0."""
    on = np.zeros(len(next(iter(keys.values()))), np.int64)
    if erased is None:
        return on
    for name, cells in keys.items():
        on = np.maximum(on, _found(cells, name, erased))
    return on


def _found(cells: Cells, field: str, erased: Erased) -> Numbers:
    values = cells.values.dictionary_decode() if _is_words(cells.values) else cells.values
    found = erased.find(field, pc.utf8_trim_whitespace(values.cast(pa.string())))
    if cells.index is None:
        return found
    if not len(found):
        return np.zeros(len(cells), np.int64)
    index = cells.index.fill_null(-1).to_numpy()
    return np.where(index >= 0, found[index], 0)


def _is_words(values: pa.Array) -> bool:
    return bool(pa.types.is_dictionary(values.type))


def pass_over(cleaned: Cleaned, on: Numbers, findings: Sequence[Finding]) -> list[Finding]:
    """`findings` without those about rows of people who were erased; these are no rows to be mended either."""
    gone = cleaned.sheet.lines[on > 0]
    if not len(gone):
        return list(findings)
    cleaned.refusals[:] = [kept for one in cleaned.refusals if (kept := _without(one, gone))]
    return without_lines(findings, cleaned.sheet.path, gone)


def without_lines(findings: Sequence[Finding], path: str | None, lines: Numbers) -> list[Finding]:
    """`findings` but for those about these lines of a file."""
    gone = set(lines.tolist())
    return [
        f for f in findings if f.place is None or f.place.path != path or f.place.line not in gone
    ]


def tell_erased(path: str | None, lines: Numbers, on: Numbers) -> list[Finding]:
    """A warning for each row that is left out as somebody's who was erased."""
    days = [from_epoch(at).date() for at in on.tolist()]
    return line_findings(
        ID,
        Severity.WARNING,
        path,
        lines.tolist(),
        lambda number: f"the person in this row was erased on {days[number]}; it is left out",
        _HINT,
    )


def _without(refusal: Refusal, gone: Numbers) -> Refusal | None:
    kept = ~np.isin(refusal.lines, gone)
    if not kept.any():
        return None
    mask = pa.array(kept)
    texts, raw = (a if a is None else a.filter(mask) for a in (refusal.texts, refusal.raw))
    return Refusal(refusal.lines[kept], refusal.say, texts, raw)


def theirs(on: Numbers, person: Numbers, is_known: Mask) -> Numbers:
    """For each row when who it is about was erased, else 0, given for each row alone (`on`), which `person` it is, and
    which persons are known otherwise.

    What connects a stranger with somebody erased makes all their rows one person's. Who is known is not erased: they
    only lose the rows that are somebody else's.
    """
    of_person = np.zeros(len(is_known), np.int64)
    np.maximum.at(of_person, person, on)
    of_person[is_known] = 0
    found: Numbers = np.maximum(on, of_person[person])
    return found


def tell_rows(rows: Rows, paths: Sequence[str | None], on: Numbers) -> list[Finding]:
    """`tell_erased` of rows of several sheets."""
    findings: list[Finding] = []
    for number, path in enumerate(paths):
        mine = np.flatnonzero((rows.sheet == number) & (on > 0))
        findings += tell_erased(path, rows.line[mine], on[mine]) if len(mine) else []
    return findings
