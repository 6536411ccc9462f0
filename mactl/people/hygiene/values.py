"""Text → typed values, each distinct text once: numbers, booleans, dates, instants, lists.

Every reader takes an array of text and gives one of values, null where a text does not fit.
"""

from dataclasses import dataclass

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from mactl.columns import FieldType
from mactl.errors import ConfigurationError

ENOUGH = 0.9  # of the filled cells must fit a type; the rest are faults in the data
_YES = ("true", "yes", "y", "t", "1", "on", "ja", "waar", "wahr", "sand", "sant")
_NO = ("false", "no", "n", "f", "0", "off", "nee", "nein", "nej", "onwaar", "falsch", "falsk")
_PLAIN_YES_OR_NO = ("true", "yes", "false", "no")
_NOTHING = ("n/a", "na", "#n/a", "null", "none", "nan", "-")
_NO_DATE = ("0000-00-00", "0000-00-00 00:00:00")  # how MySQL writes that there is none

# Whole numbers in groups of three, and what may stand between them; then the decimals.
_GROUPED = {
    ".": r"^([-+]?[0-9]{1,3}(?:[, '\x{a0}\x{202f}\x{2019}][0-9]{3})+)(\.[0-9]{0,15})?$",
    ",": r"^([-+]?[0-9]{1,3}(?:[. '\x{a0}\x{202f}\x{2019}][0-9]{3})+)(,[0-9]{0,15})?$",
}
# A double keeps 15 digits; a longer "number" is a code.
_PLAIN_NUMBER = r"^-?(?:(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{0,15})?|\.[0-9]{1,15})$"
# The greatest of them is still finite.
_NUMBER = r"^[-+]?(?:[0-9]{1,200}(?:\.[0-9]{0,300})?|\.[0-9]{1,300})(?:[eE][-+]?[0-9]{1,2})?$"
_CODE = r"^(?:0[0-9]+|\+[0-9]+)$"

_LEAP_YEAR = r"(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)"
_DATE = (
    r"(?:[0-9]{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])"
    r"|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8]))"
    rf"|{_LEAP_YEAR}-02-29)"
)
_TIME = r"(?:[01][0-9]|2[0-3])(?::[0-5][0-9](?::[0-5][0-9](?:[.,][0-9]{1,9})?)?)?"
_ZONE = r"(?:[Zz]| ?UTC| ?[+-](?:[01][0-9]|2[0-3])(?::?[0-5][0-9])?)"
_ISO_DATE = rf"^{_DATE}$"
_DATE_TIME = rf"^{_DATE}[Tt ]{_TIME}{_ZONE}?$"
_ZONED = rf"[Tt ]{_TIME}{_ZONE}$"

# Seconds since 1970, or thousandths or millionths of them, from 2001 to 2033: no other way to write an instant.
_EPOCH = r"^1[0-9]{9}(?:\.[0-9]{1,9}|[0-9]{3}|[0-9]{6})?$"

_DAY = 86_400  # seconds
# 0001-01-02 and 9999-12-30: in no zone beyond what datetime can hold.
_EARLIEST, _LATEST = -719_161, 2_932_895


@dataclass(frozen=True, slots=True)
class Kind:
    """The type of a column, and the strptime format of its dates where they are not ISO 8601."""

    type: FieldType
    format: str | None = None

    @property
    def expected(self) -> str:
        """What a cell of this kind looks like, in words."""
        if self.format:
            return f"a date written as {self.format}"
        return _EXPECTED[self.type]


_EXPECTED = {
    FieldType.TEXT: "text",
    FieldType.NUMBER: "a number such as 1500 or 12.5",
    FieldType.BOOLEAN: "yes or no, true or false",
    FieldType.DATE: "a date such as 2026-12-01",
    FieldType.INSTANT: "an instant such as 2026-12-01T09:00",
    FieldType.LIST: "a list such as a;b;c",
}


@dataclass(frozen=True, slots=True, eq=False)
class Values:
    """Typed values as `mactl.columns` keeps them, null for a text that is empty or does not fit.

    `local` marks instants that named no zone: they are still seconds on the wall clock. `misfits` marks
    the texts that do not fit, None where all do.
    """

    values: pa.Array
    local: pa.Array | None = None
    misfits: pa.Array | None = None


