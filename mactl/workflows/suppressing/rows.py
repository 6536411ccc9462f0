"""A file of the suppressed → rows: a table with a header, or an address a line."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import pyarrow as pa

from mactl.errors import UnreadableInput, UsageError
from mactl.findings import Finding
from mactl.people.sources.csv_text import parse_csv
from mactl.people.sources.decoding import Text, is_encoding
from mactl.people.sources.grids import sheet_of
from mactl.people.sources.headers import field_name
from mactl.people.sources.reading import read_text
from mactl.people.sources.sheets import Sheet
from mactl.people.sources.signatures import refuse_json
from mactl.project import ContactSource
from mactl.workflows.suppressing.columns import NO, Layout, is_header, layout_of

_DELIMITERS = ",;\t|"
_CELLS = re.compile(f"[{_DELIMITERS}]")
_ESCAPED = re.compile(r"'+[=+\-@＝＋－＠]")


@dataclass(frozen=True, slots=True)
class Given:
    """A file that is to be read: its content, and what it is called."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Row:
    """What one row says; None for what it doesn't."""

    line: int
    entry: str
    kind: str | None = None
    topic: str | None = None
    reason: str | None = None
    source: str | None = None
    at: str | None = None
    is_token: bool = False
    """Whether it stands in a column of tokens."""


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one file, what is wrong with others, and how many say that somebody may be written to."""

    name: str
    rows: Sequence[Row]
    findings: Sequence[Finding] = ()
    passed_over: int = 0
    rejected: int = 0
    """How many more rows could not be read at all, each with a finding."""
    empty: Sequence[int] = field(default_factory=list)
    """The lines that say nothing of whom they are about."""


def read_rows(given: Given, column: str | None = None, encoding: str | None = None) -> Rows:
    """The rows of a file; `column` is what that of the address is called, where nothing else tells.

    Raises UnreadableInput where it is empty, no text, or a table in which no column names anybody; UsageError where it
    has no such `column`, and for an `encoding` that does not exist.
    """
    if encoding is not None and not is_encoding(encoding):
        raise UsageError(
            f"there is no encoding {encoding!r}", "name one such as cp1252, iso-8859-15 or utf-16"
        )
    refuse_json(given.data[:512], given.name)
    text, notes = read_text(pa.py_buffer(given.data), given.name, encoding)
    notes = [replace(note, hint="if it is not, name it: --encoding cp1250") for note in notes]
    first = _first_line(text)
    cells = next(csv.reader(io.StringIO(first, newline=""), delimiter=_delimiter_of(first)), [])
    fields = [field_name(cell) for cell in cells]
    if column is None and not is_header(fields):
        if len(cells) > 1 and not any("@" in cell for cell in cells):
            raise UnreadableInput(
                f"{given.name}: no column tells who is meant; its columns: {', '.join(cells)}",
                "name the one with the addresses: --column 'E-mail'",
            )
        return Rows(given.name, list(_lines(text)), notes)
    sheet, findings = sheet_of(
        parse_csv(text, ContactSource(file=given.name, layout="none"), given.name)
    )
    wanted = None if column is None else field_name(column)
    if wanted is not None and wanted not in sheet.columns:
        has = ", ".join((sheet.headers or {}).values())
        raise UsageError(f"{given.name}: there is no column {column!r}", f"its columns: {has}")
    return _table(given.name, sheet, layout_of(sheet.columns, wanted), [*notes, *findings])


def _first_line(text: Text) -> str:
    """The first line with anything in it; not the one that names the delimiter for Excel (`sep=;`)."""
    head = bytes(text.data[: 1 << 16]).decode("utf-8", "ignore")
    lines = (line.strip() for line in head.split("\n"))
    return next((line for line in lines if line and not line.strip('"').startswith("sep=")), "")


def _delimiter_of(line: str) -> str:
    found = _CELLS.search(line)
    return found[0] if found else ","


def _lines(text: Text) -> Iterator[Row]:
    for number, line in enumerate(bytes(text.data).decode("utf-8", "replace").split("\n"), 1):
        entry = line.strip().strip('"')
        if entry and not entry.startswith("#"):
            yield Row(number, unescaped(entry))


def _table(name: str, sheet: Sheet, layout: Layout, findings: Sequence[Finding]) -> Rows:
    flags = _flags(sheet, layout)
    entries, tokens = _cells(sheet, layout.entry), _cells(sheet, layout.token)
    domains = [_as_entry(domain) for domain in _cells(sheet, layout.domain)]
    described = (layout.kind, layout.topic, layout.reason, layout.source, layout.at)
    described_by = zip(*(_cells(sheet, names) for names in described), strict=True)
    rows: list[Row] = []
    empty: list[int] = []
    for line, entry, domain, token, flag, (kind, *told, at) in zip(
        sheet.lines.tolist(), entries, domains, tokens, flags, described_by, strict=True
    ):
        who = entry or domain or token
        if layout.flags and flag is None:
            continue
        if who is None:
            empty.append(line)
            continue
        topic, reason, source = (None if cell is None else unescaped(cell) for cell in told)
        is_token = entry is None and domain is None
        reason = reason or flag or layout.default_reason
        rows.append(Row(line, unescaped(who), kind, topic, reason, source, at, is_token))
    passed_over = len(sheet) - len(rows) - len(empty)
    return Rows(name, rows, findings, passed_over, sheet.rejected, empty)


def _cells(sheet: Sheet, names: Sequence[str]) -> list[str | None]:
    """The first filled cell of each row."""
    columns: list[list[str | None]] = [sheet.columns[name].array().to_pylist() for name in names]
    if len(columns) == 1:
        return columns[0]
    if not columns:
        return [None] * len(sheet)
    return [next((c for c in row if c is not None), None) for row in zip(*columns, strict=True)]


def _as_entry(domain: str | None) -> str | None:
    return domain if domain is None or domain.startswith(("@", "*")) else f"@{domain}"


def _flags(sheet: Sheet, layout: Layout) -> list[str | None]:
    """Why each row is on the list, by its columns of yes and no; None for one that is not, or without such columns."""
    columns = [(why, sheet.columns[name].array().to_pylist()) for name, why in layout.flags.items()]
    return [
        next((why for why, cells in columns if (cells[row] or "").lower() not in NO), None)
        for row in range(len(sheet))
    ]


def unescaped(text: str) -> str:
    """`text` without the apostrophe that keeps a spreadsheet from working it out."""
    return text[1:] if _ESCAPED.match(text) else text


def escaped(text: str) -> str:
    """`text` such that `unescaped` finds it, once a formula among them has got its apostrophe."""
    return f"'{text}" if _ESCAPED.match(text) else text
