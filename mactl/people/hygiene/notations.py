"""Which columns of a source write numbers with a comma, or dates in another way than ISO 8601; and where that can't be
told, the two readings, which nobody chooses from but people."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import replace

from mactl.findings import Finding, Severity
from mactl.people.cells import Cells
from mactl.people.hygiene.days import NO_DATES, date_of, find_order, format_of, is_compact
from mactl.people.hygiene.inference import may_hold_codes, may_hold_numbers
from mactl.people.hygiene.marks import find_mark, readings
from mactl.people.hygiene.values import Kind
from mactl.people.sources.faults import quoted
from mactl.people.sources.notation import DAY_FIRST, MONTH_FIRST, Notation
from mactl.people.sources.sheets import Sheet
from mactl.people.threads import side_by_side
from mactl.project import DateColumn, Settings

_TIMES = ("date", "instant")
# What the name of a column says whose bare eight digits are days.
_DATED = frozenset(
    [
        *("date", "datum", "dato", "day", "dag", "birthday", "birthdate", "dob", "born", "geboren"),
        *(
            "geboortedatum",
            "geburtsdatum",
            "verjaardag",
            "at",
            "on",
            "since",
            "until",
            "end",
            "start",
        ),
    ]
)


def note_notations(
    settings: Settings, sheets: Sequence[Sheet], fixed: Mapping[str, Kind]
) -> tuple[list[Sheet], list[Finding]]:
    """`sheets` with how each column is written in which that is not plain, and a finding for each that leaves doubt.

    A doubt is an error where mactl.yaml or `fixed` asks for a date or a number, a warning elsewhere.
    """
    noted = [_noted(settings, sheet, fixed) for sheet in sheets]
    return [sheet for sheet, _ in noted], [finding for _, found in noted for finding in found]


def _noted(
    settings: Settings, sheet: Sheet, fixed: Mapping[str, Kind]
) -> tuple[Sheet, list[Finding]]:
    if sheet.path is None:
        return sheet, []
    wanted = {field: _wanted(field, settings, fixed) for field in sheet.columns}
    fields = [field for field in wanted if wanted[field] is not _SETTLED]

    def note(field: str) -> tuple[Notation | None, list[Finding]]:
        return _note(sheet, field, sheet.columns[field], wanted[field])

    noted = list(side_by_side(note, fields, len(sheet)))
    notations = {
        field: notation
        for field, (notation, _) in zip(fields, noted, strict=True)
        if notation is not None
    }
    # Few days come back often: each is worked out once.
    columns = {
        field: cells.encoded() if field in notations else cells
        for field, cells in sheet.columns.items()
    }
    findings = [finding for _, found in noted for finding in found]
    return replace(sheet, columns=columns, notations=notations), findings


_SETTLED = ("text",)
"""What is wanted of a column whose reading is known."""


def _wanted(field: str, settings: Settings, fixed: Mapping[str, Kind]) -> Container[str] | None:
    """The types that a column is needed as; None where its cells tell."""
    declared = settings.columns.get(field)
    if field in fixed:
        kind = fixed[field]
        return (kind.type.value,) if kind.type.value in _TIMES and not kind.format else _SETTLED
    if declared is None:
        return None
    if isinstance(declared, DateColumn) or declared not in (*_TIMES, "number"):
        return _SETTLED
    return (declared,)


def _note(
    sheet: Sheet, field: str, cells: Cells, wanted: Container[str] | None
) -> tuple[Notation | None, list[Finding]]:
    """How one column is written; None where it is plain, or text."""
    plain = sheet.notation(field)
    if wanted is None or "number" not in wanted:
        order = find_order(cells)
        if order.is_dates and order.found is None:
            found = _doubtful_date(sheet, field, order.examples, wanted is not None)
            return replace(plain, is_doubtful=True), [found]
        if order is not NO_DATES:
            return replace(plain, order=order.found), []
        if (wanted or _is_dated(field)) and is_compact(cells):
            return replace(plain, order=DAY_FIRST), []
    if sheet.decimal is not None or not may_hold_numbers(cells) or may_hold_codes(field):
        return None, []
    if wanted is not None and "number" not in wanted:
        return None, []
    mark = find_mark(cells)
    if mark.found is None:
        found = _doubtful_number(sheet, field, mark.examples, wanted is not None)
        return replace(plain, is_doubtful=True), [found]
    return (replace(plain, decimal=mark.found), []) if mark.found != "." else (None, [])


def _is_dated(field: str) -> bool:
    return bool(_DATED & set(field.split("_")))


def _severity(is_needed: bool) -> Severity:
    return Severity.ERROR if is_needed else Severity.WARNING


def _named(field: str) -> str:
    """What mactl.yaml calls a column; mactl's own names are those of events, whose instant is `at`."""
    return "at" if field.startswith("_") else field


def _doubtful_date(sheet: Sheet, field: str, examples: tuple[str, str], is_needed: bool) -> Finding:
    day, month = examples
    if day == month:
        as_day, as_month = (date_of(day, order) for order in (DAY_FIRST, MONTH_FIRST))
        what = f"{quoted(day)} may be {as_day} (day first) or {as_month} (month first), and no cell tells which"
    else:
        what = f"{quoted(day)} has the day first and {quoted(month)} the month"
    name = _named(field)
    formats = [format_of(text, order) for text, order in ((day, DAY_FIRST), (month, MONTH_FIRST))]
    lines = " or ".join(f'columns: {{{name}: {{date: "{format}"}}}}' for format in formats)
    return Finding(
        "source-ambiguous-date",
        _severity(is_needed),
        f"{sheet.called(field)}: {what}; so it is no date, but text",
        sheet.place(),
        f"say it in mactl.yaml: {lines}",
    )


def _doubtful_number(
    sheet: Sheet, field: str, examples: tuple[str, str], is_needed: bool
) -> Finding:
    first, second = examples
    if first == second:
        comma, point = readings(first)
        what = f"{quoted(first)} may be {comma} (a decimal comma) or {point} (a decimal point), and no cell tells which"
    else:
        what = f"{quoted(first)} and {quoted(second)} do not have the same decimal mark"
    return Finding(
        "source-ambiguous-number",
        _severity(is_needed),
        f"{sheet.called(field)}: {what}; so it is no number, but text",
        sheet.place(),
        'say it beside the file in mactl.yaml: decimal: "," or decimal: "."; '
        f"or columns: {{{_named(field)}: text}}",
    )
