"""How contacts last stood, packed small: what a run compares with to notice who moved.

Three kinds of rows stand in the table, each an Arrow stream, and each is written only when it changes:

- `roster@ROW`: the contacts, 16 bytes each; a contact's row never changes. New ones go into a part of their own, and
  parts are joined as they grow, so that a newcomer does not cost a rewrite of everyone.
- `contacts`: which rows the contacts of the last look have, in their order, so that an idle run need not look them up
- a row for each thing that is followed (`segment shared.customers`, `stage`, `column company`): its value in each row
"""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from os import urandom

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from sqlalchemy import Connection, delete, select, update

from mactl.store.tables import snapshots
from mactl.store.upsert import insert_into

_ROSTER = "roster@"
_LOOK = "contacts"
_KEY = 16  # bytes of a contact's id, which is a UUID
_LENGTH = 36  # of a UUID as text
_HASH = b"mactl.hash"

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

    def pack(self) -> bytes:
        """The whole as bytes; `unpack` gives an equal one."""
        values = self.values
        if pa.types.is_string(values.type):
            values = _small(values.dictionary_encode())
        return _pack({"value": values, "seen": pa.array(self.seen)}, {_HASH: self.hash.encode()})

    @classmethod
    def unpack(cls, data: bytes) -> "LastSeen":
        """What `pack` wrote."""
        table = pa.ipc.open_stream(data).read_all().combine_chunks()
        values = _only_chunk(table.column("value"))
        if pa.types.is_dictionary(values.type):
            values = values.dictionary_decode()
        seen = _only_chunk(table.column("seen")).to_numpy(zero_copy_only=False)
        return cls(table.schema.metadata[_HASH].decode(), values, seen)


def nothing_seen(type_: pa.DataType) -> LastSeen:
    """What was never followed before."""
    return LastSeen("", pa.array([], type_), np.zeros(0, bool))


@dataclass(frozen=True, eq=False)
class Roster:
    """Every contact that was ever looked at, each with a row that stays its own."""

    parts: tuple[bytes, ...] = ()
    look: str = ""
    """The fingerprint of the contacts of the last look."""
    rows: Rows = field(default_factory=lambda: np.zeros(0, np.int64))
    """The rows of those contacts, in their order."""

    def __len__(self) -> int:
        return sum(len(part) for part in self.parts) // _KEY

    def seat(self, contacts: pa.ChunkedArray) -> "Roster":
        """The roster with all of `contacts` (unique ids), newcomers last; `rows` are theirs.

        The same object where they are those of the last look, in the same order.
        """
        look = _fingerprint(contacts)
        if look == self.look:
            return self
        keys, size = _keys(contacts), len(self)
        known = _as_keys(b"".join(self.parts))
        found = pc.index_in(keys, value_set=known).fill_null(-1).to_numpy().astype(np.int64)
        new = np.flatnonzero(found < 0)
        found[new] = size + np.arange(len(new))
        added = b"".join(keys.take(pa.array(new)).to_pylist())
        return Roster(_joined([*self.parts, added] if added else self.parts), look, found)

    def pack(self) -> dict[str, bytes]:
        """Name → bytes of every row of the table that holds it."""
        packed, row = {}, 0
        for part in self.parts:
            packed[f"{_ROSTER}{row}"] = part
            row += len(part) // _KEY
        # Neighbours mostly stand side by side, so that the steps between them take next to no room.
        steps = np.diff(self.rows, prepend=0).astype(np.int32)
        packed[_LOOK] = _pack({"step": pa.array(steps)}, {_HASH: self.look.encode()})
        return packed


def _joined(parts: "list[bytes] | tuple[bytes, ...]") -> tuple[bytes, ...]:
    """`parts` with the last ones joined until each is longer than the next: few of them, seldom rewritten."""
    left = list(parts)
    while len(left) > 1 and len(left[-2]) <= len(left[-1]):
        last = left.pop()
        left[-1] += last
    return tuple(left)


