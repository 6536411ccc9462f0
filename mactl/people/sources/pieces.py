"""A long text a piece at a time: what has been made cells of need not be held."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa

from mactl.people.sources.decoding import Reader
from mactl.people.sources.records import Records, find_records

FIRST = 1 << 20
"""Bytes of the first piece of a text, which tells how the rest is read."""
_PIECE = 1 << 23  # bytes of each other


class Pieced(Protocol):
    """A text in UTF-8, its lines ended by a line feed alone: one that is held, or one that is still in its file."""

    @property
    def encoding(self) -> str:
        """What its file is in."""

    @property
    def size(self) -> int:
        """About how many bytes it has."""

    @property
    def head(self) -> bytes:
        """How it begins."""

    def opened(self) -> AbstractContextManager[Reader]:
        """What reads it from its beginning."""


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """Some records of a text, each whole; `above` is how many lines stand before the first."""

    data: pa.Buffer
    records: Records
    above: int


def pieces_of(read: Reader, delimiter: str) -> Iterator[Piece]:
    """The text that `read` takes in, cut between records; those that it ends in come last."""
    above, wanted, is_all = 0, FIRST, False
    rest = pa.py_buffer(b"")
    while not is_all:
        more, is_all = read(wanted)
        data = pa.py_buffer(bytes(rest) + bytes(more)) if rest.size else more
        records = find_records(data, delimiter, is_all)
        past = min(records.past, data.size)
        if past:
            yield Piece(data.slice(0, past), records, above)
            above += records.line_count
        rest = data.slice(past)
        # What a quote has opened is not gone through again for every piece.
        wanted = _PIECE if past else 2 * wanted
