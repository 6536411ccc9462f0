"""The text of a CSV file → a grid.

What the parser would stumble over is found and cut out beforehand, so that every other row comes out the
same whether a file has faults or not. A long text is read a piece at a time, several side by side.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from mactl.errors import UnreadableInput
from mactl.findings import Finding, Place, Severity
from mactl.people.cells import Mask, Numbers
from mactl.people.sources.decoding import OddBytes, find_odd_bytes, has_loose_space
from mactl.people.sources.faults import LEFT_OUT, line_findings, quoted
from mactl.people.sources.grids import Grid
from mactl.people.sources.headers import looks_like_address, read_header
from mactl.people.sources.parsing import Dialect, parse_cells, words_come_back
from mactl.people.sources.pieces import FIRST, Piece, Pieced, pieces_of
from mactl.people.sources.records import Records
from mactl.people.sources.refusals import Refusal
from mactl.people.sources.shape import (
    FIRST_ROWS,
    LONGEST,
    Heading,
    cells_of_record,
    find_delimiter,
    find_heading,
)
from mactl.people.sources.sheets import LARGEST_CELL
from mactl.people.threads import side_by_side
from mactl.project import ContactSource

_FAULTS = _QUOTE, _UNDECODABLE, _NUL, _COUNT = (
    "source-broken-quote",
    "source-undecodable",
    "source-nul-byte",
    "source-cell-count",
)
_Causes = dict[int, tuple[str, str]]
"""Record → the id of its finding, and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class _Fault:
    """A row that is left out: its line, the id of its finding, what is wrong with it, and how it stands there."""

    line: int
    id: str
    what: str
    raw: bytes


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """The rows of a piece: their cells by number of column, the line of each, which may hold what must not go on, and
    the faulty ones; `is_loose` where white space may stand at the edge of a cell."""

    table: pa.Table
    lines: Numbers
    odd: Mask
    faults: list[_Fault]
    is_loose: bool


@dataclass(frozen=True, slots=True, eq=False)
class _Reading:
    """How the pieces of one text are read."""

    dialect: Dialect
    encoding: str

    def rows(self, piece: Piece, above: int = -1) -> _Rows:
        """The rows of `piece`, but for those up to the record `above`."""
        records, data = piece.records, piece.data
        starts, ends = records.starts, records.ends
        filled = np.flatnonzero(ends > starts)
        body = filled[filled > above]
        odd = find_odd_bytes(data)
        causes = _causes(records, odd, self.encoding, above)
        start = int(ends[above]) + 1 if above >= 0 else 0
        data = data.slice(min(start, data.size))
        if causes:
            body = np.setdiff1d(body, np.array(sorted(causes)), assume_unique=True)
            data = _without(piece.data, records, sorted(causes), start)
        longest = int((ends - starts).max(initial=0))
        table, rows, miscounted = self._cells(data, body, longest, records.newlines is not None)
        causes |= miscounted
        suspect = (ends - starts) > LARGEST_CELL
        suspect[records.holding(odd.control)] = True
        return _Rows(
            table,
            records.lines(rows) + piece.above,
            suspect[rows],
            _faults_of(piece, causes),
            # A newline within a cell may stand at its edge.
            records.newlines is not None or has_loose_space(piece.data, self.dialect.delimiter),
        )

    def _cells(
        self, data: pa.Buffer, body: Numbers, longest: int, has_newlines: bool
    ) -> tuple[pa.Table, Numbers, _Causes]:
        """The cells of the records `body`, which `data` holds; which have as many as the header, and the others."""
        dialect = self.dialect
        if not len(body):
            return pa.table({name: pa.array([], pa.string()) for name in dialect.names}), body, {}
        table, skipped = parse_cells(data, dialect, longest, has_newlines)
        miscounted = {
            int(body[row.row]): (
                _COUNT,
                f"it has {row.cells} cells, the header has {dialect.width}",
            )
            for row in skipped
            if not row.is_blank
        }
        rows = np.delete(body, [row.row for row in skipped]) if skipped else body
        assert table.num_rows == len(rows), "rows and records must agree, or lines would be wrong"
        return table, rows, miscounted


def parse_csv(text: Pieced, source: ContactSource, path: str) -> Grid:
    """The rows of a CSV text, and what is wrong with its header and with the rows that are left out.

    Raises UnreadableInput where there is no header row, or nothing at all.
    """
    start, delimiter = find_delimiter(text.head, source.delimiter, path)
    with text.opened() as read:
        pieces = (piece for piece in pieces_of(read, delimiter))
        first = next((piece for piece in pieces if _is_filled(piece, start)), None)
        if first is None:
            raise UnreadableInput(f"{path}: the file is empty")
        heading, top, skipped = _find_heading(first, start, delimiter, source, path)
        place = Place(path, _line(first, top))
        found = _causes(first.records, find_odd_bytes(first.data), text.encoding)
        expect_names(heading.cells, found.get(top), place)
        header, layout, findings = read_header(heading.cells, source, place)
        dialect = Dialect(delimiter, len(header.fields))
        if text.size > FIRST:
            dialect = replace(dialect, few=_few_words(first, top, dialect))
        reading = _Reading(dialect, text.encoding)
        parts = [reading.rows(first, top), *side_by_side(reading.rows, pieces, text.size)]
    faults = [fault for part in parts for fault in part.faults]
    table = pa.concat_tables([part.table for part in parts])
    return Grid(
        path=path,
        source=source,
        header=header,
        header_line=place.line,
        columns=dict(zip(table.column_names, table.columns, strict=True)),
        lines=np.concatenate([part.lines for part in parts]),
        odd=np.concatenate([part.odd for part in parts]),
        has_loose_space=any(part.is_loose for part in parts),
        rejected=len(faults),
        refusals=_refusals(faults),
        findings=skipped + findings + _fault_findings(faults, path),
        layout=layout,
        decimal=source.decimal,
    )


