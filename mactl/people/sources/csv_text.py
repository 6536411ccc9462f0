"""The text of a CSV file → a sheet.

What the parser would stumble over is found and cut out beforehand, so that every other row comes out the
same whether a file has faults or not.
"""

import csv
import io
from dataclasses import dataclass
from itertools import islice

import numpy as np
import pyarrow as pa

from mactl.errors import ConfigurationError, UnreadableInput
from mactl.findings import Finding, Place, Severity
from mactl.people.cells import Cells, Mask, Numbers, cells_of
from mactl.people.sources.decoding import OddBytes, Text, find_odd_bytes, has_loose_space
from mactl.people.sources.faults import LEFT_OUT, line_findings, quoted
from mactl.people.sources.headers import Header, looks_like_address, read_header
from mactl.people.sources.parsing import Dialect, parse_cells
from mactl.people.sources.records import Records, find_records
from mactl.people.sources.sheets import LARGEST_CELL, Sheet, trimmed
from mactl.project import ContactSource, EventSource

_DELIMITERS = (",", ";", "\t", "|")
_HEAD = 1 << 16  # bytes in which the delimiter is looked for

Faults = dict[int, tuple[str, str]]
"""Record → the id of its finding, and what is wrong with it."""


@dataclass(frozen=True, slots=True, eq=False)
class Parsed:
    """What was read of a CSV text: its `columns` by number, and what is known of each row."""

    path: str
    source: ContactSource
    header: Header
    header_line: int
    columns: dict[str, pa.ChunkedArray]
    lines: Numbers
    odd: Mask
    has_loose_space: bool
    rejected: int
    findings: list[Finding]


def parse_csv(text: Text, source: ContactSource, path: str) -> Parsed:
    """The rows of a CSV text, and what is wrong with its header and with the rows that are left out.

    Raises UnreadableInput where there is no header row, or nothing at all.
    """
    start, delimiter = _delimiter(text, source.delimiter, path)
    records = find_records(text.data, delimiter)
    filled = np.flatnonzero((records.ends > records.starts) & (records.starts >= start))
    if not len(filled):
        raise UnreadableInput(f"{path}: the file is empty")
    odd = find_odd_bytes(text)
    faults = _byte_faults(records, odd, text.encoding)
    top = int(filled[0])
    header, findings = _read_header(text, records, top, faults, delimiter, source, path)
    width = len(header.fields)
    table, rows, miscounted = _read_rows(text, records, filled, faults, delimiter, width)
    faults |= miscounted
    suspect = (records.ends - records.starts) > LARGEST_CELL
    suspect[records.holding(odd.control)] = True
    return Parsed(
        path=path,
        source=source,
        header=header,
        header_line=_line(records, top),
        columns=dict(zip(table.column_names, table.columns, strict=True)),
        lines=records.lines(rows),
        odd=suspect[rows],
        # A newline within a cell may stand at its edge.
        has_loose_space=records.newlines is not None or has_loose_space(text, delimiter),
        rejected=len(faults),
        findings=findings + _fault_findings(faults, records, path),
    )


def sheet_of(parsed: Parsed) -> tuple[Sheet, list[Finding]]:
    """The rows that have anything in them as a sheet; it takes the columns out of `parsed`."""
    header = parsed.header
    # Column by column, so that the text is never held twice.
    columns = {name: cells_of(parsed.columns.pop(name)) for name in list(parsed.columns)}
    if parsed.has_loose_space:
        columns = {name: trimmed(cells) for name, cells in columns.items()}
    findings = parsed.findings + _nameless(header, columns, Place(parsed.path, parsed.header_line))
    columns = {field: columns[str(number)] for number, field in enumerate(header.fields) if field}
    lines, odd = parsed.lines, parsed.odd
    kept = _filled_rows(columns, len(lines))
    if len(kept) < len(lines):
        columns = {field: cells.take(kept) for field, cells in columns.items()}
        lines, odd = lines[kept], odd[kept]
    sheet = Sheet(
        path=parsed.path,
        columns=columns,
        lines=lines,
        odd=np.flatnonzero(odd),
        rejected=parsed.rejected,
        decimal=parsed.source.decimal,
        headers=header.spelling(),
        names=parsed.source.names if isinstance(parsed.source, EventSource) else None,
    )
    return sheet, findings


def _delimiter(text: Text, given: str | None, path: str) -> tuple[int, str]:
    """Where the header may begin at the earliest, and what stands between two cells.

    Of the usual delimiters it is the one that gives most rows as many cells as the header.
    """
    head = bytes(text.data[:_HEAD])
    if len(head) == _HEAD:
        head = head[: head.rfind(b"\n") + 1]
    if given is not None:
        if len(given) != 1 or not given.isascii() or given in '"\r\n':
            raise ConfigurationError(
                f"{path}: {given!r} cannot stand between cells", "give one character, such as ';'"
            )
        return 0, given
    first = head.partition(b"\n")[0]
    # Excel's own way of naming the delimiter: a first line `sep=;`.
    if first.strip(b'"').startswith(b"sep=") and len(first.strip(b'"')) == 5:
        return len(first) + 1, chr(first.strip(b'"')[4])
    sample = head.decode("utf-8", "ignore")
    return 0, max(_DELIMITERS, key=lambda delimiter: _fit(sample, delimiter))


