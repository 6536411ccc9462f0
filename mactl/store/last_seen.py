"""What something that is followed was for each contact when a run last looked, packed small."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

HASH = b"mactl.hash"
"""Where an Arrow stream tells what it was worked out by."""

Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class LastSeen:
    """What something that is followed was for each row of the roster.

    Rows beyond its end are contacts who came later; those that are not `seen` were known, but gone at that look.
    """

    hash: str
    """What the values were worked out by: where it differs, people were moved by an edit."""
    values: pa.Array
    seen: Mask

    def __len__(self) -> int:
        return len(self.values)

    def at(self, rows: Rows) -> tuple[pa.Array, Mask, Mask]:
        """For each of `rows` the value (null where there is none), whether it was seen, whether it is new."""
        if len(rows) == len(self) and (rows == np.arange(len(rows))).all():
            return self.values, self.seen, np.zeros(len(rows), bool)
        new = rows >= len(self)
        known = np.where(new, 0, rows)
        values = self.values.take(pa.array(known, mask=new))
        seen = np.zeros(len(rows), bool)
        seen[~new] = self.seen[rows[~new]]
        return values, seen, new

    def updated(
        self, hash: str, values: pa.Array, rows: Rows, size: int, *, is_baseline: bool
    ) -> "LastSeen":
        """The same with `values` at `rows` of a roster of `size`; other rows stay as they were.

        Those that it did not reach yet had nothing when they were last seen; at a baseline they were not seen.
        """
        old = len(self)
        source = np.full(size, -1)
        source[:old] = np.arange(old)
        source[rows] = old + np.arange(len(rows))
        every = pa.concat_arrays([self.values, values])
        seen = np.full(size, not is_baseline)
        seen[:old] = self.seen
        seen[rows] = True
        return LastSeen(hash, every.take(pa.array(source, mask=source < 0)), seen)

    def without(self, rows: Rows) -> "LastSeen":
        """The same with nothing in `rows`, as if they had been gone at the last look."""
        gone = np.zeros(len(self), bool)
        gone[rows] = True
        values = self.values.take(pa.array(np.arange(len(self)), mask=gone))
        return LastSeen(self.hash, values, self.seen & ~gone)

    def without_words(self, words: Collection[str]) -> "LastSeen":
        """The same with nothing where the value is one of `words`, as if it had been empty."""
        if not pa.types.is_string(self.values.type):
            return self
        gone = pc.is_in(self.values, value_set=pa.array(list(words), pa.string()), skip_nulls=True)
        return LastSeen(self.hash, pc.if_else(gone, None, self.values), self.seen)

    def words(self, but: Rows) -> list[str]:
        """Each text among the values once; those of the rows `but` do not count."""
        if not pa.types.is_string(self.values.type):
            return []
        kept = np.ones(len(self), bool)
        kept[but[but < len(self)]] = False
        found: list[str] = self.values.filter(pa.array(kept)).unique().drop_null().to_pylist()
        return found

    def pack(self) -> bytes:
        """The whole as bytes; `unpack` gives an equal one."""
        values = self.values
        if pa.types.is_string(values.type):
            values = _small(values.dictionary_encode())
        return pack_columns(
            {"value": values, "seen": pa.array(self.seen)}, {HASH: self.hash.encode()}
        )

    @classmethod
    def unpack(cls, data: bytes) -> "LastSeen":
        """What `pack` wrote."""
        table = pa.ipc.open_stream(data).read_all().combine_chunks()
        values = _only_chunk(table.column("value"))
        if pa.types.is_dictionary(values.type):
            values = values.dictionary_decode()
        seen = _only_chunk(table.column("seen")).to_numpy(zero_copy_only=False)
        return cls(table.schema.metadata[HASH].decode(), values, seen)


def nothing_seen(type_: pa.DataType) -> LastSeen:
    """What was never followed before."""
    return LastSeen("", pa.array([], type_), np.zeros(0, bool))


def pack_columns(columns: Mapping[str, pa.Array], metadata: Mapping[bytes, bytes]) -> bytes:
    table = pa.table(dict(columns)).replace_schema_metadata(metadata)
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with pa.ipc.new_stream(sink, table.schema, options=options) as stream:
        stream.write_table(table)
    packed: bytes = sink.getvalue().to_pybytes()
    return packed


def _small(encoded: pa.DictionaryArray) -> pa.DictionaryArray:
    """`encoded` with the narrowest codes that its words need."""
    words = len(encoded.dictionary)
    width = pa.int8() if words < 2**7 else pa.int16() if words < 2**15 else pa.int32()
    return pa.DictionaryArray.from_arrays(encoded.indices.cast(width), encoded.dictionary)


def _only_chunk(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks else pa.array([], column.type)
