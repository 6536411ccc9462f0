"""Dates as people write them → ISO 8601: 31-12-2026, 12/31/2026, 31.12.2026, 31 december 2026, Dec 31, 2026.

Whether the day or the month comes first shows in the cells of which one number is over 12; where none is, or some
say this and others that, the column has two readings, and nobody guesses.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mactl.people.cells import Cells, weight
from mactl.people.hygiene.values import ENOUGH, is_date, is_nothing
from mactl.people.sources.notation import DAY_FIRST, MONTH_FIRST

# The first letters of the months in Dutch, English, German, French, Danish, Norwegian, Swedish, Spanish and Italian;
# of those that begin alike, as many as tell them apart.
_MONTHS = {
    1: "jan janv januar januari january janvier ene enero gen gennaio jän jänner",
    2: "feb febr februar februari february fév févr février fevrier febrero febbraio",
    3: "mrt maart mar march mär märz maerz mars marts marzo",
    4: "apr april avr avril abr abril aprile",
    5: "mei may mai maj mayo mag maggio",
    6: "jun juni june juin junio giu giugno",
    7: "jul juli july juil juillet julio lug luglio",
    8: "aug augustus august août aout augusti ago agosto",
    9: "sep sept september septembre septiembre set settembre",
    10: "okt oct oktober october octobre octubre ott ottobre",
    11: "nov november novembre noviembre",
    12: "dec december dez dezember déc décembre decembre des desember dic diciembre dicembre",
}
_MONTH_OF = {word: number for number, words in _MONTHS.items() for word in words.split()}
_WORDS = pa.array(list(_MONTH_OF))
_NUMBERS = pa.array([f"{number:02}" for number in _MONTH_OF.values()])

_CLOCK = (
    r"(?:[ ,T]+(?P<h>[0-9]{1,2})[:.](?P<i>[0-9]{2})(?:[:.](?P<s>[0-9]{2})(?:[.,][0-9]{1,9})?)?"
    r"(?: ?(?P<p>[AaPp])\.?[Mm]\.?)?(?: ?(?P<z>[Zz]|UTC|GMT|[+-][0-9]{2}:?[0-9]{2}))?)?$"
)
_NUMERIC = r"^(?P<a>[0-9]{1,2})(?P<m>[-/. ]) ?(?P<b>[0-9]{1,2})[-/. ] ?(?P<y>[0-9]{4})" + _CLOCK
_YEAR_FIRST = r"^(?P<y>[0-9]{4})[-/. ](?P<b>[0-9]{1,2})[-/. ](?P<a>[0-9]{1,2})" + _CLOCK
_WEEKDAY = r"^(?:\pL{2,10}\.?,? )?"
_DAY_WORD = (
    _WEEKDAY
    + r"(?P<a>[0-9]{1,2})(?:st|nd|rd|th|e|er)?[. -]*(?:de )?(?P<b>\pL{3,10})\.?,?[ -]*(?:de )?(?P<y>[0-9]{4})"
    + _CLOCK
)
_WORD_DAY = (
    _WEEKDAY + r"(?P<b>\pL{3,10})\.? (?P<a>[0-9]{1,2})(?:st|nd|rd|th)?,? (?P<y>[0-9]{4})" + _CLOCK
)
_COMPACT = r"^(?P<y>(?:18|19|20)[0-9]{2})(?P<b>[0-9]{2})(?P<a>[0-9]{2})$"
_SERIAL = r"^[0-9]{1,6}(?:\.[0-9]+)?$"
_ISO = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ]|$)"
# Only one of these begins a date that is not ISO 8601 already.
_LIKELY = (
    r"^(?:[0-9]{1,2}[-/. ] ?[0-9]{1,2}[-/. ] ?[0-9]{4}|[0-9]{1,2}(?:st|nd|rd|th|e|er)?[. -]*(?:de )?\pL{3}"
    r"|[0-9]{4}[-/. ][0-9]{1,2}[-/. ][0-9]|\pL{2,10}\.?,? .*[0-9]{4})"
)
_PERHAPS = r"^(?:[0-9]{1,4}[^0-9]|[^0-9].*[0-9]{4})"
"""What all of them fit, and little else: letters of all alphabets make the other one dear, 5 ms each time."""
_SAMPLE = 500
_MOSTLY = 0.8  # of a sample: then all cells are looked at
_EPOCH_OF_EXCEL = (
    25_569  # days from Excel's day 0 (1899-12-30 by its leap year too many) to 1970-01-01
)
_LATEST_SERIAL = 2_958_465  # 9999-12-31


@dataclass(frozen=True, slots=True)
class Order:
    """Which number comes first in the dates of a column: `found`, None where that can't be told; and two cells that
    leave the doubt. `is_dates` where the cells are dates that are not ISO 8601."""

    is_dates: bool
    found: str | None = None
    examples: tuple[str, str] = ("", "")


NO_DATES = Order(False)


def find_order(cells: Cells) -> Order:
    """How the dates of a column are written; NO_DATES where it holds hardly any, or only ISO 8601."""
    cells = cells.replaced(pc.if_else(is_nothing(cells.values), None, cells.values))
    if not _are_likely(cells.values):
        return NO_DATES
    cells = cells.encoded()  # few days come back often: each is worked out once
    values, counts = cells.values, cells.counts()
    numeric = pc.match_substring_regex(values, _NUMERIC).fill_null(False)
    others = _otherwise(pc.if_else(numeric, None, values), has_clock=False)
    as_day, as_month = (
        pc.coalesce(_parts(values, _NUMERIC, order, has_clock=False), others)
        for order in (DAY_FIRST, MONTH_FIRST)
    )
    dotted = pc.match_substring_regex(values, r"^[0-9]{1,2}\. ?[0-9]{1,2}\.").fill_null(False)
    day, month = as_day.is_valid(), pc.and_not(as_month.is_valid(), dotted)
    dates = pc.or_(pc.or_(day, month), _is_iso(values))
    if weight(dates, counts) < ENOUGH * counts.sum() or not weight(pc.or_(day, month), counts):
        return NO_DATES
    day_only = pc.and_(numeric, pc.and_not(day, month))
    month_only = pc.and_(numeric, pc.and_not(month, day))
    either = pc.and_(numeric, pc.and_(pc.and_(day, month), pc.not_equal(as_day, as_month)))
    says_day, says_month = weight(day_only, counts), weight(month_only, counts)
    if says_day and says_month:
        return Order(True, None, (_first(values, day_only), _first(values, month_only)))
    if says_month:
        return Order(True, MONTH_FIRST)
    if says_day or not weight(either, counts):
        return Order(True, DAY_FIRST)
    example = _first(values, either)
    return Order(True, None, (example, example))


def is_compact(cells: Cells) -> bool:
    """Whether every cell is a day such as 20260403, and there is one."""
    values = cells.values
    sample = values.drop_null()[:_SAMPLE]
    if not len(sample) or not pc.all(pc.match_substring_regex(sample, _COMPACT)).as_py():
        return False
    return bool(values.null_count == _parts(values, _COMPACT, DAY_FIRST).null_count)


def to_iso(texts: pa.Array, order: str | None, *, serials: bool = False) -> pa.Array:
    """`texts` with each date in ISO 8601; what is none, or none of the calendar, stays as it is.

    With `serials` a bare number is a day of Excel's, and its fraction the time.
    """
    written = texts
    if order is not None:
        written = pc.coalesce(_written(texts, order), _parts(texts, _COMPACT, DAY_FIRST), texts)
    return pc.coalesce(_from_serials(written), written) if serials else written


def date_of(text: str, order: str) -> str:
    """The date that one text is, in ISO 8601."""
    return str(to_iso(pa.array([text]), order)[0].as_py())


def format_of(text: str, order: str) -> str:
    """The strptime format of a date such as 3/4/2026 14:30, if `order` is which number comes first."""
    found = pc.extract_regex(pa.array([text]), _NUMERIC)[0].as_py()
    if found is None:
        return "%d-%m-%Y" if order == DAY_FIRST else "%m-%d-%Y"
    mark = found["m"]
    first, second = ("%d", "%m") if order == DAY_FIRST else ("%m", "%d")
    date = f"{first}{mark}{second}{mark}%Y"
    if not found["h"]:
        return date
    hour = "%I" if found["p"] else "%H"
    return f"{date} {hour}:%M" + (":%S" if found["s"] else "") + (" %p" if found["p"] else "")


def _are_likely(values: pa.Array) -> bool:
    """Whether a column may hold dates that are not ISO 8601, told from some of its cells."""
    filled = values.drop_null()
    step = max(1, len(filled) // _SAMPLE)
    sample = filled.take(pa.array(np.arange(0, len(filled), step)))
    iso = _is_iso(sample)
    known, enough = pc.sum(iso).as_py() or 0, _MOSTLY * len(sample)
    others = sample.filter(pc.and_not(pc.match_substring_regex(sample, _PERHAPS), iso))
    if not len(others) or known + len(others) < enough:
        return False
    likely = pc.sum(pc.match_substring_regex(others, _LIKELY)).as_py()
    return bool(likely) and known + likely >= enough


def _is_iso(values: pa.Array) -> pa.Array:
    return pc.match_substring_regex(values, _ISO).fill_null(False)


def _written(texts: pa.Array, order: str) -> pa.Array:
    """Each date in ISO 8601; null for what is none, or ISO 8601 already."""
    numeric = _parts(texts, _NUMERIC, order)
    if numeric.null_count == texts.null_count:
        return numeric
    return pc.coalesce(numeric, _otherwise(pc.if_else(numeric.is_valid(), None, texts)))


def _otherwise(texts: pa.Array, *, has_clock: bool = True) -> pa.Array:
    """The same of dates that say by themselves what is the month."""
    if texts.null_count == len(texts):
        return texts
    texts = pc.if_else(_is_iso(texts), None, texts)
    patterns = (_YEAR_FIRST, _DAY_WORD, _WORD_DAY)
    return pc.coalesce(*(_parts(texts, p, DAY_FIRST, has_clock=has_clock) for p in patterns))


def _parts(texts: pa.Array, pattern: str, order: str, *, has_clock: bool = True) -> pa.Array:
    """What `pattern` finds as ISO 8601; null for what it does not fit, and for no day of the calendar."""
    fits = pc.match_substring_regex(texts, pattern).fill_null(False)
    written = pa.nulls(len(texts), pa.string())
    if not pc.any(fits).as_py():
        return written
    found = pc.extract_regex(texts.filter(fits), pattern)
    part = {field.name: found.field(number) for number, field in enumerate(found.type)}
    day, month = (part["a"], part["b"]) if order == DAY_FIRST else (part["b"], part["a"])
    month = _month_numbers(month)
    iso = pc.binary_join_element_wise(part["y"], month, pc.ascii_lpad(day, 2, "0"), "-")
    exists = is_date(iso)
    if has_clock and "h" in part:
        iso = pc.binary_join_element_wise(iso, _clock(part), "")
    return pc.replace_with_mask(written, fits, pc.if_else(exists, iso, None))


def _month_numbers(months: pa.Array) -> pa.Array:
    """`3` and `maart` as 03."""
    words = pc.index_in(pc.utf8_lower(months), value_set=_WORDS)
    return pc.coalesce(_NUMBERS.take(words), pc.ascii_lpad(months, 2, "0"))


def _clock(part: Mapping[str, pa.Array]) -> pa.Array:
    """`T14:30:00+01:00` of the parts of a date; empty where it has no time."""
    hours = pc.if_else(pc.equal(part["h"], ""), "0", part["h"]).cast(pa.int32())
    half = pc.ascii_lower(part["p"])
    hours = pc.if_else(pc.and_(pc.equal(half, "a"), pc.equal(hours, 12)), 0, hours)
    hours = pc.if_else(pc.and_(pc.equal(half, "p"), pc.less(hours, 12)), pc.add(hours, 12), hours)
    seconds = pc.if_else(pc.equal(part["s"], ""), "00", part["s"])
    zone = pc.replace_substring_regex(pc.ascii_upper(part["z"]), "^(?:UTC|GMT)$", "Z")
    clock = pc.binary_join_element_wise(
        pc.ascii_lpad(hours.cast(pa.string()), 2, "0"), part["i"], seconds, ":"
    )
    clock = pc.binary_join_element_wise("T", clock, zone, "")
    return pc.if_else(pc.equal(part["h"], ""), "", clock)


def _from_serials(texts: pa.Array) -> pa.Array:
    """The days and instants that Excel's numbers mean, in ISO 8601; null for anything else."""
    fits = pc.match_substring_regex(texts, _SERIAL)
    numbers = pc.if_else(fits, texts, None).cast(pa.float64())
    inside = pc.and_(pc.greater_equal(numbers, 61), pc.less_equal(numbers, _LATEST_SERIAL))
    numbers = pc.if_else(inside, pc.subtract(numbers, _EPOCH_OF_EXCEL), None)
    seconds = pc.round(pc.multiply(numbers, 86_400.0)).cast(pa.int64()).cast(pa.timestamp("s"))
    days = pc.equal(pc.floor(numbers), numbers)
    return pc.if_else(
        days, pc.strftime(seconds, "%Y-%m-%d"), pc.strftime(seconds, "%Y-%m-%dT%H:%M:%S")
    )


def _first(values: pa.Array, fits: pa.Array) -> str:
    return str(values.filter(fits.fill_null(False))[0].as_py())