def read_values(texts: pa.Array, kind: Kind, decimal: str = ".") -> Values:
    """`texts` (null where empty) as values of `kind`, its dates in ISO 8601 or the kind's format; a marker such as
    `n/a` is no value, nor a misfit.

    Raises ConfigurationError where the kind's format is none.
    """
    local = None
    if kind.type is FieldType.TEXT:
        return Values(texts)
    if kind.type is FieldType.LIST:
        return Values(_lists(texts))
    if kind.type is FieldType.NUMBER:
        values = _numbers(texts, decimal)
    elif kind.type is FieldType.BOOLEAN:
        values = _booleans(texts)
    elif kind.type is FieldType.DATE:
        values = _dates(texts) if kind.format is None else _formatted_dates(texts, kind.format)
    elif kind.format is None:
        values, local = _instants(texts)
    else:
        values = _formatted(texts, kind.format)
        local = pa.repeat(True, len(texts))
    if kind.type in (FieldType.DATE, FieldType.INSTANT):
        values = _within_years(values, 1 if kind.type is FieldType.DATE else _DAY)
    misfits = None
    if values.null_count > texts.null_count:
        unread = pc.and_(texts.is_valid(), values.is_null())
        unread = pc.and_not(unread, is_nothing(texts))
        if pc.any(unread).as_py():
            misfits = unread
    return Values(values, local, misfits)


def is_nothing(texts: pa.Array) -> pa.Array:
    """Which texts only say that there is nothing: `n/a`, `NULL`, `-`."""
    return pc.is_in(pc.ascii_lower(texts), pa.array([*_NOTHING, *_NO_DATE]))


def is_yes_or_no(texts: pa.Array) -> pa.Array:
    """Which texts are a boolean without any doubt: true, false, yes or no."""
    return pc.is_in(pc.ascii_lower(texts), pa.array(_PLAIN_YES_OR_NO))


def is_answer(texts: pa.Array) -> pa.Array:
    """Which texts say yes or no in any of the usual ways, `1` and `0` included; null where empty."""
    return pc.if_else(texts.is_valid(), _booleans(texts).is_valid(), None)


def is_plain_number(texts: pa.Array, decimal: str) -> pa.Array:
    """Which texts are numbers without any doubt: no leading zeros, no plus sign, at most 15 digits."""
    plain = pc.match_substring_regex(_with_point(texts, decimal), _PLAIN_NUMBER)
    if decimal == "." and pc.all(plain).as_py():
        return plain
    return pc.or_(plain, pc.match_substring_regex(texts, _GROUPED[decimal]))


def is_code(texts: pa.Array) -> pa.Array:
    """Which texts are digits behind a zero or a plus sign: postcodes, telephone numbers."""
    return pc.match_substring_regex(texts, _CODE)


def is_date(texts: pa.Array) -> pa.Array:
    """Which texts are dates of the calendar in ISO 8601."""
    return pc.match_substring_regex(texts, _ISO_DATE)


def is_date_time(texts: pa.Array) -> pa.Array:
    """Which texts are a date and a time in ISO 8601."""
    return pc.match_substring_regex(texts, _DATE_TIME)


def _with_point(texts: pa.Array, decimal: str) -> pa.Array:
    """`texts` with the source's decimal mark as a point, and a point as no mark at all."""
    if decimal == ".":
        return texts
    hidden = pc.replace_substring(texts, ".", "?")
    return pc.replace_substring(hidden, decimal, ".")


def _numbers(texts: pa.Array, decimal: str) -> pa.Array:
    written = _with_point(texts, decimal)
    fitting = pc.match_substring_regex(written, _NUMBER)
    if pc.all(fitting).as_py() is False:
        written = pc.if_else(fitting, written, _ungrouped(texts, written, decimal))
        fitting = pc.match_substring_regex(written, _NUMBER)
    return _only(written, fitting).cast(pa.float64())


def _ungrouped(texts: pa.Array, otherwise: pa.Array, decimal: str) -> pa.Array:
    """`1.234,56` as 1234.56; `otherwise` for what is no number in groups of three."""
    grouped = pc.match_substring_regex(texts, _GROUPED[decimal])
    digits = pc.replace_substring_regex(texts, rf"[^0-9+{decimal}-]", "")
    return pc.if_else(grouped, _with_point(digits, decimal), otherwise)