def _fit(sample: str, delimiter: str) -> tuple[float, int]:
    """How well `delimiter` suits the sample: the share of rows as wide as the header, and its width."""
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
    widths = [len(row) for row in islice(reader, 100) if row]
    if not widths or widths[0] == 1:
        return 0, 0
    return widths.count(widths[0]) / len(widths), widths[0]


def _byte_faults(records: Records, odd: OddBytes, encoding: str) -> Faults:
    faults = {record: ("source-broken-quote", what) for record, what in records.faults.items()}
    undecodable = ("source-undecodable", f"it holds bytes that are not {encoding}")
    faults |= dict.fromkeys(records.holding(odd.undecodable).tolist(), undecodable)
    faults |= dict.fromkeys(
        records.holding(odd.nul).tolist(), ("source-nul-byte", "it holds a NUL byte")
    )
    return faults


def _read_header(
    text: Text,
    records: Records,
    record: int,
    faults: Faults,
    delimiter: str,
    source: ContactSource,
    path: str,
) -> tuple[Header, list[Finding]]:
    place = Place(path, _line(records, record))
    if record in faults:
        id, what = faults[record]
        hint = (
            "if the file is UTF-16, say so in mactl.yaml: encoding: utf-16" if "nul" in id else None
        )
        raise UnreadableInput(f"{place}: the header row cannot be read: {what}", hint)
    written = bytes(text.data[int(records.starts[record]) : int(records.ends[record])]).decode()
    cells = next(csv.reader(io.StringIO(written, newline=""), delimiter=delimiter))
    address = next((cell for cell in cells if looks_like_address(cell.strip())), None)
    if address is not None:
        raise UnreadableInput(
            f"{place}: the first row holds an address ({quoted(address)}), not the names of columns",
            "put a row such as contact_id,email,first_name above it",
        )
    return read_header(cells, source.columns, place)


def _read_rows(
    text: Text, records: Records, filled: Numbers, faults: Faults, delimiter: str, width: int
) -> tuple[pa.Table, Numbers, Faults]:
    """The cells below the header by number of column, the record of each row, and rows of other widths."""
    body = filled[1:]
    start = int(records.ends[filled[0]]) + 1
    data = text.data.slice(min(start, text.data.size))
    cut = np.array(sorted(faults), np.int64)
    if len(cut):
        body = np.setdiff1d(body, cut, assume_unique=True)
        data = _without(text.data, records, cut, start)
    longest = int((records.ends - records.starts).max())
    dialect = Dialect(delimiter, width, longest, records.newlines is not None)
    if not len(body):
        return pa.table({name: pa.array([], pa.string()) for name in dialect.names}), body, {}
    table, skipped = parse_cells(data, dialect)
    miscounted = {
        int(body[row.row]): (
            "source-cell-count",
            f"it has {row.cells} cells, the header has {width}",
        )
        for row in skipped
        if not row.is_blank
    }
    rows = np.delete(body, [row.row for row in skipped]) if skipped else body
    assert table.num_rows == len(rows), "rows and records must agree, or lines would be wrong"
    return table, rows, miscounted


def _without(data: pa.Buffer, records: Records, cut: Numbers, start: int) -> pa.Buffer:
    """The text from `start` on without the records in `cut`."""
    kept = []
    for record in cut.tolist():
        if records.starts[record] > start:
            kept.append(data[start : int(records.starts[record])])
        start = max(start, int(records.ends[record]) + 1)
    if start < data.size:
        kept.append(data[start:])
    return pa.py_buffer(b"".join(kept))


def _line(records: Records, record: int) -> int:
    return int(records.lines(np.array([record]))[0])


def _nameless(header: Header, columns: dict[str, Cells], place: Place) -> list[Finding]:
    return [
        Finding(
            "source-empty-header",
            Severity.WARNING,
            f"column {number + 1} has no name, so it is not read",
            place,
        )
        for number, written in enumerate(header.written)
        if not written and columns[str(number)].valid().any()
    ]


def _filled_rows(columns: dict[str, Cells], count: int) -> Numbers:
    """The rows that have anything in them."""
    filled = np.zeros(count, np.bool_)
    for cells in columns.values():
        filled |= cells.valid()
        if filled.all():
            break
    return np.flatnonzero(filled)


def _fault_findings(faults: Faults, records: Records, path: str) -> list[Finding]:
    findings: list[Finding] = []
    for id in dict.fromkeys(id for id, _ in faults.values()):
        chosen = sorted(record for record, (found, _) in faults.items() if found == id)
        findings += line_findings(
            id,
            Severity.ERROR,
            path,
            records.lines(np.array(chosen)).tolist(),
            lambda number, chosen=chosen: faults[chosen[number]][1],  # type: ignore[misc]
            LEFT_OUT,
        )
    return findings
