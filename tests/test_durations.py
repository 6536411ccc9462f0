"""Lengths of time, and what adding them does to the wall clock."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mactl.durations import Duration, add_duration, add_to_date, parse_duration

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=AMSTERDAM)


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("3 days", Duration(days=3)), ("1 day", Duration(days=1)), ("-90 days", Duration(days=-90)),
        ("30 minutes", Duration(minutes=30)), ("2 weeks", Duration(weeks=2)), ("6 months", Duration(months=6)),
        ("3 business days", Duration(business_days=3)), ("P3D", Duration(days=3)), ("PT36H", Duration(hours=36)),
        ("P1Y2M3DT4H5M6S", Duration(years=1, months=2, days=3, hours=4, minutes=5, seconds=6)),
        ("-P1M", Duration(months=-1)), ("P2W", Duration(weeks=2)),
    ],
)  # fmt: skip
def test_words_and_iso_8601_are_read(text: str, duration: Duration) -> None:
    assert parse_duration(text) == duration


@pytest.mark.parametrize(
    "text", ["", "3", "days", "3 dys", "P", "PT", "P1H", "three days", "99999999 years", "1.5 days"]
)
def test_what_is_no_length_of_time_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"3 days|longer than"):
        parse_duration(text)


@given(st.builds(Duration, *(st.integers(0, 9) for _ in range(8))))
def test_a_printed_single_unit_reads_back(duration: Duration) -> None:
    for field in (
        "years",
        "months",
        "weeks",
        "days",
        "business_days",
        "hours",
        "minutes",
        "seconds",
    ):
        one = Duration(**{field: getattr(duration, field)})
        assert parse_duration(str(one)) == one


@pytest.mark.parametrize(
    ("start", "length", "end"),
    [
        (
            "2026-03-28T09:00",
            "1 day",
            "2026-03-29T09:00+02:00",
        ),  # over the night that loses an hour
        ("2026-03-28T09:00", "24 hours", "2026-03-29T10:00+02:00"),
        ("2026-10-24T09:00", "1 day", "2026-10-25T09:00+01:00"),  # over the night that gains one
        (
            "2026-03-28T02:30",
            "1 day",
            "2026-03-29T03:00+02:00",
        ),  # 02:30 is skipped: the next valid instant
        (
            "2026-10-24T02:30",
            "1 day",
            "2026-10-25T02:30+02:00",
        ),  # 02:30 comes twice: the first counts
        ("2026-01-31T09:00", "1 month", "2026-02-28T09:00+01:00"),
        ("2024-02-29T09:00", "1 year", "2025-02-28T09:00+01:00"),
        ("2026-11-27T09:00", "1 business day", "2026-11-30T09:00+01:00"),  # Friday → Monday
        (
            "2026-12-24T09:00",
            "1 business day",
            "2026-12-28T09:00+01:00",
        ),  # Christmas and a weekend between
    ],
)
def test_calendar_units_keep_the_wall_clock_and_hours_are_exact(
    start: str, length: str, end: str
) -> None:
    holidays = {date(2026, 12, 25), date(2026, 12, 26)}

    ends = add_duration(local(start), parse_duration(length), AMSTERDAM, holidays)

    assert ends == datetime.fromisoformat(end)
    assert ends.tzinfo is UTC


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.integers(-400, 400))
def test_business_days_never_end_on_a_weekend_or_holiday(day: date, count: int) -> None:
    holidays = {date(2026, 12, 25), date(2027, 1, 1)}

    ends = add_to_date(day, Duration(business_days=count), holidays)

    assert count == 0 or (ends.weekday() < 5 and ends not in holidays)
