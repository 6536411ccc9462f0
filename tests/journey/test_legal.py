"""Quiet hours, and time that does not count while they last."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mactl.journey.legal import LegalTime, QuietTime, Window

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
NIGHT = QuietTime(time(21), time(8))
LUNCH = QuietTime(time(12), time(13))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=AMSTERDAM)


@pytest.mark.parametrize(
    ("moment", "quiet", "legal"),
    [
        ("2026-12-01T09:00", NIGHT, "2026-12-01T09:00"),
        ("2026-12-01T21:00", NIGHT, "2026-12-02T08:00"),
        ("2026-12-01T20:59", NIGHT, "2026-12-01T20:59"),
        ("2026-12-02T03:00", NIGHT, "2026-12-02T08:00"),
        ("2026-12-02T08:00", NIGHT, "2026-12-02T08:00"),
        ("2026-12-02T12:30", LUNCH, "2026-12-02T13:00"),
        ("2026-12-02T12:30", None, "2026-12-02T12:30"),
        ("2026-12-02T12:30", QuietTime(time(9), time(9)), "2026-12-02T12:30"),
    ],
)
def test_a_message_waits_for_the_end_of_quiet_hours(
    moment: str, quiet: QuietTime | None, legal: str
) -> None:
    assert LegalTime(quiet).next_legal(at(moment), AMSTERDAM) == at(legal)
    assert quiet is None or quiet.covers(at(moment).time()) == (moment != legal)


def test_the_night_that_loses_an_hour_still_ends_at_eight() -> None:
    found = LegalTime(NIGHT).next_legal(at("2026-03-29T01:00"), AMSTERDAM)

    assert found == datetime(2026, 3, 29, 6, tzinfo=UTC)


def test_quiet_time_does_not_count_towards_the_deadline() -> None:
    # 20:00 → 21:00 is one legal hour, the second runs from 08:00 the next morning.
    assert LegalTime(NIGHT).deadline(at("2026-12-01T20:00"), timedelta(hours=2), AMSTERDAM) == at(
        "2026-12-02T09:00"
    )
    assert LegalTime(NIGHT).deadline(at("2026-12-01T23:00"), timedelta(hours=1), AMSTERDAM) == at(
        "2026-12-02T09:00"
    )
    assert LegalTime(None).deadline(at("2026-12-01T20:00"), timedelta(hours=2), AMSTERDAM) == at(
        "2026-12-01T22:00"
    )


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(AMSTERDAM)),
    st.integers(1, 100),
)
def test_a_deadline_is_at_least_the_allowance_away_and_never_inside_quiet_hours(
    due: datetime, hours: int
) -> None:
    allowance = timedelta(hours=hours)
    deadline = LegalTime(NIGHT).deadline(due, allowance, AMSTERDAM)

    assert deadline - due >= allowance
    just_before = deadline - timedelta(seconds=1)
    assert LegalTime(NIGHT).next_legal(just_before, AMSTERDAM) == just_before


OFFICE = Window(("mon", "tue", "wed", "thu", "fri"), time(8), time(20))
WEEKDAYS_ALL_DAY = Window(("mon", "tue", "wed", "thu", "fri"), time(), None)


@pytest.mark.parametrize(
    ("moment", "window", "legal"),
    [
        ("2026-12-01T09:00", OFFICE, "2026-12-01T09:00"),  # a Tuesday
        ("2026-12-01T07:59", OFFICE, "2026-12-01T08:00"),
        ("2026-12-01T20:00", OFFICE, "2026-12-02T08:00"),
        ("2026-12-04T20:00", OFFICE, "2026-12-07T08:00"),
        ("2026-12-04T23:59", WEEKDAYS_ALL_DAY, "2026-12-04T23:59"),
        ("2026-12-05T00:00", WEEKDAYS_ALL_DAY, "2026-12-07T00:00"),
        ("2026-12-02T23:59", WEEKDAYS_ALL_DAY, "2026-12-02T23:59"),
        ("2026-03-29T01:00", Window(("sun",), time(2, 30), time(3, 30)), "2026-03-29T03:00"),
    ],
)
def test_a_message_waits_for_the_window_to_open(moment: str, window: Window, legal: str) -> None:
    assert LegalTime(window=window).next_legal(at(moment), AMSTERDAM) == at(legal)


def test_a_window_stays_shut_on_holidays() -> None:
    window = Window(OFFICE.days, OFFICE.opens, OFFICE.closes, {date(2026, 12, 25)})

    found = LegalTime(window=window).next_legal(at("2026-12-24T20:00"), AMSTERDAM)

    assert found == at("2026-12-28T08:00")


def test_a_window_that_never_opens_does_not_hang() -> None:
    class Always:
        def __contains__(self, day: object) -> bool:
            return True

    window = Window(("sun",), time(8), None, Always())  # type: ignore[arg-type]

    assert LegalTime(window=window).next_legal(at("2026-12-01T09:00"), AMSTERDAM) > at(
        "2027-12-01T09:00"
    )


def test_quiet_hours_and_the_window_shut_together() -> None:
    legal = LegalTime(QuietTime(time(19), time(9)), OFFICE)

    assert legal.next_legal(at("2026-12-04T18:59"), AMSTERDAM) == at("2026-12-04T18:59")
    assert legal.next_legal(at("2026-12-04T19:00"), AMSTERDAM) == at("2026-12-07T09:00")
    assert legal.legal_until(at("2026-12-04T10:00"), AMSTERDAM) == at("2026-12-04T19:00")
    assert legal.deadline(at("2026-12-04T18:00"), timedelta(hours=2), AMSTERDAM) == at(
        "2026-12-07T10:00"
    )
