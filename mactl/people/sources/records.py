"""Where the records of a CSV text begin and end, and on which lines of the file (RFC 4180).

A quoted cell may hold delimiters and newlines; a quote in it is doubled. A quote within an unquoted cell
(`5" screen`) is a letter like any other. A quoted cell that never closes, or that text follows on, takes
only its own line with it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from mactl.people.cells import Mask, Numbers
from mactl.people.sources.decoding import Bytes

_QUOTE, _NEWLINE = ord('"'), ord("\n")
_SMALLEST, _LARGEST = 1 << 14, 1 << 20  # bytes looked at together
_CALM = 4  # records without a fault after which they are looked at together again

UNCLOSED = "a quote opens a cell that is not closed"
MISPLACED = "text follows on the closing quote of a cell; a quote inside a cell is written twice"


@dataclass(frozen=True, slots=True, eq=False)
class Records:
    """`starts` and `ends` (past the last byte, newline not included) of each record, in bytes, and what
    is wrong with which of them. `newlines` are all in the text, None where each ends a record."""

    ends: Numbers
    newlines: Numbers | None
    faults: dict[int, str]

    @property
    def starts(self) -> Numbers:
        """Made of the ends each time: a file of many short lines need not hold both."""
        starts = np.empty_like(self.ends)
        starts[:1] = 0
        np.add(self.ends[:-1], 1, out=starts[1:])
        return starts

    def lines(self, records: Numbers) -> Numbers:
        """The physical lines on which `records` start, counted from 1."""
        if self.newlines is None:
            return records + 1
        return np.searchsorted(self.newlines, self.starts[records]) + 1

    @property
    def past(self) -> int:
        """The byte past the last record and its newline; beyond the text where it ends without one."""
        return int(self.ends[-1]) + 1 if len(self.ends) else 0

    @property
    def line_count(self) -> int:
        """How many physical lines they take."""
        return len(self.ends if self.newlines is None else self.newlines)

    def holding(self, positions: Numbers) -> Numbers:
        """The records that hold the bytes at `positions`, each once."""
        return np.unique(np.searchsorted(self.starts, positions, side="right") - 1)


def find_records(data: pa.Buffer, delimiter: str, is_all: bool = True) -> Records:
    """The records of `data`, whose lines end in a line feed, blank ones included.

    Where there is more text to come (not `is_all`), those alone that it cannot change: what stands behind `past` is
    read again, with it.
    """
    text = np.frombuffer(data, np.uint8)
    settled = list(_settle(data, text, ord(delimiter), is_all))
    ends = np.concatenate([np.zeros(0, np.int64), *(part for part, _ in settled)])
    counted = np.cumsum([0, *(len(part) for part, _ in settled)])
    faults = {
        int(first): fault for first, (_, fault) in zip(counted[:-1], settled, strict=True) if fault
    }
    return Records(ends, _newlines_beside(text if is_all else _up_to(text, ends), ends), faults)


def _up_to(text: Bytes, ends: Numbers) -> Bytes:
    """The text of the records alone."""
    return text[: int(ends[-1]) + 1] if len(ends) else text[:0]


def _newlines_beside(text: Bytes, ends: Numbers) -> Numbers | None:
    """Where the newlines are; None where every one ends a record."""
    blocks = range(0, len(text), _LARGEST)
    count = sum(np.count_nonzero(text[at : at + _LARGEST] == _NEWLINE) for at in blocks)
    if count == np.count_nonzero(ends[-1:] < len(text)) + len(ends[:-1]):
        return None
    return np.concatenate(
        [np.flatnonzero(text[at : at + _LARGEST] == _NEWLINE) + at for at in blocks]
    )


def _settle(
    data: pa.Buffer, text: Bytes, delimiter: int, is_all: bool
) -> Iterator[tuple[Numbers, str | None]]:
    """Where records end, in order, some at a time; a faulty record comes alone, with what is wrong.

    Quotes are taken in pairs, a whole block at once, for as long as each stands where an opening or a
    closing quote may stand. Where one does not, its record is read byte by byte.
    """
    position, size, inside, record = 0, _SMALLEST, False, 0
    copy = b""
    while position < len(text):
        block = text[position : position + size]
        quotes = np.flatnonzero(block == _QUOTE) + position
        newlines = np.flatnonzero(block == _NEWLINE) + position
        misplaced = _first_misplaced(text, quotes, inside, delimiter)
        if misplaced is not None:
            newlines = newlines[newlines < quotes[misplaced]]
        ends = newlines[_outside(newlines, quotes, inside)]
        if len(ends):
            yield ends, None
            record = int(ends[-1]) + 1
        inside = inside ^ bool(len(quotes) & 1)
        position += len(block)
        size = min(2 * size, _LARGEST)
        at_the_end = position >= len(text)
        if at_the_end and misplaced is None and not is_all:
            return
        if misplaced is not None or (at_the_end and inside):
            copy = copy or data.to_pybytes()
            calm, position = 0, record
            # Faults come in swarms: a few records more are read before blocks are tried again.
            while calm < _CALM and position < len(text):
                end, fault, is_open = _read_record(copy, position, delimiter)
                if is_open and not is_all:
                    return
                yield np.array([end], np.int64), fault
                calm = 0 if fault else calm + 1
                position = end + 1
            record, size, inside = position, _SMALLEST, False
        elif at_the_end and record < len(text):
            yield np.array([len(text)], np.int64), None


def _outside(newlines: Numbers, quotes: Numbers, inside: bool) -> Mask:
    """Which newlines stand outside quoted cells."""
    if not len(quotes):
        return np.full(len(newlines), not inside)
    outside: Mask = (np.searchsorted(quotes, newlines) + inside) % 2 == 0
    return outside


def _first_misplaced(text: Bytes, quotes: Numbers, inside: bool, delimiter: int) -> int | None:
    """Which of `quotes` is the first that can be neither the first, last nor a doubled quote of a cell."""
    if not len(quotes):
        return None
    before = np.where(quotes > 0, text[quotes - 1], _NEWLINE)
    last = len(text) - 1
    after = np.where(quotes < last, text[np.minimum(quotes + 1, last)], _NEWLINE)
    closing = (np.arange(len(quotes)) + inside) % 2 == 1
    beside = np.where(closing, after, before)
    fits = (beside == delimiter) | (beside == _NEWLINE) | (beside == _QUOTE)
    return None if fits.all() else int(np.argmin(fits))


def _read_record(data: bytes, start: int, delimiter: int) -> tuple[int, str | None, bool]:
    """Where the record at `start` ends; where it is faulty, the end of its first line, and why; and whether more text
    behind `data` could change that."""
    mark = bytes([delimiter])
    position = start
    end = _line_end(data, start)
    while True:
        if data[position : position + 1] == b'"':
            closing = _closing_quote(data, position + 1)
            if closing < 0:
                return _line_end(data, start), UNCLOSED, True
            position = closing + 1
            if position < len(data) and data[position] not in (delimiter, _NEWLINE):
                return _line_end(data, start), _reason(data, start, closing), False
            if position > end:
                end = _line_end(data, position)
        found = data.find(mark, position, end)
        if found < 0:
            return end, None, end == len(data)
        position = found + 1


def _closing_quote(data: bytes, position: int) -> int:
    """The first quote from `position` on that is not doubled; -1 where there is none."""
    while True:
        found = data.find(b'"', position)
        if found < 0 or data[found + 1 : found + 2] != b'"':
            return found
        position = found + 2


def _line_end(data: bytes, position: int) -> int:
    found = data.find(b"\n", position)
    return len(data) if found < 0 else found


def _reason(data: bytes, start: int, closing: int) -> str:
    # A "closing" quote lines further down is another cell's opening one.
    return UNCLOSED if closing > _line_end(data, start) else MISPLACED
