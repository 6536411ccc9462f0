"""Quiet hours, and time that does not count while they last."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mactl.journey.legal import QuietTime, legal_deadline, next_legal

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
    assert next_legal(at(moment), AMSTERDAM, quiet) == at(legal)


def test_the_night_that_loses_an_hour_still_ends_at_eight() -> None:
    found = next_legal(at("2026-03-29T01:00"), AMSTERDAM, NIGHT)

    assert found == datetime(2026, 3, 29, 6, tzinfo=UTC)


def test_quiet_time_does_not_count_towards_the_deadline() -> None:
    # 20:00 → 21:00 is one legal hour, the second runs from 08:00 the next morning.
    assert legal_deadline(at("2026-12-01T20:00"), timedelta(hours=2), AMSTERDAM, NIGHT) == at(
        "2026-12-02T09:00"
    )
    assert legal_deadline(at("2026-12-01T23:00"), timedelta(hours=1), AMSTERDAM, NIGHT) == at(
        "2026-12-02T09:00"
    )
    assert legal_deadline(at("2026-12-01T20:00"), timedelta(hours=2), AMSTERDAM, None) == at(
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
    deadline = legal_deadline(due, allowance, AMSTERDAM, NIGHT)

    assert deadline - due >= allowance
    just_before = deadline - timedelta(seconds=1)
    assert next_legal(just_before, AMSTERDAM, NIGHT) == just_before
