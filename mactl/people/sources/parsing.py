"""Arrow's CSV reader: cells of many rows at once.

On one thread: several take half as much processor time again, hold a third more, and number no rows.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

_BLOCK = 1 << 20  # bytes parsed at a time; a record must fit
_SAMPLE = 1 << 20  # bytes in which columns of few words are looked for


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a text is written: what stands between cells, how many there are in a row, how many bytes the
    longest record has, and whether cells hold newlines."""

    delimiter: str
    width: int
    longest: int
    has_newlines: bool

    @property
    def names(self) -> list[str]:
        """The columns' names in the table: their numbers, since those of a file may come twice."""
        return [str(number) for number in range(self.width)]


@dataclass(frozen=True, slots=True)
class Miscounted:
    """A row with another number of cells than it should have; rows are counted from 0."""

    row: int
    cells: int
    is_blank: bool


def parse_cells(data: pa.Buffer, dialect: Dialect) -> tuple[pa.Table, list[Miscounted]]:
    """The cells of a text without header, as text (null where empty), and the rows that were left out.

    Columns in which words come back are dictionary-encoded. Quotes must be in order, and no line blank.
    """
    few = _columns_of_few_words(data, dialect)
    try:
        return _parse(data, dialect, few), []
    except pa.ArrowInvalid:
        skipped: list[Miscounted] = []

        def skip(row: pyarrow.csv.InvalidRow) -> str:
            is_blank = not row.text.strip(dialect.delimiter + " \t\n\xa0")
            skipped.append(Miscounted(row.number - 1, row.actual_columns, is_blank))
            return "skip"

        return _parse(data, dialect, few, skip), skipped


def _parse(
    data: pa.Buffer,
    dialect: Dialect,
    few: set[str],
    skip: Callable[[pyarrow.csv.InvalidRow], str] | None = None,
) -> pa.Table:
    words, text = pa.dictionary(pa.int32(), pa.string()), pa.string()
    return pyarrow.csv.read_csv(
        pa.BufferReader(data),
        pyarrow.csv.ReadOptions(
            column_names=dialect.names,
            block_size=max(_BLOCK, 2 * dialect.longest),
            use_threads=False,
        ),
        pyarrow.csv.ParseOptions(
            delimiter=dialect.delimiter,
            newlines_in_values=dialect.has_newlines,
            invalid_row_handler=skip,
        ),
        pyarrow.csv.ConvertOptions(
            column_types={name: words if name in few else text for name in dialect.names},
            strings_can_be_null=True,
            null_values=[""],
            check_utf8=False,
        ),
    )


def _columns_of_few_words(data: pa.Buffer, dialect: Dialect) -> set[str]:
    """The columns in which words come back, told from the beginning of a large text."""
    if data.size <= 2 * _SAMPLE:
        return set()
    head = bytes(data[:_SAMPLE])
    # A newline within a cell may end the sample: a faulty last row does no harm.
    sample = pa.py_buffer(head[: head.rfind(b"\n") + 1])
    table = _parse(sample, dialect, set(), lambda row: "skip")
    return {
        name
        for name, column in zip(table.column_names, table.columns, strict=True)
        if 4 * pc.count_distinct(column).as_py() <= len(column) - column.null_count
    }