@dataclass(frozen=True, eq=False)
class Snapshots:
    """All that is kept of how contacts last stood: name → bytes, as in the table."""

    packed: Mapping[str, bytes] = field(default_factory=dict)

    @cached_property
    def roster(self) -> Roster:
        """Who was looked at."""
        look = self.packed.get(_LOOK)
        if look is None:
            return Roster()
        table = pa.ipc.open_stream(look).read_all()
        rows = np.cumsum(table.column("step").to_numpy(), dtype=np.int64)
        parts, row = [], 0
        while part := self.packed.get(f"{_ROSTER}{row}"):
            parts.append(part)
            row += len(part) // _KEY
        return Roster(tuple(parts), table.schema.metadata[_HASH].decode(), rows)

    @property
    def followed(self) -> list[str]:
        """The names of what was followed."""
        return [name for name in self.packed if name != _LOOK and not name.startswith(_ROSTER)]

    def last_seen(self, name: str) -> LastSeen | None:
        """How contacts last stood in what is called `name`; None where it was not followed."""
        data = self.packed.get(name)
        return None if data is None else LastSeen.unpack(data)

    def standing_of(self, contacts: Collection[str]) -> dict[str, object]:
        """How these contacts last stood in each thing that is followed, of those in which they are; values as Arrow
        gives them, a boolean for a segment."""
        if not len(self.roster):
            return {}
        keys = _keys(pa.chunked_array([pa.array(list(contacts), pa.string())]))
        known = _as_keys(b"".join(self.roster.parts))
        rows = np.flatnonzero(pc.is_in(known, value_set=keys).to_numpy(zero_copy_only=False))
        found: dict[str, object] = {}
        for name in self.followed if len(rows) else ():
            last = LastSeen.unpack(self.packed[name])
            values = last.values.take(pa.array(rows[rows < len(last)])).drop_null().to_pylist()
            if values and values[-1] is not False:
                found[name] = values[-1]
        return found

    def changed(self, roster: Roster) -> dict[str, bytes]:
        """What is to be written so that `roster` takes the place of the one here; empty bytes drop a row."""
        if roster is self.roster:
            return {}
        packed = roster.pack()
        gone = {n: b"" for n in self.packed if n.startswith(_ROSTER) and n not in packed}
        return gone | {n: data for n, data in packed.items() if self.packed.get(n) != data}


def read_snapshots(connection: Connection) -> Snapshots:
    """How contacts last stood, as the last run that noticed something wrote it."""
    rows = connection.execute(select(snapshots.c.name, snapshots.c.data))
    return Snapshots({row.name: row.data for row in rows})


def write_snapshots(connection: Connection, changed: Mapping[str, bytes], at: int) -> None:
    """Write the rows that `changed` names, as seen at `at` (epoch seconds); empty bytes drop one."""
    gone = [name for name, data in changed.items() if not data]
    if gone:
        connection.execute(delete(snapshots).where(snapshots.c.name.in_(gone)))
    kept = [{"name": n, "at": at, "data": data} for n, data in changed.items() if data]
    if kept:
        add = insert_into(connection, snapshots)
        replace = {"at": add.excluded.at, "data": add.excluded.data}
        connection.execute(
            add.on_conflict_do_update(index_elements=[snapshots.c.name], set_=replace), kept
        )


def forget_contacts(connection: Connection, contacts: Collection[str]) -> int:
    """Empty the rows of these contacts in all that is followed, and let nobody be known by them; how many there were.

    The rows stay, so that those of others do; the look of the last run is forgotten, which only costs the next one a
    search.
    """
    before = read_snapshots(connection)
    keys = _keys(pa.chunked_array([pa.array(list(contacts), pa.string())]))
    known = _as_keys(b"".join(before.roster.parts))
    rows = np.flatnonzero(pc.is_in(known, value_set=keys).to_numpy(zero_copy_only=False))
    if not len(rows):
        return 0
    changed: dict[str, bytes] = {}
    row = 0
    for part in before.roster.parts:
        size = len(part) // _KEY
        changed[f"{_ROSTER}{row}"] = _with_strangers(
            part, rows[(rows >= row) & (rows < row + size)] - row
        )
        row += size
    changed[_LOOK] = _pack({"step": pa.array([], pa.int32())}, {_HASH: b""})
    for name in before.followed:
        last = LastSeen.unpack(before.packed[name])
        changed[name] = last.without(rows[rows < len(last)]).pack()
    for name, data in changed.items():
        connection.execute(update(snapshots).where(snapshots.c.name == name).values(data=data))
    return len(rows)


def _with_strangers(part: bytes, rows: Rows) -> bytes:
    """A part of a roster with keys that are nobody's in these rows."""
    keys = bytearray(part)
    for row in rows.tolist():
        keys[row * _KEY : (row + 1) * _KEY] = urandom(_KEY)
    return bytes(keys)


def _pack(columns: Mapping[str, pa.Array], metadata: Mapping[bytes, bytes]) -> bytes:
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


def _fingerprint(contacts: pa.ChunkedArray) -> str:
    """What tells these contacts, in this order, from any others."""
    digest = hashlib.sha256(str(len(contacts)).encode())
    for chunk in contacts.cast(pa.string()).chunks:
        _, offsets, text = chunk.buffers()
        if text is not None:
            bounds = np.frombuffer(offsets, np.int32)[chunk.offset : chunk.offset + len(chunk) + 1]
            digest.update(text[bounds[0] : bounds[-1]])
    return digest.hexdigest()


def _keys(contacts: pa.ChunkedArray) -> pa.Array:
    """Contacts as 16 bytes each: those of their UUID, or of a hash of what is none."""
    ids = contacts.to_pylist()
    try:
        keys = bytes.fromhex("".join(ids).replace("-", ""))
    except ValueError:
        keys = b""
    if len(keys) != _KEY * len(ids) or any(len(id) != _LENGTH for id in ids):
        keys = b"".join(hashlib.sha256(id.encode()).digest()[:_KEY] for id in ids)
    return _as_keys(keys)


def _as_keys(data: bytes) -> pa.Array:
    return pa.FixedSizeBinaryArray.from_buffers(
        pa.binary(_KEY), len(data) // _KEY, [None, pa.py_buffer(data)]
    )
