"""Who was ever looked at: contacts, 16 bytes each, every one with a row that stays its own."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from os import urandom

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mactl.store.last_seen import HASH, Rows, pack_columns

ROSTER = "roster@"
"""How the names of its parts begin; behind it stands the first row of each."""
LOOK = "contacts"
"""What the rows of the last look are called."""
_KEY = 16  # bytes of a contact's id, which is a UUID
_LENGTH = 36  # of a UUID as text


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

    def rows_of(self, contacts: Collection[str]) -> Rows:
        """The rows of those of `contacts` who were ever looked at, rising."""
        keys = _keys(pa.chunked_array([pa.array(list(contacts), pa.string())]))
        known = _as_keys(b"".join(self.parts))
        found = pc.is_in(known, value_set=keys).to_numpy(zero_copy_only=False)
        return np.flatnonzero(found)

    def with_strangers(self, rows: Rows) -> "Roster":
        """The same with keys that are nobody's in `rows`; the look is forgotten, which only costs the next a search."""
        keys = bytearray(b"".join(self.parts))
        for row in rows.tolist():
            keys[row * _KEY : (row + 1) * _KEY] = urandom(_KEY)
        ends = np.cumsum([len(part) for part in self.parts]).tolist()
        parts = [
            bytes(keys[end - len(part) : end]) for part, end in zip(self.parts, ends, strict=True)
        ]
        return Roster(tuple(parts))

    def pack(self) -> dict[str, bytes]:
        """Name → bytes of every row of the table that holds it; `unpack` gives an equal one."""
        packed, row = {}, 0
        for part in self.parts:
            packed[f"{ROSTER}{row}"] = part
            row += len(part) // _KEY
        # Neighbours mostly stand side by side, so that the steps between them take next to no room.
        steps = np.diff(self.rows, prepend=0).astype(np.int32)
        packed[LOOK] = pack_columns({"step": pa.array(steps)}, {HASH: self.look.encode()})
        return packed

    @classmethod
    def unpack(cls, packed: Mapping[str, bytes]) -> "Roster":
        """What `pack` wrote; nobody where it is not there."""
        look = packed.get(LOOK)
        if look is None:
            return cls()
        table = pa.ipc.open_stream(look).read_all()
        rows = np.cumsum(table.column("step").to_numpy(), dtype=np.int64)
        parts, row = [], 0
        while part := packed.get(f"{ROSTER}{row}"):
            parts.append(part)
            row += len(part) // _KEY
        return cls(tuple(parts), table.schema.metadata[HASH].decode(), rows)


def _joined(parts: "list[bytes] | tuple[bytes, ...]") -> tuple[bytes, ...]:
    """`parts` with the last ones joined until each is longer than the next: few of them, seldom rewritten."""
    left = list(parts)
    while len(left) > 1 and len(left[-2]) <= len(left[-1]):
        last = left.pop()
        left[-1] += last
    return tuple(left)


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