def _is_filled(piece: Piece, start: int) -> bool:
    return bool(len(_filled(piece, start)))


def _filled(piece: Piece, start: int) -> Numbers:
    """The records from the byte `start` of a text on that have anything in them."""
    starts, ends = piece.records.starts, piece.records.ends
    if piece.above:
        start = 0  # it stands in the first line
    return np.flatnonzero((ends > starts) & (starts >= start))


def _find_heading(
    piece: Piece, start: int, delimiter: str, source: ContactSource, path: str
) -> tuple[Heading, int, list[Finding]]:
    """The header row, the record that it is, and a note of what stands above it."""
    rows = []
    filled = _filled(piece, start)[:FIRST_ROWS]
    starts, ends = piece.records.starts, piece.records.ends
    for record in filled.tolist():
        begin = int(starts[record])
        end = min(int(ends[record]), begin + LONGEST)
        rows.append(
            cells_of_record(bytes(piece.data[begin:end]).decode("utf-8", "replace"), delimiter)
        )
    heading = find_heading(rows, source.columns)
    top = int(filled[heading.row])
    if not heading.row:
        return heading, top, []
    first = next((cell.strip() for cell in rows[0] if cell.strip()), "")
    return heading, top, [title_note(first, Place(path, _line(piece, top)))]


def _few_words(piece: Piece, top: int, dialect: Dialect) -> frozenset[str]:
    records = piece.records
    longest = int((records.ends - records.starts).max(initial=0))
    data = piece.data.slice(min(int(records.ends[top]) + 1, piece.data.size))
    return words_come_back(data, dialect, longest, records.newlines is not None)


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


def _causes(records: Records, odd: OddBytes, encoding: str, above: int = -1) -> _Causes:
    """Which records cannot be read, but for those up to `above`."""
    causes = {record: (_QUOTE, what) for record, what in records.faults.items()}
    undecodable = (_UNDECODABLE, f"it holds bytes that are not {encoding}")
    causes |= dict.fromkeys(records.holding(odd.undecodable).tolist(), undecodable)
    causes |= dict.fromkeys(records.holding(odd.nul).tolist(), (_NUL, "it holds a NUL byte"))
    return {record: cause for record, cause in causes.items() if record > above}


def _without(data: pa.Buffer, records: Records, cut: Sequence[int], start: int) -> pa.Buffer:
    """The text from `start` on without the records in `cut`."""
    kept = []
    starts = records.starts
    for record in cut:
        if starts[record] > start:
            kept.append(data[start : int(starts[record])])
        start = max(start, int(records.ends[record]) + 1)
    if start < data.size:
        kept.append(data[start:])
    return pa.py_buffer(b"".join(kept))


def _line(piece: Piece, record: int) -> int:
    return piece.above + int(piece.records.lines(np.array([record]))[0])


def _faults_of(piece: Piece, causes: _Causes) -> list[_Fault]:
    """The records of `piece` that are left out, as they stand in the file."""
    chosen = np.array(sorted(causes), np.int64)
    if not len(chosen):
        return []
    records, data = piece.records, piece.data
    lines = (records.lines(chosen) + piece.above).tolist()
    bounds = zip(records.starts[chosen].tolist(), records.ends[chosen].tolist(), strict=True)
    return [
        _Fault(line, *causes[record], bytes(data[start : min(end, start + LARGEST_CELL)]))
        for record, line, (start, end) in zip(chosen.tolist(), lines, bounds, strict=True)
    ]


def _refusals(faults: Sequence[_Fault]) -> list[Refusal]:
    """The rows that no cells could be read of, as they stand in the file."""
    if not faults:
        return []
    return [
        Refusal(
            np.array([fault.line for fault in faults], np.int64),
            lambda text: text,
            pa.array([fault.what for fault in faults], pa.string()),
            pa.array([fault.raw.decode("utf-8", "replace") for fault in faults], pa.string()),
        )
    ]


def _fault_findings(faults: Sequence[_Fault], path: str) -> list[Finding]:
    findings: list[Finding] = []
    for id in _FAULTS:
        alike = [fault for fault in faults if fault.id == id]
        findings += line_findings(
            id,
            Severity.ERROR,
            path,
            [fault.line for fault in alike],
            lambda number, alike=alike: alike[number].what,  # type: ignore[misc]
            LEFT_OUT,
        )
    return findings
