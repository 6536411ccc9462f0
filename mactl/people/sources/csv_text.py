"""The text of a CSV file → a grid.

What the parser would stumble over is found and cut out beforehand, so that every other row comes out the
same whether a file has faults or not.
"""

import numpy as np
import pyarrow as pa

from mactl.errors import UnreadableInput
from mactl.findings import Finding, Place, Severity
from mactl.people.cells import Numbers
from mactl.people.sources.decoding import OddBytes, Text, find_odd_bytes, has_loose_space
from mactl.people.sources.faults import LEFT_OUT, line_findings, quoted
from mactl.people.sources.grids import Grid
from mactl.people.sources.headers import looks_like_address, read_header
from mactl.people.sources.parsing import Dialect, parse_cells
from mactl.people.sources.records import Records, find_records
from mactl.people.sources.refusals import Refusal
from mactl.people.sources.shape import (
    FIRST,
    LONGEST,
    Heading,
    cells_of_record,
    find_delimiter,
    find_heading,
)
from mactl.people.sources.sheets import LARGEST_CELL
from mactl.project import ContactSource

Faults = dict[int, tuple[str, str]]
"""Record → the id of its finding, and what is wrong with it."""


def parse_csv(text: Text, source: ContactSource, path: str) -> Grid:
    """The rows of a CSV text, and what is wrong with its header and with the rows that are left out.

    Raises UnreadableInput where there is no header row, or nothing at all.
    """
    start, delimiter = find_delimiter(text, source.delimiter, path)
    records = find_records(text.data, delimiter)
    starts = records.starts
    filled = np.flatnonzero((records.ends > starts) & (starts >= start))
    suspect = (records.ends - starts) > LARGEST_CELL
    del starts
    if not len(filled):
        raise UnreadableInput(f"{path}: the file is empty")
    odd = find_odd_bytes(text)
    faults = _byte_faults(records, odd, text.encoding)
    heading, skipped = _find_heading(text, records, filled, delimiter, source, path)
    top = int(filled[heading.row])
    place = Place(path, _line(records, top))
    expect_names(heading.cells, faults.get(top), place)
    header, layout, findings = read_header(heading.cells, source, place)
    filled = filled[heading.row :]
    faults = {record: fault for record, fault in faults.items() if record > top}
    width = len(header.fields)
    # A newline within a cell may stand at its edge.
    is_loose = records.newlines is not None or has_loose_space(text, delimiter)
    table, rows, miscounted = _read_rows(text, records, filled, faults, delimiter, width)
    faults |= miscounted
    suspect[records.holding(odd.control)] = True
    return Grid(
        path=path,
        source=source,
        header=header,
        header_line=place.line,
        columns=dict(zip(table.column_names, table.columns, strict=True)),
        lines=records.lines(rows),
        odd=suspect[rows],
        has_loose_space=is_loose,
        rejected=len(faults),
        refusals=_refusals(faults, records, text.data),
        findings=skipped + findings + _fault_findings(faults, records, path),
        layout=layout,
        decimal=source.decimal,
    )


def _find_heading(
    text: Text,
    records: Records,
    filled: Numbers,
    delimiter: str,
    source: ContactSource,
    path: str,
) -> tuple[Heading, list[Finding]]:
    """The header row, and a note of what stands above it."""
    rows = []
    starts = records.starts
    for record in filled[:FIRST].tolist():
        begin = int(starts[record])
        end = min(int(records.ends[record]), begin + LONGEST)
        rows.append(
            cells_of_record(bytes(text.data[begin:end]).decode("utf-8", "replace"), delimiter)
        )
    heading = find_heading(rows, source.columns)
    if not heading.row:
        return heading, []
    line = _line(records, int(filled[heading.row]))
    first = next((cell.strip() for cell in rows[0] if cell.strip()), "")
    return heading, [title_note(first, Place(path, line))]


def title_note(first: str, place: Place) -> Finding:
    """Says that the header is not the first row; `first` is what stands at the top instead."""
    return Finding(
        "source-title-lines",
        Severity.NOTE,
        f"the header is read from this line; what stands above it ({quoted(first)}) is passed over",
        place,
    )


def expect_names(cells: list[str], fault: tuple[str, str] | None, place: Place) -> None:
    """UnreadableInput where the header row is faulty, or the first row of data."""
    if fault is not None:
        id, what = fault
        hint = (
            "if the file is UTF-16, say so in mactl.yaml: encoding: utf-16" if "nul" in id else None
        )
        raise UnreadableInput(f"{place}: the header row cannot be read: {what}", hint)
    address = next((cell for cell in cells if looks_like_address(cell.strip())), None)
    if address is not None:
        raise UnreadableInput(
            f"{place}: the first row holds an address ({quoted(address)}), not the names of columns",
            "put a row such as contact_id,email,first_name above it",
        )


def _byte_faults(records: Records, odd: OddBytes, encoding: str) -> Faults:
    faults = {record: ("source-broken-quote", what) for record, what in records.faults.items()}
    undecodable = ("source-undecodable", f"it holds bytes that are not {encoding}")
    faults |= dict.fromkeys(records.holding(odd.undecodable).tolist(), undecodable)
    faults |= dict.fromkeys(
        records.holding(odd.nul).tolist(), ("source-nul-byte", "it holds a NUL byte")
    )
    return faults


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
    starts = records.starts
    for record in cut.tolist():
        if starts[record] > start:
            kept.append(data[start : int(starts[record])])
        start = max(start, int(records.ends[record]) + 1)
    if start < data.size:
        kept.append(data[start:])
    return pa.py_buffer(b"".join(kept))


def _line(records: Records, record: int) -> int:
    return int(records.lines(np.array([record]))[0])


def _refusals(faults: Faults, records: Records, data: pa.Buffer) -> list[Refusal]:
    """The rows that no cells could be read of, as they stand in the file."""
    if not faults:
        return []
    chosen = np.array(sorted(faults), np.int64)
    bounds = zip(records.starts[chosen].tolist(), records.ends[chosen].tolist(), strict=True)
    raw = [bytes(data[start : min(end, start + LARGEST_CELL)]) for start, end in bounds]
    return [
        Refusal(
            records.lines(chosen),
            lambda text: text,
            pa.array([faults[record][1] for record in chosen.tolist()], pa.string()),
            pa.array([text.decode("utf-8", "replace") for text in raw], pa.string()),
        )
    ]


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
