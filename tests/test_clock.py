"""Local times that daylight saving skips or repeats."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mactl.clock import (
    from_day,
    from_epoch,
    parse_instant,
    parse_time_of_day,
    resolve_local,
    to_day,
    to_epoch,
    whole_minute,
    zone_named,
)

ZONES = [
    "Europe/Amsterdam",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "Africa/Casablanca",
]


@pytest.mark.parametrize(
    ("day", "at", "zone", "instant"),
    [
        ("2026-03-29", "02:30", "Europe/Amsterdam", "2026-03-29T01:00Z"),
        ("2026-10-25", "02:30", "Europe/Amsterdam", "2026-10-25T00:30Z"),
        ("2026-03-08", "02:00", "America/New_York", "2026-03-08T07:00Z"),
        (
            "2026-10-04",
            "02:15",
            "Australia/Lord_Howe",
            "2026-10-03T15:30Z",
        ),  # a gap of half an hour
        ("2011-12-30", "12:00", "Pacific/Apia", "2011-12-30T10:00Z"),  # a day that never was
    ],
)
def test_a_skipped_time_moves_on_and_a_repeated_one_counts_once(
    day: str, at: str, zone: str, instant: str
) -> None:
    found = resolve_local(date.fromisoformat(day), time.fromisoformat(at), ZoneInfo(zone))

    assert found == datetime.fromisoformat(instant)


@given(st.dates(date(1980, 1, 1), date(2037, 12, 31)), st.times(), st.sampled_from(ZONES))
def test_a_local_time_resolves_to_itself_or_to_the_end_of_a_gap(
    day: date, at: time, zone: str
) -> None:
    at = at.replace(second=0, microsecond=0, fold=0)
    instant = resolve_local(day, at, ZoneInfo(zone))
    back = instant.astimezone(ZoneInfo(zone))

    if back.replace(tzinfo=None, fold=0) != datetime.combine(day, at):
        before = (instant - timedelta(minutes=1)).astimezone(ZoneInfo(zone))
        assert before.utcoffset() != back.utcoffset()
        assert back.replace(tzinfo=None) > datetime.combine(day, at)


@pytest.mark.parametrize("text", ["9", "24:00", "09:60", "9.30", "", "09:00 am"])
def test_what_is_no_time_of_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="09:00"):
        parse_time_of_day(text)


def test_an_instant_without_a_zone_is_read_in_the_given_one() -> None:
    amsterdam = ZoneInfo("Europe/Amsterdam")

    assert parse_instant("2026-12-01T09:00", amsterdam) == datetime(2026, 12, 1, 8, tzinfo=UTC)
    assert parse_instant("2026-12-01T09:00Z", amsterdam) == datetime(2026, 12, 1, 9, tzinfo=UTC)
    assert parse_instant("2026-12-01", amsterdam) == datetime(2026, 11, 30, 23, tzinfo=UTC)


@pytest.mark.parametrize("name", ["Europe/Amsterdan", "", "../etc/passwd", "/etc/passwd"])
def test_an_unknown_zone_is_refused_with_an_example(name: str) -> None:
    with pytest.raises(ValueError, match="Europe/Amsterdam"):
        zone_named(name)


@given(st.dates(), st.datetimes(datetime(1970, 1, 2), datetime(2200, 1, 1), timezones=st.just(UTC)))
def test_dates_and_instants_survive_the_tables(day: date, instant: datetime) -> None:
    assert from_day(to_day(day)) == day
    assert from_epoch(to_epoch(instant)) == instant.replace(microsecond=0)
    assert whole_minute(instant).second == 0
