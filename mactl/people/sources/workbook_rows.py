"""What the process does that a workbook is read in: the workbook comes in, its rows go out as an Arrow stream.

Run by `mactl.people.sources.workbooks`, which see.
"""

import io
import json
import resource
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any

import pyarrow as pa
from pyarrow import ipc
from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from mactl.people.sources.shape import FIRST_ROWS, Heading, find_heading

LINE = "line"
TOLD = b"told"
"""The column with the row's number in its sheet, and the key of the schema's metadata with what is told as JSON."""
_MEMORY = 4 << 30  # bytes of address space
_CPU = 600  # seconds
_BATCH = 20_000  # rows
_CSV = "save the sheet as CSV"


@dataclass(frozen=True, slots=True)
class _Refused(Exception):
    """Why there is nothing to read, and what to do about it."""

    what: str
    hint: str


@dataclass(frozen=True, slots=True)
class _Found:
    """A sheet, its header, and the number of the row that the header stands in, counted from 0."""

    sheet: CalamineSheet
    heading: Heading
    row: int
    title: str | None


def main() -> None:
    """Read a workbook from standard input, and write its rows to standard output."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU, _CPU))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    wanted = json.loads(sys.argv[1])
    out = pa.PythonFile(sys.stdout.buffer, "w")
    try:
        _write(CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read())), wanted, out)
    except PasswordError:
        _tell(out, refused="the workbook asks for a password", hint="save it without one")
    except _Refused as refused:
        _tell(out, refused=refused.what, hint=refused.hint)
    except (CalamineError, ValueError, OSError) as error:
        what = " ".join(str(error).split())[:200] or "nothing more is known"
        _tell(out, refused=f"this is no workbook that can be read: {what}", hint=_CSV)


def _tell(out: pa.NativeFile, **told: Any) -> None:
    schema = pa.schema([], metadata={TOLD: json.dumps(told)})
    with ipc.new_stream(out, schema):
        pass


def _write(book: CalamineWorkbook, wanted: dict[str, Any], out: pa.NativeFile) -> None:
    if wanted["sheet"] is not None and wanted["sheet"] not in book.sheet_names:
        _tell(out, missing_sheet=wanted["sheet"], sheets=book.sheet_names)
        return
    found, others = _find(book, wanted)
    width = len(found.heading.cells)
    told = {
        "sheet": found.sheet.name,
        "others": others,
        "header": found.heading.cells,
        "header_line": found.row + 1,
        "title": found.title,
    }
    fields = [pa.field(str(number), pa.string()) for number in range(width)]
    schema = pa.schema([*fields, pa.field(LINE, pa.int64())], metadata={TOLD: json.dumps(told)})
    with ipc.new_stream(out, schema) as stream:
        for batch in _batches(found, width, wanted["decimal"]):
            stream.write_batch(pa.record_batch(batch, schema=schema))


def _find(book: CalamineWorkbook, wanted: dict[str, Any]) -> tuple[_Found, list[str]]:
    """The sheet that is meant, and the names of others that hold something and could have been."""
    if wanted["sheet"] is not None:
        found = _look(book.get_sheet_by_name(wanted["sheet"]), wanted["known"])
        if found is None:
            raise _Refused(f"there is nothing on sheet {wanted['sheet']!r}", "name another sheet")
        return found, []
    candidates = []
    for hidden in (False, True):
        for about in book.sheets_metadata:
            is_hidden = about.visible is not SheetVisibleEnum.Visible
            if about.typ is SheetTypeEnum.WorkSheet and is_hidden is hidden:
                found = _look(book.get_sheet_by_name(about.name), wanted["known"])
                if found is not None:
                    candidates.append(found)
        if candidates:
            break
    if not candidates:
        raise _Refused("there is nothing on any sheet of this workbook", "name another file")
    chosen = max(candidates, key=_likeness)
    return chosen, [found.sheet.name for found in candidates if found is not chosen]


def _likeness(found: _Found) -> int:
    """How much a sheet looks like a table: it has several columns, and rows below its header; of equals the first."""
    columns = sum(1 for cell in found.heading.cells if cell)
    end = found.sheet.end
    return int(columns > 1) + int(end is not None and end[0] > found.row)


def _look(sheet: CalamineSheet, known: Sequence[str]) -> _Found | None:
    """A sheet with its header; None where there is nothing on it."""
    if sheet.start is None:
        return None
    rows = [
        (number, [_text(cell, ".") or "" for cell in row])
        for number, row in islice(_rows(sheet), 10 * FIRST_ROWS)
    ]
    filled = [(number, row) for number, row in rows if any(row)][:FIRST_ROWS]
    if not filled:
        return None
    heading = find_heading([_narrowed(row) for _, row in filled], known)
    width = max((len(_narrowed(row)) for _, row in filled), default=0)
    cells = (heading.cells + [""] * width)[: max(width, len(heading.cells))]
    title = next((cell for cell in filled[0][1] if cell), None) if heading.row else None
    return _Found(sheet, Heading(heading.row, cells), filled[heading.row][0], title)


def _narrowed(row: list[str]) -> list[str]:
    """A row without the empty cells at its end."""
    last = max((number for number, cell in enumerate(row) if cell), default=-1)
    return row[: last + 1]


def _rows(sheet: CalamineSheet) -> Iterator[tuple[int, list[Any]]]:
    """The rows of a sheet with their numbers, counted from 0, from its first column on."""
    assert sheet.start is not None
    top, left = sheet.start
    # It passes over empty columns and rows at the edge.
    for number, row in enumerate(sheet.iter_rows(), top):
        yield number, [""] * left + list(row)


def _batches(found: _Found, width: int, decimal: str) -> Iterator[list[pa.Array]]:
    merged = _merged(found)
    rows: list[tuple[str | None, ...]] = []
    lines: list[int] = []
    for number, row in _rows(found.sheet):
        if number <= found.row:
            continue
        if number in merged:
            _fill(row, merged[number])
        texts = tuple(_text(cell, decimal) for cell in row[:width])
        if not any(texts):
            continue
        rows.append(texts + (None,) * (width - len(texts)))
        lines.append(number + 1)
        if len(rows) == _BATCH:
            yield _arrays(rows, lines, width)
            rows, lines = [], []
    yield _arrays(rows, lines, width)


def _arrays(
    rows: Sequence[tuple[str | None, ...]], lines: Sequence[int], width: int
) -> list[pa.Array]:
    columns = zip(*rows, strict=True) if rows else [()] * width
    return [*(pa.array(column, pa.string()) for column in columns), pa.array(lines, pa.int64())]


_Merges = dict[int, list[tuple[int, Any]]]
"""Row → the columns in which a cell that began above it goes on, and what is in that cell."""


def _merged(found: _Found) -> _Merges:
    """What merged cells hold in the rows below their first: a spreadsheet shows it there as well."""
    going_on: _Merges = {}
    ranges = found.sheet.merged_cell_ranges or []
    below = {(top, left): bottom for (top, left), (bottom, _) in ranges if bottom > top > found.row}
    if not below:
        return going_on
    tops = {top for top, _ in below}
    last = found.sheet.end[0] if found.sheet.end else 0
    for number, row in _rows(found.sheet):
        if number not in tops:
            continue
        for (top, left), bottom in below.items():
            if top == number and left < len(row) and row[left] != "":
                for under in range(top + 1, min(bottom, last) + 1):
                    going_on.setdefault(under, []).append((left, row[left]))
    return going_on


def _fill(row: list[Any], cells: list[tuple[int, Any]]) -> None:
    for column, value in cells:
        with suppress(IndexError):
            row[column] = value if row[column] == "" else row[column]


def _text(cell: Any, decimal: str) -> str | None:
    """A cell as a CSV file would have it."""
    if isinstance(cell, str):
        return cell.strip() or None
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        if cell.is_integer() and abs(cell) < 2**53:
            return str(int(cell))
        # As many digits as Excel shows, and no exponent, which it shows where a column is narrow.
        return f"{Decimal(f'{cell:.15g}'):f}".replace(".", decimal)
    if isinstance(cell, (datetime, date, time)):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell)
    return str(cell)
