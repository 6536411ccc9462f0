from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mactl.clock import from_day, from_epoch, to_day, to_epoch
from mactl.columns import FieldType
from mactl.durations import parse_duration
from mactl.rules import prepared
from mactl.rules.moments import Present, Span
from tests.rules.tables import AMSTERDAM, instant

INSTANTS = st.datetimes(datetime(1950, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))
ZONES = st.sampled_from(["Europe/Amsterdam", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC"])


def present(now: str, zone: ZoneInfo = AMSTERDAM) -> Present:
    return Present(from_epoch(instant(now, zone)), zone)


@given(st.text())
def test_a_constant_is_folded_as_a_column_is(text: str) -> None:
    assert prepared.fold_text(text) == prepared.fold(pa.chunked_array([[text]]))[0].as_py()


@given(st.lists(st.none() | st.text()))
def test_words_in_a_dictionary_are_folded_as_they_are_without(words: list[str | None]) -> None:
    plain = pa.chunked_array([pa.array(words, pa.string())])

    folded = prepared.fold(plain.dictionary_encode())

    assert folded.to_pylist() == prepared.fold(plain).to_pylist()


@given(st.lists(st.none() | INSTANTS, max_size=5), ZONES)
def test_an_instant_falls_on_the_day_that_the_wall_clock_shows(
    instants: list[datetime | None], zone: str
) -> None:
    seconds = [None if moment is None else to_epoch(moment) for moment in instants]

    found = prepared.local_days(column(seconds, pa.int64()), ZoneInfo(zone)).to_pylist()

    expected = [m if m is None else m.astimezone(ZoneInfo(zone)).date() for m in instants]
    assert found == [day if day is None else to_day(day) for day in expected]


def test_an_instant_outside_the_calendar_has_no_day() -> None:
    assert prepared.local_days(column([-(10**14), 10**14], pa.int64()), AMSTERDAM).to_pylist() == [
        None, None,
    ]  # fmt: skip


@given(st.lists(st.none() | st.dates(), max_size=5))
def test_the_month_and_day_of_any_date(days: list[date | None]) -> None:
    numbers = column([None if day is None else to_day(day) for day in days], pa.int32())

    assert prepared.month_days(numbers).to_pylist() == [
        None if day is None else day.month * 100 + day.day for day in days
    ]


@pytest.mark.parametrize(
    ("words", "text", "found"),
    [
        (["café"], "een café!", True),
        (["caf"], "een café!", False),
        (["c++"], "I know C++, yes".lower(), True),
        (["c++"], "c+++", True),
        (["c"], "c++", True),
        (["vp  sales"], "the vp\tsales", True),
        (["vp sales"], "vpsales", False),
        (["naïve"], "nai\u0308ve naïve", True),
        (["nai"], "nai\u0308ve", False),
        (["a.b"], "axb", False),
        (["日本"], "日本 語", True),
        (["x", "y"], "z y", True),
    ],
)
def test_a_whole_word_ends_where_its_letters_end(words: list[str], text: str, found: bool) -> None:
    pattern = prepared.word_pattern(words)

    assert prepared.matching(column([text], pa.string()), pattern, case=True).to_pylist() == [found]


@given(st.text(min_size=1), st.text())
def test_any_text_can_be_looked_for_as_a_word(word: str, text: str) -> None:
    pattern = prepared.word_pattern([word])
    found = prepared.matching(column([text, f"( {word} )"], pa.string()), pattern, case=True)

    assert found[1].as_py() is bool(word.split())


def test_a_date_is_its_whole_day_in_the_zone_even_when_that_has_23_hours() -> None:
    spring = present("2026-03-20T09:00").span("2026-03-29", FieldType.INSTANT)

    assert spring is not None
    assert spring.last - spring.first == 23 * 3600 - 1


def test_a_day_without_midnight_begins_when_the_clocks_have_moved() -> None:
    beirut = ZoneInfo("Asia/Beirut")  # on 27 March 2022 clocks went from 00:00 to 01:00
    span = present("2022-03-20T09:00", beirut).span("2022-03-27", FieldType.INSTANT)

    assert span == Span(instant("2022-03-26T22:00Z"), instant("2022-03-27T20:59:59Z"))


@pytest.mark.parametrize(
    "text", ["0001-01-01", "9999-12-31", "0001-01-01T00:00", "9999-12-31T23:59"]
)
@pytest.mark.parametrize("type_", [FieldType.DATE, FieldType.INSTANT])
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC"])
def test_the_first_and_last_days_of_the_calendar_can_be_written(
    text: str, type_: FieldType, zone: str
) -> None:
    assert present("2026-12-01", ZoneInfo(zone)).span(text, type_) is not None


@pytest.mark.parametrize("text", ["soon", "2026-13-01", "10:30", ""])
def test_what_is_no_date_stands_for_nothing(text: str) -> None:
    assert present("2026-12-01").span(text, FieldType.DATE) is None


@given(st.datetimes(datetime(2020, 1, 1), datetime(2032, 1, 1)), st.integers(0, 800))
def test_the_days_of_an_anniversary_are_those_ahead(moment: datetime, ahead: int) -> None:
    now = Present(moment.replace(tzinfo=UTC), ZoneInfo("UTC"))
    found = now.month_days(parse_duration(f"{ahead} days"))

    days = [from_day(now.today) + timedelta(days=n) for n in range(ahead + 1)]
    expected = {day.month * 100 + day.day for day in days}
    if any((day.month, day.day) == (2, 28) and day.year % 4 for day in days):
        expected.add(229)
    assert set(found) == expected


def column(values: list[object], type_: pa.DataType) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(values, type_)])
