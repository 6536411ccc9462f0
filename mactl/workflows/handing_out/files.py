"""Exported people as the bytes of a file: CSV, JSON Lines, XLSX. In none of them is anything a formula."""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from mactl.columns import plain_value
from mactl.delivery.channels.cells import cell, csv_line
from mactl.errors import UsageError
from mactl.workflows.handing_out.columns import Column, Outline, distinct_of
from mactl.workflows.handing_out.exporting import Exported

_ROWS = 50_000  # made into text at a time
_EXCEL_ROWS = 1_048_576  # of a sheet, the header's included
_EXCEL_CELL = 32_767  # characters


def csv_lines(exported: Exported) -> Iterator[bytes]:
    """A CSV file in UTF-8 (RFC 4180), in which nothing is a formula."""
    import pyarrow.csv

    yield csv_line(exported.columns)
    cells = {name: _cells(exported.outline, column) for name, column in exported.columns.items()}
    table = pa.table({str(number): column for number, column in enumerate(cells.values())})
    options = pyarrow.csv.WriteOptions(
        include_header=False, quoting_style="needed", batch_size=_ROWS
    )
    for start in range(0, exported.count, _ROWS):
        part = table.slice(start, _ROWS)
        if _has_newlines(part):
            yield _written(part)
            continue
        sink = pa.BufferOutputStream()
        pyarrow.csv.write_csv(part, sink, options)
        yield sink.getvalue().to_pybytes().replace(b"\n", b"\r\n")


def _written(table: pa.Table) -> bytes:
    """Rows of text cells as they stand; Arrow would end them like the lines within a cell."""
    buffer = io.StringIO(newline="")
    columns = [column.to_pylist() for column in table.columns]
    csv.writer(buffer).writerows(zip(*columns, strict=True))
    return buffer.getvalue().encode("utf-8", "replace")


def _has_newlines(table: pa.Table) -> bool:
    return any(
        pc.any(pc.match_substring(column, "\n")).as_py() for column in table.columns if len(column)
    )


def _cells(outline: Outline, column: Column) -> pa.Array:
    """The cells as text; each distinct value is made once."""
    distinct, index = distinct_of(column.values)
    texts = [cell(plain_value(value, column.type, outline.zone)) for value in distinct.to_pylist()]
    # Arrow tells text without letters from nothing by quotes, which nobody expects.
    return pa.array([text or None for text in texts], pa.string()).take(index)


def json_lines(exported: Exported) -> Iterator[bytes]:
    """An object a line; empty cells are left out."""
    columns = {name: exported.outline.plain(column) for name, column in exported.columns.items()}
    for row in zip(*columns.values(), strict=True):
        told = {n: value for n, value in zip(columns, row, strict=True) if value is not None}
        yield json.dumps(told, ensure_ascii=False).encode() + b"\n"


def workbook(exported: Exported) -> bytes:
    """An XLSX file with one sheet, in which text is text. Raises UsageError where it has more rows than Excel."""
    from io import BytesIO

    import xlsxwriter

    if exported.count >= _EXCEL_ROWS:
        raise UsageError(
            f"{exported.count:,} people do not fit on a sheet of {_EXCEL_ROWS:,} rows",
            "--format csv",
        )
    sink = BytesIO()
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(sink, options) as book:
        sheet = book.add_worksheet("contacts")
        sheet.freeze_panes(1, 0)
        bold = book.add_format({"bold": True})
        for place, name in enumerate(exported.columns):
            sheet.write_string(0, place, name, bold)
        columns = [_sheet_cells(exported.outline, column) for column in exported.columns.values()]
        for number, row in enumerate(zip(*columns, strict=True), 1):
            for place, value in enumerate(row):
                if isinstance(value, bool):
                    sheet.write_boolean(number, place, value)
                elif isinstance(value, (int, float)):
                    sheet.write_number(number, place, value)
                elif value:
                    sheet.write_string(number, place, value)
    return sink.getvalue()


def _sheet_cells(outline: Outline, column: Column) -> list[Any]:
    """Numbers and answers as themselves, all else as text; dates in ISO 8601, which no country reads in its own way."""
    distinct, index = distinct_of(column.values)
    values = [plain_value(value, column.type, outline.zone) for value in distinct.to_pylist()]
    told = [v if isinstance(v, (bool, int, float)) else _bare(v) for v in values]
    return [None if place is None else told[place] for place in index.to_pylist()]


def _bare(value: Any) -> str:
    text = value if isinstance(value, str) else cell(value)
    kept = "".join(letter for letter in text if letter.isprintable() or letter in "\n\t")
    return kept[:_EXCEL_CELL]
