"""What a column holds, told from all of its cells."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from mactl.columns import FieldType
from mactl.people.cells import Cells, Mask, weight
from mactl.people.hygiene import values
from mactl.people.hygiene.days import to_iso
from mactl.people.hygiene.values import ENOUGH
from mactl.people.sources.decoding import Bytes

_FEWEST_CODES = 0.01  # of the cells: with more leading zeros than that, a column holds codes

# Words in the name of a field whose cells are no numbers, however much they look like some …
_CODES = frozenset(
    [
        *("phone", "telephone", "telefoon", "telefon", "tel", "mobile", "mobiel", "mobil", "gsm"),
        *("fax", "postcode", "postal", "postnummer", "plz", "zip", "zipcode", "iban", "bic"),
        *("vat", "btw", "kvk", "cvr", "ean", "gtin", "sku"),
    ]
)
# … and no booleans: NO is Norway, and no is Norwegian.
_PLACES = frozenset(["country", "land", "language", "lang", "taal", "sprache", "locale"])


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A column as one source has it, the mark of its decimals, and whether the day or the month comes first in its
    dates; None where they are ISO 8601."""

    cells: Cells
    decimal: str = "."
    order: str | None = None


def infer_type(field: str, parts: Sequence[Part]) -> FieldType:
    """The type of a column: a number, date or instant where at least 90 % of its filled cells are, a
    boolean where all are (true, false, yes, no), else text; `n/a` and its like count as empty.

    Cells with leading zeros, with a plus sign, or of over 15 digits are codes, and those are text; so
    are telephone numbers, postcodes and countries, which `field`, the column's name, tells.
    """
    words = set(field.split("_"))
    if any(part.order for part in parts):
        return _dated_type(_Column([_in_iso(part) for part in parts]))
    column = _Column(parts)
    filled = column.filled
    nothing = column.at_most(_NOTHING_STARTS)
    # Regular expressions over a long column take long; the first letters of its cells mostly do.
    might_be_boolean = column.at_most(_BOOLEAN_STARTS) >= filled - nothing
    might_be_numeric = column.at_most(_NUMBER_STARTS) >= ENOUGH * (filled - nothing)
    if not might_be_boolean and not might_be_numeric:
        return FieldType.TEXT
    if nothing:
        filled -= column.count(values.is_nothing)
    if not filled:
        return FieldType.TEXT
    if might_be_boolean and not words & _PLACES and column.count(values.is_yes_or_no) == filled:
        return FieldType.BOOLEAN
    if not might_be_numeric:
        return FieldType.TEXT
    kind = _numeric_type(column, filled)
    return FieldType.TEXT if kind is FieldType.NUMBER and words & _CODES else kind


def _numeric_type(column: "_Column", filled: int) -> FieldType:
    if column.count_numbers() >= ENOUGH * filled:
        codes = column.count(values.is_code)
        return FieldType.TEXT if codes >= _FEWEST_CODES * filled else FieldType.NUMBER
    dates = column.count(values.is_date)
    if dates == filled:
        return FieldType.DATE
    instants = column.count(values.is_date_time)
    if dates + instants >= ENOUGH * filled:
        return FieldType.INSTANT if instants else FieldType.DATE
    return FieldType.TEXT


def may_hold_numbers(cells: Cells) -> bool:
    """Whether enough cells begin as a number does: what is quickly told, before each is looked at."""
    column = _Column([Part(cells)])
    nothing = column.at_most(_NOTHING_STARTS)
    return column.at_most(_NUMBER_STARTS) >= ENOUGH * (column.filled - nothing)


def may_hold_codes(field: str) -> bool:
    """Whether a column's name says that its cells are no numbers, however much they look like some."""
    return bool(_CODES & set(field.split("_")))


def _in_iso(part: Part) -> Part:
    dates = to_iso(part.cells.values, part.order)
    return Part(part.cells.replaced(dates), part.decimal, part.order)


def _dated_type(column: "_Column") -> FieldType:
    """The type of a column whose dates are not ISO 8601 in every source."""
    filled = column.filled - column.count(values.is_nothing)
    dates, instants = column.count(values.is_date), column.count(values.is_date_time)
    if dates + instants < ENOUGH * filled:
        return FieldType.TEXT
    return FieldType.INSTANT if instants else FieldType.DATE


class _Column:
    """The cells of all parts, to be counted."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self._parts = [(part, part.cells.counts()) for part in parts]
        self._firsts = [_first_bytes(part.cells.values) for part in parts]
        self.filled = sum(int(counts.sum()) for _, counts in self._parts)

    def at_most(self, starts: Mask) -> int:
        """How many cells begin with one of the bytes that `starts` marks."""
        return sum(
            int(counts[starts[first]].sum())
            for (_, counts), first in zip(self._parts, self._firsts, strict=True)
        )

    def count(self, fits: Callable[[pa.Array], pa.Array]) -> int:
        """How many cells hold a text that fits."""
        return sum(weight(fits(part.cells.values), counts) for part, counts in self._parts)

    def count_numbers(self) -> int:
        """How many cells hold a plain number."""
        return sum(
            weight(values.is_plain_number(part.cells.values, part.decimal), counts)
            for part, counts in self._parts
        )


def _starts(letters: str) -> Mask:
    marked = np.zeros(256, np.bool_)
    marked[list(letters.encode())] = True
    return marked


_NUMBER_STARTS = _starts("-.,0123456789")
_BOOLEAN_STARTS = _starts("tTfFyYnN")
_NOTHING_STARTS = _starts("nN#-0")


def _first_bytes(texts: pa.Array) -> Bytes:
    """The first byte of each text; anything for a null."""
    _, offsets, data = texts.buffers()
    if data is None or not data.size:
        return np.zeros(len(texts), np.uint8)
    starts = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts)]
    letters = np.frombuffer(data, np.uint8)
    first: Bytes = letters[np.minimum(starts, len(letters) - 1)]
    return first
