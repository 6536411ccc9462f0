"""Arrow's CSV reader: cells of many rows at once.

On one thread: its own take half as much processor time again, hold a third more, and number no rows. Pieces of a text
may be parsed side by side.
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
    """How a text is written: what stands between cells, how many there are in a row, and in which columns words come
    back (see `words_come_back`)."""

    delimiter: str
    width: int
    few: frozenset[str] = frozenset()

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


def parse_cells(
    data: pa.Buffer, dialect: Dialect, longest: int, has_newlines: bool
) -> tuple[pa.Table, list[Miscounted]]:
    """The cells of a text without header, as text (null where empty), and the rows that were left out.

    `longest` is how many bytes its longest record has, and `has_newlines` whether cells hold any. The columns named in
    `dialect.few` are dictionary-encoded. Quotes must be in order, and no line blank.
    """
    block = max(_BLOCK, 2 * longest)
    try:
        return _parse(data, dialect, block, has_newlines), []
    except pa.ArrowInvalid:
        skipped: list[Miscounted] = []

        def skip(row: pyarrow.csv.InvalidRow) -> str:
            is_blank = not row.text.strip(dialect.delimiter + " \t\n\xa0")
            skipped.append(Miscounted(row.number - 1, row.actual_columns, is_blank))
            return "skip"

        return _parse(data, dialect, block, has_newlines, skip), skipped


def _parse(
    data: pa.Buffer,
    dialect: Dialect,
    block: int,
    has_newlines: bool,
    skip: Callable[[pyarrow.csv.InvalidRow], str] | None = None,
) -> pa.Table:
    words, text = pa.dictionary(pa.int32(), pa.string()), pa.string()
    return pyarrow.csv.read_csv(
        pa.BufferReader(data),
        pyarrow.csv.ReadOptions(column_names=dialect.names, block_size=block, use_threads=False),
        pyarrow.csv.ParseOptions(
            delimiter=dialect.delimiter,
            newlines_in_values=has_newlines,
            invalid_row_handler=skip,
        ),
        pyarrow.csv.ConvertOptions(
            column_types={name: words if name in dialect.few else text for name in dialect.names},
            strings_can_be_null=True,
            null_values=[""],
            check_utf8=False,
        ),
    )


def words_come_back(
    data: pa.Buffer, dialect: Dialect, longest: int, has_newlines: bool
) -> frozenset[str]:
    """The columns of few different words, told from the beginning of a text; the rows may be faulty."""
    head = bytes(data[:_SAMPLE])
    # A newline within a cell may end the sample: a faulty last row does no harm.
    sample = pa.py_buffer(head[: head.rfind(b"\n") + 1])
    table = _parse(sample, dialect, max(_BLOCK, 2 * longest), has_newlines, lambda row: "skip")
    return frozenset(
        name
        for name, column in zip(table.column_names, table.columns, strict=True)
        if 4 * pc.count_distinct(column).as_py() <= len(column) - column.null_count
    )