def _booleans(texts: pa.Array) -> pa.Array:
    position = pc.index_in(pc.ascii_lower(texts), pa.array([*_YES, *_NO]))
    return pc.less(position, len(_YES))


def _lists(texts: pa.Array) -> pa.Array:
    tidy = pc.replace_substring_regex(texts, r"\s*;[\s;]*", ";")
    words = pc.ascii_trim(tidy, ";")
    wrapped = pc.binary_join_element_wise(";", words, ";", "")
    return pc.if_else(pc.equal(words, ""), None, wrapped)


def _dates(texts: pa.Array) -> pa.Array:
    days = _cast(texts, pa.date32())
    if days is None:
        days = _only(texts, is_date(texts)).cast(pa.date32())
    return days.cast(pa.int32())


def _instants(texts: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Seconds since 1970, and which of them are on a wall clock yet."""
    for zone in (None, "UTC"):
        seconds = _cast(texts, pa.timestamp("s", zone))
        if seconds is not None:
            return seconds.cast(pa.int64()), pa.repeat(zone is None, len(texts))
    return _mixed_instants(texts)


def _cast(texts: pa.Array, kind: pa.DataType) -> pa.Array | None:
    """`texts` as Arrow reads them, None where one does not fit."""
    try:
        # Arrow words an error for every misfit, which takes long: so a few are tried first.
        texts[:100].cast(kind)
        return texts.cast(kind)
    except pa.ArrowInvalid:
        return None


def _mixed_instants(texts: pa.Array) -> tuple[pa.Array, pa.Array]:
    """The same where some name a zone and others none, where they have fractions, or do not fit."""
    zoned = pc.match_substring_regex(texts, _ZONED)
    fitting = pc.or_(is_date(texts), is_date_time(texts))
    plain = pc.ascii_upper(pc.replace_substring_regex(texts, r"[.,][0-9]+", ""))
    plain = pc.replace_substring_regex(plain, r" ?UTC$", "Z")
    plain = pc.replace_substring_regex(plain, r" ([+-][0-9:]+)$", r"\1")
    with_zone = _only(plain, pc.and_(fitting, zoned)).cast(pa.timestamp("s", "UTC"))
    without = _only(plain, pc.and_not(fitting, zoned)).cast(pa.timestamp("s"))
    counted = _only(texts, pc.match_substring_regex(texts, _EPOCH))
    counted = pc.utf8_slice_codeunits(counted, 0, 10).cast(pa.int64())
    seconds = pc.coalesce(with_zone.cast(pa.int64()), without.cast(pa.int64()), counted)
    return seconds, without.is_valid()


def _formatted_dates(texts: pa.Array, format: str) -> pa.Array:
    days = pc.floor(pc.divide(_formatted(texts, format).cast(pa.float64()), float(_DAY)))
    return days.cast(pa.int32())


def _formatted(texts: pa.Array, format: str) -> pa.Array:
    """Seconds since 1970 on a wall clock, of texts written in a strptime format."""
    distinct = texts.dictionary_encode()
    try:
        moments = pd.to_datetime(
            pd.Series(distinct.dictionary.to_pylist(), dtype="object"),
            format=format,
            errors="coerce",
            utc=True,
        )
    except ValueError as error:
        raise ConfigurationError(
            f"mactl.yaml: columns: {format!r} is no date format: {error}",
            "write day, month and year as %d, %m and %Y",
        ) from error
    seconds = pa.array(moments.dt.as_unit("s")).cast(pa.timestamp("s", "UTC")).cast(pa.int64())
    return seconds.take(distinct.indices)


def _within_years(values: pa.Array, unit: int) -> pa.Array:
    """Days or seconds since 1970, null where no calendar of ours reaches."""
    inside = pc.and_(
        pc.greater_equal(values, _EARLIEST * unit), pc.less(values, (_LATEST + 1) * unit)
    )
    return _only(values, inside.fill_null(True))


def _only(texts: pa.Array, chosen: pa.Array) -> pa.Array:
    """`texts` with null where not `chosen`."""
    return texts if pc.all(chosen).as_py() else pc.if_else(chosen, texts, None)
