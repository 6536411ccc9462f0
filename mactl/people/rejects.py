"""Rows that were left out, with their cells as they stand in the file and what is wrong with them."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from mactl.people.cells import Numbers
from mactl.people.sources.files import find_files, shown_path
from mactl.people.sources.reading import read_sheet
from mactl.people.sources.refusals import Refused
from mactl.people.sources.rejects import REMARKS, escaped, without_remarks
from mactl.people.sources.sheets import Sheet
from mactl.project import ContactSource

_AT_ONCE = 5_000  # rows held as Python's values


@dataclass(frozen=True, slots=True, eq=False)
class _Rejected:
    """What was left out of one file: its `lines`, ascending, and the cells of those that have any."""

    path: str
    lines: Numbers
    cells: pa.Table
    row_of: Numbers
    """The row in `cells` of each line, -1 for one that no cells could be read of."""
    raw: Mapping[int, str]
    refused: Refused


def count_rejects(refused: Sequence[Refused]) -> int:
    """How many rows were left out."""
    return sum(len(_lines_of(part)) for part in refused)


def write_rejects(
    folder: Path, sources: Sequence[ContactSource], refused: Sequence[Refused]
) -> Iterator[bytes]:
    """The lines of a CSV file of the rows that were left out, in UTF-8 with a byte order mark, as Excel wants it.

    The files that `sources` name, relative to `folder`, are read once more for it. Its columns are the fields of all
    of them, then `REMARKS`. Raises as `read_sheets` does.
    """
    parts = [*_read(folder, sources, {part.path: part for part in refused})]
    fields = [*dict.fromkeys(name for part in parts for name in part.cells.column_names)]
    yield b"\xef\xbb\xbf" + _line([*fields, *REMARKS])
    for part in parts:
        for line, cells, reasons in _rows_of(part):
            remarks = [part.path, str(line), "; ".join(reasons), part.raw.get(line, "")]
            yield _line([*(cells.get(name) or "" for name in fields), *remarks])


def _read(
    folder: Path, sources: Sequence[ContactSource], refused: Mapping[str | None, Refused]
) -> Iterator[_Rejected]:
    for source in sources:
        for path in find_files(folder, source.file):
            part = refused.get(shown_path(path))
            if part is not None:
                yield _rejected(without_remarks(read_sheet(path, source)[0]), part)


def _rejected(sheet: Sheet, part: Refused) -> _Rejected:
    lines = _lines_of(part)
    place = np.minimum(np.searchsorted(sheet.lines, lines), max(len(sheet) - 1, 0))
    found = np.zeros(len(lines), np.bool_) if not len(sheet) else sheet.lines[place] == lines
    cells = pa.table({name: c.take(place[found]).array() for name, c in sheet.columns.items()})
    raw = {
        line: text
        for refusal in part.refusals
        if refusal.raw is not None
        for line, text in zip(refusal.lines.tolist(), refusal.raw.to_pylist(), strict=True)
    }
    row_of = np.where(found, np.cumsum(found) - 1, -1)
    return _Rejected(part.path or "", lines, cells, row_of, raw, part)


def _lines_of(part: Refused) -> Numbers:
    return np.unique(np.concatenate([refusal.lines for refusal in part.refusals]))


def _rows_of(part: _Rejected) -> Iterator[tuple[int, Mapping[str, Any], list[str]]]:
    """Each line that was left out, its cells, and why, in order."""
    told = merge(*(refusal.reasons() for refusal in part.refused.refusals), key=itemgetter(0))
    reasons = groupby(told, key=itemgetter(0))
    cells = _batched(part.cells)
    for line, row in zip(part.lines.tolist(), part.row_of.tolist(), strict=True):
        _, why = next(reasons)
        yield line, cells(row) if row >= 0 else {}, [*dict.fromkeys(text for _, text in why)]


def _batched(table: pa.Table) -> Callable[[int], Mapping[str, Any]]:
    """Rows of `table` by number, for who asks for them in order."""
    held: list[Mapping[str, Any]] = []
    start = 0

    def row(number: int) -> Mapping[str, Any]:
        nonlocal held, start
        if not start <= number < start + len(held):
            start = number
            held = table.slice(start, _AT_ONCE).to_pylist()
        return held[number - start]

    return row


def _line(cells: Sequence[str]) -> bytes:
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerow([escaped(cell) for cell in cells])
    return buffer.getvalue().encode("utf-8", "replace")
