"""Columns that are made with Arrow before an engine sees them, so that every engine sees the same.

Folding case, regular expressions and calendars differ between engines; equality, literal substrings and
whole numbers do not. What differs is worked out here, once for each distinct value where that pays.
"""

from collections.abc import Callable, Container, Iterable
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from mactl.clock import from_epoch, to_epoch
from mactl.durations import Duration, add_duration

_SECONDS_A_DAY = 86_400
_OFFSETS_CHANGE_EVERY = 900  # seconds: clocks change on whole quarters of an hour UTC
# RE2's \b and \s know ASCII only: to them café ends after the f, and a no-break space is none.
_NOT_IN_A_WORD = r"[^\pL\pM\pN_]"
_SPACE = r"[\s\pZ\x0b\x1c-\x1f\x85]+"


def clean(column: pa.ChunkedArray, type_: pa.DataType) -> pa.ChunkedArray:
    """`column` as `type_`; what is no finite number is no value."""
    if column.type != type_:
        column = column.cast(type_, safe=False)
    if pa.types.is_floating(type_):
        finite = pc.is_finite(column)
        if not pc.all(finite).as_py():
            column = pc.if_else(finite, column, pa.scalar(None, type_))
    return column


def fold(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Text in lower case, letter by letter; engines know different versions of Unicode."""
    if not pa.types.is_dictionary(column.type):
        return pc.utf8_lower(column)
    words = [
        pa.DictionaryArray.from_arrays(chunk.indices, pc.utf8_lower(chunk.dictionary))
        for chunk in column.chunks
    ]
    return pa.chunked_array(words, column.type)


def fold_text(text: str) -> str:
    """`text` in lower case, exactly as `fold` does it to columns."""
    folded: str = pc.utf8_lower(pa.scalar(text, pa.string())).as_py()
    return folded


def matching(column: pa.ChunkedArray, pattern: str, *, case: bool) -> pa.ChunkedArray:
    """Whether a part of the text fits the regular expression (RE2); null where there is no text.

    Raises pyarrow.ArrowInvalid where it is none.
    """

    def match(values: pa.Array) -> pa.Array:
        return pc.match_substring_regex(values, pattern=pattern, ignore_case=not case)

    return _by_distinct_value(column, match, pa.bool_())


def pattern_error(pattern: str) -> str | None:
    """What is wrong with a regular expression as RE2 sees it; None where it is fine."""
    try:
        pc.match_substring_regex(pa.array([""]), pattern=pattern)
    except (pa.ArrowInvalid, UnicodeEncodeError) as invalid:
        return str(invalid).removeprefix("Invalid regular expression: ")
    return None


def word_pattern(words: Iterable[str]) -> str:
    """The regular expression that finds one of `words` as a whole word; a space fits any white space."""
    spelled = "|".join(
        _SPACE.join(_literal(part) for part in word.split()) for word in words if word.strip()
    )
    if not spelled:
        return r"[^\s\S]"  # no word at all: fits nothing
    return f"(?:^|{_NOT_IN_A_WORD})(?:{spelled})(?:{_NOT_IN_A_WORD}|$)"


def _literal(text: str) -> str:
    return "".join(
        char if char.isalnum() or char == "_" else f"\\x{{{ord(char):x}}}" for char in text
    )


def month_days(days: pa.ChunkedArray) -> pa.ChunkedArray:
    """`month * 100 + day` (int32) of epoch days."""
    dates = days.cast(pa.date32())
    hundred = pa.scalar(100, pa.int64())
    return pc.add(pc.multiply(pc.month(dates), hundred), pc.day(dates)).cast(pa.int32())


def local_days(instants: pa.ChunkedArray, zone: ZoneInfo) -> pa.ChunkedArray:
    """The calendar day (epoch days, int32) of each instant on the wall clock of `zone`.

    Null where it is outside the calendar, which has the years 1 to 9999.
    """

    def offset(quarter: float | None) -> int | None:
        if quarter is None:
            return None
        try:
            moment = from_epoch(int(quarter) * _OFFSETS_CHANGE_EVERY)
            return int((moment.astimezone(zone).utcoffset() or timedelta()).total_seconds())
        except (ValueError, OverflowError, OSError):
            return None

    def offsets(quarters: pa.Array) -> pa.Array:
        return pa.array([offset(quarter) for quarter in quarters.to_pylist()], pa.int64())

    quarters = _whole(instants, _OFFSETS_CHANGE_EVERY)
    local = pc.add(instants, _by_distinct_value(quarters, offsets, pa.int64()))
    return _whole(local, _SECONDS_A_DAY).cast(pa.int32())


def _whole(seconds: pa.ChunkedArray, unit: int) -> pa.ChunkedArray:
    """How many whole units lie before each instant, rounded down."""
    return pc.floor(pc.divide(seconds.cast(pa.float64(), safe=False), float(unit)))


def numbers_of(column: pa.ChunkedArray, number: Callable[[Any], int | None]) -> pa.ChunkedArray:
    """What `number` makes of each value (int64), null of null; asked once for each distinct value."""

    def numbers(distinct: pa.Array) -> pa.Array:
        values = distinct.to_pylist()
        return pa.array([None if value is None else number(value) for value in values], pa.int64())

    return _by_distinct_value(column, numbers, pa.int64())


def moved_instants(
    instants: pa.ChunkedArray, length: Duration, zone: ZoneInfo, holidays: Container[date]
) -> pa.ChunkedArray:
    """Each instant `length` later, calendar units on the wall clock of `zone`; null outside the calendar."""
    if length.is_exact:
        return pc.add(instants, int(length.exact.total_seconds()))

    def moved(seconds: float) -> int | None:
        try:
            return to_epoch(add_duration(from_epoch(int(seconds)), length, zone, holidays))
        except (ValueError, OverflowError, OSError):
            return None

    # Within a quarter of an hour all move alike, but for the one that clocks skip: to its end.
    quarters = _whole(instants, _OFFSETS_CHANGE_EVERY)
    begins = pc.multiply(quarters, float(_OFFSETS_CHANGE_EVERY))
    into = pc.subtract(instants, begins.cast(pa.int64()))
    first = numbers_of(begins, moved)
    last = numbers_of(begins, lambda seconds: moved(seconds + _OFFSETS_CHANGE_EVERY - 1))
    return pc.min_element_wise(pc.add(first, into), last, skip_nulls=False)


def _by_distinct_value(
    column: pa.ChunkedArray, make: Callable[[pa.Array], pa.Array], type_: pa.DataType
) -> pa.ChunkedArray:
    """`make` applied to the distinct values of `column`, put back in their places."""
    chunks = []
    for chunk in column.chunks:
        encoded = chunk.dictionary_encode()
        chunks.append(pc.take(make(encoded.dictionary), encoded.indices))
    return pa.chunked_array(chunks, type=type_)
