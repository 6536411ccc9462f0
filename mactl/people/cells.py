"""A column as its values, and which of them stands in each row: what holds for a value is worked out once.

A column of few different words (countries, events, product names) keeps each word once; a column in
which nearly every row differs (addresses, ids) keeps one value a row and no index.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from mactl.errors import UnreadableInput

Numbers = npt.NDArray[np.int64]
"""One whole number for each row: positions of rows, lines in a file, seconds since 1970."""
Mask = npt.NDArray[np.bool_]
"""True or false for each row."""


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """The cells of a column, null where one is empty.

    Row `i` holds `values[index[i]]`, or `values[i]` where `index` is None; a value may occur in
    `values` more than once, or not be used at all.
    """

    values: pa.Array
    index: pa.Array | None = None

    def __len__(self) -> int:
        return len(self.values if self.index is None else self.index)

    def array(self) -> pa.Array:
        """One value for each row."""
        return self.values if self.index is None else self.values.take(self.index)

    def take(self, rows: Numbers) -> "Cells":
        """The cells of `rows`, in that order."""
        positions = pa.array(rows)
        if self.index is None:
            return Cells(self.values.take(positions))
        return Cells(self.values, self.index.take(positions))

    def replaced(self, values: pa.Array) -> "Cells":
        """The same rows with other `values`, one for each of the old."""
        return Cells(values, self.index)

    def without(self, rows: Mask) -> "Cells":
        """The cells with nothing in the marked rows."""
        kept = pa.array(~rows)
        if self.index is None:
            return Cells(pc.if_else(kept, self.values, None))
        return Cells(self.values, pc.if_else(kept, self.index, None))

    def valid(self) -> Mask:
        """Which rows are filled."""
        return self.where(mask_of(self.values.is_valid()))

    def where(self, chosen: Mask) -> Mask:
        """Which rows hold one of the values that `chosen` marks."""
        if self.index is None:
            return chosen
        if not len(self.values):
            return np.zeros(len(self), np.bool_)
        positions = self.index.fill_null(0).to_numpy()
        filled = mask_of(self.index.is_valid())
        found: Mask = chosen[positions] & filled
        return found

    def counts(self) -> Numbers:
        """How many rows hold each value; 0 for a null."""
        if self.index is None:
            return mask_of(self.values.is_valid()).astype(np.int64)
        positions = self.index.drop_null().to_numpy()
        used = np.bincount(positions, minlength=len(self.values))
        return np.where(mask_of(self.values.is_valid()), used, 0).astype(np.int64)

    def encoded(self) -> "Cells":
        """The same cells with every value once, and an index."""
        distinct = self.values.dictionary_encode()
        index = distinct.indices
        return Cells(distinct.dictionary, index if self.index is None else index.take(self.index))

    def codes(self) -> tuple[Numbers, int]:
        """A number for each row, the same for the same value and -1 for none, and how many there are."""
        cells = self.encoded()
        assert cells.index is not None
        return cells.index.fill_null(-1).to_numpy().astype(np.int64), len(cells.values)

    def is_ascending(self) -> bool:
        """Whether every row holds a greater value than the one before: quickly told, and then none comes
        twice."""
        values = self.values
        if self.index is not None or values.null_count:
            return False
        return pc.all(pc.less(values[:-1], values[1:])).as_py() is not False

    def words(self) -> pa.Array:
        """One value for each row; text that comes back often as a dictionary."""
        if self.index is None or not pa.types.is_string(self.values.type):
            return self.array()
        cells = self.encoded()
        return pa.DictionaryArray.from_arrays(cells.index, cells.values)


def stable_order(numbers: npt.NDArray[np.integer[Any]]) -> Numbers:
    """Where in `numbers`, which are from 0 to 2**31 - 1, each stands that comes next; equal ones stay as they are."""
    # Numbers with their places below them sort eight times as fast as places by their numbers.
    placed = numbers.astype(np.int64) << 32 | np.arange(len(numbers))
    placed.sort()
    places: Numbers = placed & 0xFFFF_FFFF
    return places


def mask_of(flags: pa.Array) -> Mask:
    """A column of booleans as a mask; null is false."""
    marked: Mask = flags.fill_null(False).to_numpy(zero_copy_only=False)
    return marked


def weight(fits: pa.Array, counts: Numbers) -> int:
    """How many rows hold a value that fits; `counts` says how many hold each."""
    return int(counts[mask_of(fits)].sum())


@contextmanager
def refusing_overflow() -> Iterator[None]:
    """UnreadableInput in place of Arrow's own error where a column has more text than Arrow holds."""
    try:
        yield
    except pa.ArrowInvalid as error:
        if "overflow" not in str(error):
            raise
        raise UnreadableInput(
            "a column holds more than 2 GiB of text, which is more than one run can take",
            "leave out old rows, or the column with the longest texts",
        ) from error


def in_one(column: pa.ChunkedArray) -> pa.Array:
    """A column in one piece: itself where it is that already, which Arrow would copy."""
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def without_dictionary(column: pa.ChunkedArray) -> pa.Array:
    """A column in one piece, and not encoded as a dictionary."""
    whole = in_one(column)
    return whole.dictionary_decode() if pa.types.is_dictionary(whole.type) else whole


def cells_of(column: pa.ChunkedArray) -> Cells:
    """A column of an Arrow table, whether it is encoded as a dictionary or not."""
    if pa.types.is_dictionary(column.type):
        whole = in_one(column.unify_dictionaries())
        return Cells(whole.dictionary, whole.indices)
    whole = in_one(column)
    if 2 * whole.null_count > len(whole):
        return _without_nulls(whole)
    return Cells(whole)


def _without_nulls(values: pa.Array) -> Cells:
    """A column that is mostly empty, with only what there is as values."""
    filled = mask_of(values.is_valid())
    index = np.cumsum(filled, dtype=np.int32) - 1
    return Cells(values.drop_null(), pa.array(index, pa.int32(), mask=~filled))


def lowered(texts: pa.Array) -> pa.Array:
    """Text in lower case."""
    if pc.all(pc.string_is_ascii(texts)).as_py() is False:
        return pc.utf8_lower(texts)
    if pc.all(pc.ascii_is_lower(texts)).as_py():
        return texts  # as nearly all addresses are, which need no room for it twice
    return pc.ascii_lower(texts)


def empty_cells(count: int, kind: pa.DataType) -> Cells:
    """`count` rows with nothing in them."""
    return Cells(pa.nulls(0, kind), pa.nulls(count, pa.int32()))


def stack(parts: Sequence[Cells], kind: pa.DataType) -> Cells:
    """The rows of `parts`, which all have values of type `kind`, one after another."""
    if not parts:
        return empty_cells(0, kind)
    if len(parts) == 1:
        return parts[0]
    indexes = [part.index for part in parts]
    if any(index is None for index in indexes):
        return Cells(pa.concat_arrays([part.array() for part in parts]))
    starts = np.cumsum([0, *(len(part.values) for part in parts)])
    shifted = [
        pc.add(index, pa.scalar(int(start), pa.int32()))
        for index, start in zip(indexes, starts[:-1], strict=True)
    ]
    return Cells(pa.concat_arrays([part.values for part in parts]), pa.concat_arrays(shifted))
