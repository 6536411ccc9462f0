"""Sheets → typed columns: the type of each field, and the cells that do not fit it or must not go on."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as made_by

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mactl.columns import FieldType
from mactl.findings import Finding, Severity
from mactl.people.cells import Cells, Mask, Numbers, empty_cells, mask_of, stack
from mactl.people.hygiene.days import to_iso
from mactl.people.hygiene.flags import Flags, stack_flags, take_flags
from mactl.people.hygiene.inference import Part, infer_type
from mactl.people.hygiene.values import Kind, Values, is_answer, read_values
from mactl.people.sources.faults import cell_findings, line_findings, quoted
from mactl.people.sources.notation import Notation
from mactl.people.sources.refusals import Refusal
from mactl.people.sources.sheets import LARGEST_CELL, Sheet
from mactl.people.threads import side_by_side
from mactl.project import DateColumn, Settings

# Control characters but line feed and tab, and what turns the direction of writing round.
_CONTROL = r"[\x00-\x08\x0b-\x1f\x7f\x{80}-\x{9f}\x{202a}-\x{202e}\x{2066}-\x{2069}]"


@dataclass(frozen=True, slots=True)
class Care:
    """What a cell costs that cannot be used, its whole row or only itself, and how findings put it.

    Their ids are `prefix` and what is wrong: `misfit` where the cell does not fit its type.
    """

    prefix: str
    severity: Severity
    hint: str
    rejects_row: bool
    misfit: str = "bad-value"


@dataclass(frozen=True, slots=True, eq=False)
class Cleaned:
    """A sheet with typed columns.

    `local` marks the instants that are on a wall clock yet; `flags` the cells that are odd; `rejected` the
    rows to be left out, and `refusals` say why.
    """

    sheet: Sheet
    cells: dict[str, Cells]
    local: dict[str, Cells]
    rejected: Mask
    flags: Flags = made_by(default_factory=dict)
    refusals: list[Refusal] = made_by(default_factory=list)

    def leave_out(self, rows: Mask, say: Callable[[str], str], texts: Cells | None = None) -> None:
        """Leave out `rows`; `say` tells why from the text that each has in `texts`."""
        chosen = np.flatnonzero(rows)
        if len(chosen):
            self.rejected[chosen] = True
            shown = None if texts is None else texts.take(chosen).array()
            self.refusals.append(Refusal(self.sheet.lines[chosen], say, shown))

    def refuse(
        self, id: str, field: str, texts: Cells, rows: Mask, say: Callable[[str], str]
    ) -> list[Finding]:
        """Leave out `rows` for what they have in a column: an error for each, which `say` words from its
        text."""
        called = self.sheet.called(field)
        self.leave_out(rows, lambda text: f"{called}: {say(text)}", texts)
        return cell_findings(id, Severity.ERROR, self.sheet, field, texts, rows, say)

    def refuse_rows(self, id: str, rows: Mask, message: str, hint: str) -> list[Finding]:
        """Leave out `rows` for what they lack: an error for each."""
        self.leave_out(rows, lambda _: message)
        lines = self.sheet.lines[rows].tolist()
        return line_findings(id, Severity.ERROR, self.sheet.path, lines, lambda _: message, hint)


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """The rows that are kept of several sheets, one sheet after another, and where each comes from."""

    cells: dict[str, Cells]
    local: dict[str, Cells]
    sheet: Numbers
    line: Numbers
    flags: Flags = made_by(default_factory=dict)

    def __len__(self) -> int:
        return len(self.line)


def find_kinds(
    settings: Settings,
    sheets: Sequence[Sheet],
    fixed: Mapping[str, Kind],
    answers: Collection[str | None] = (),
) -> dict[str, Kind]:
    """The kind of every field of `sheets`, in order of first appearance.

    `fixed` are known. Of the others holds what mactl.yaml declares, else what their cells look like over
    all sheets; `answers` are booleans wherever yes, no, 1 and 0 are all that they say.
    """

    def kind_of(field: str) -> Kind:
        declared = settings.columns.get(field)
        if field in fixed:
            return fixed[field]
        if any(sheet.notation(field).is_doubtful for sheet in sheets):
            return Kind(FieldType.TEXT)
        if declared is not None:
            return _declared(declared)
        return Kind(_inferred(field, sheets, field in answers))

    fields = list(dict.fromkeys(field for sheet in sheets for field in sheet.columns))
    kinds = side_by_side(kind_of, fields, sum(map(len, sheets)))
    return dict(zip(fields, kinds, strict=True))


def _declared(declared: str | DateColumn) -> Kind:
    if isinstance(declared, DateColumn):
        return Kind(FieldType.DATE, declared.date)
    return Kind(FieldType(declared))


def _inferred(field: str, sheets: Sequence[Sheet], is_answer_field: bool) -> FieldType:
    holding = [sheet for sheet in sheets if field in sheet.columns]
    if any(field in sheet.lists for sheet in holding):
        return FieldType.LIST
    if is_answer_field and all(
        pc.all(is_answer(sheet.columns[field].values)).as_py() is not False for sheet in holding
    ):
        return FieldType.BOOLEAN
    return infer_type(field, [_part(sheet, field) for sheet in holding])


def _part(sheet: Sheet, field: str) -> Part:
    notation = sheet.notation(field)
    return Part(sheet.columns[field], notation.decimal, notation.order)


def clean_sheet(
    sheet: Sheet, kinds: Mapping[str, Kind], care_of: Callable[[str], Care]
) -> tuple[Cleaned, list[Finding]]:
    """The columns of `sheet`, which is emptied, as `kinds` say, and what is wrong with which cells.

    `care_of` tells for each field what a cell costs that cannot be used.
    """
    cleaned = Cleaned(sheet, {}, {}, np.zeros(len(sheet), np.bool_), refusals=list(sheet.refusals))
    findings: list[Finding] = []

    def clean(field: str) -> tuple[Cells, Cells | None, list[_Unusable]]:
        return _clean(sheet, sheet.columns.pop(field), kinds[field], care_of(field).misfit, field)

    fields = list(sheet.columns)
    for field, (cells, local, unusable) in zip(
        fields, side_by_side(clean, fields, len(sheet)), strict=True
    ):
        cleaned.cells[field] = cells
        if local is not None:
            cleaned.local[field] = local
        for fault in unusable:
            findings += _refuse(cleaned, care_of(field), field, fault)
    return cleaned, findings


@dataclass(frozen=True, slots=True, eq=False)
class _Unusable:
    """The `rows` whose text in a column cannot be used, and why."""

    id: str
    texts: Cells
    rows: Mask
    what: str


def _clean(
    sheet: Sheet, texts: Cells, kind: Kind, misfit: str, field: str
) -> tuple[Cells, Cells | None, list[_Unusable]]:
    """The column `texts` as `kind` says, its marks of instants on a wall clock, and what it holds besides."""
    unusable = []
    for id, rows, what in _odd_cells(sheet, texts):
        unusable.append(_Unusable(id, texts, rows, what))
        texts = texts.without(rows)
    read = _read(texts.values, kind, sheet.notation(field))
    if read.misfits is not None:
        rows = texts.where(mask_of(read.misfits))
        unusable.append(_Unusable(misfit, texts, rows, f"is not {kind.expected}"))
    local = None if read.local is None else texts.replaced(read.local)
    return texts.replaced(read.values), local, unusable


def _read(texts: pa.Array, kind: Kind, notation: Notation) -> Values:
    """`texts` as a source writes them, as values of `kind`."""
    if kind.type in (FieldType.DATE, FieldType.INSTANT) and kind.format is None:
        texts = to_iso(texts, notation.order, serials=notation.serials)
    return read_values(texts, kind, notation.decimal)


def _refuse(cleaned: Cleaned, care: Care, field: str, fault: _Unusable) -> list[Finding]:
    id, texts, rows = f"{care.prefix}-{fault.id}", fault.texts, fault.rows

    def say(text: str) -> str:
        return f"{quoted(text)} {fault.what}"

    if care.rejects_row:
        return cleaned.refuse(id, field, texts, rows, say)
    return cell_findings(id, care.severity, cleaned.sheet, field, texts, rows, say, care.hint)


def _odd_cells(sheet: Sheet, texts: Cells) -> list[tuple[str, Mask, str]]:
    """Which rows hold text in this column that must not go on, and why."""
    if not len(sheet.odd):
        return []
    some = texts.take(sheet.odd).array()
    found = []
    for id, odd, what in (
        ("control-character", pc.match_substring_regex(some, _CONTROL), "holds control characters"),
        ("oversized-cell", pc.greater(pc.binary_length(some), LARGEST_CELL), "is over 64 KiB long"),
    ):
        chosen = sheet.odd[odd.fill_null(False).to_numpy(zero_copy_only=False)]
        if len(chosen):
            rows = np.zeros(len(sheet), np.bool_)
            rows[chosen] = True
            found.append((id, rows, what))
    return found


def stack_rows(parts: Sequence[Cleaned], kinds: Mapping[str, Kind]) -> Rows:
    """The rows of `parts` that were not rejected, in order; what a sheet lacks is empty."""
    cells, local = {}, {}
    for field, kind in kinds.items():
        cells[field] = _stacked(
            [part.cells.pop(field, None) for part in parts], parts, kind.type.arrow
        )
        if kind.type is FieldType.INSTANT:
            marks = [part.local.pop(field, None) for part in parts]
            local[field] = _stacked(marks, parts, FieldType.BOOLEAN.arrow)
    sizes = np.array([len(part.sheet) for part in parts], np.int64)
    # Zeros that nobody writes take no memory.
    sheet = (
        np.zeros(sizes.sum(), np.int64)
        if len(parts) == 1
        else np.repeat(np.arange(len(parts)), sizes)
    )
    lines = [part.sheet.lines for part in parts]
    line = lines[0] if len(lines) == 1 else np.concatenate([np.zeros(0, np.int64), *lines])
    rejected = np.concatenate([np.zeros(0, np.bool_), *(part.rejected for part in parts)])
    flags = stack_flags([(part.flags, len(part.sheet)) for part in parts])
    rows = Rows(cells, local, sheet, line, flags)
    return take_rows(rows, np.flatnonzero(~rejected)) if rejected.any() else rows


def _stacked(columns: Sequence[Cells | None], parts: Sequence[Cleaned], kind: object) -> Cells:
    filled = [
        empty_cells(len(part.sheet), kind) if column is None else column
        for column, part in zip(columns, parts, strict=True)
    ]
    return stack(filled, kind)


def take_rows(rows: Rows, chosen: Numbers) -> Rows:
    """The `chosen` rows, in that order."""
    return Rows(
        {name: cells.take(chosen) for name, cells in rows.cells.items()},
        {name: cells.take(chosen) for name, cells in rows.local.items()},
        rows.sheet[chosen],
        rows.line[chosen],
        take_flags(rows.flags, chosen),
    )
