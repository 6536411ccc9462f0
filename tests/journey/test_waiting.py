"""When a wait is over."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from mactl.durations import Duration
from mactl.errors import ConfigurationError
from mactl.journey.waiting import end_of_wait
from mactl.recipe.steps import WaitTarget
from mactl.working_days import PublicHolidays

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


@pytest.mark.parametrize(
    ("start", "wait", "end"),
    [
        ("2026-12-01T09:00", {"for": "3 days"}, "2026-12-04T09:00"),
        ("2026-12-01T09:00", {"for": "3 days", "at": "10:00"}, "2026-12-04T10:00"),
        ("2026-12-01T11:00", {"for": "3 days", "at": "10:00"}, "2026-12-05T10:00"),
        ("2026-12-01T11:00", {"for": "3 days", "days": ["mon"]}, "2026-12-07T00:00"),
        ("2026-12-01T11:00", {"for": "3 days", "days": ["fri"]}, "2026-12-04T11:00"),
        ("2026-12-01T11:00", {"for": "3 days", "days": ["fri"], "at": "09:00"}, "2026-12-11T09:00"),
        (
            "2026-12-01T11:00",
            {"for": "3 days", "days": ["tue", "thu"], "at": "09:00"},
            "2026-12-08T09:00",
        ),
        ("2026-10-24T09:00", {"for": "1 day"}, "2026-10-25T09:00"),
        ("2026-12-01T11:00", {"for": "PT1H"}, "2026-12-01T12:00"),
    ],
)
def test_a_wait_ends_on_its_day_and_hour_where_the_contact_is(
    start: str, wait: dict[str, object], end: str
) -> None:
    begins = datetime.fromisoformat(start).replace(tzinfo=AMSTERDAM)

    target = WaitTarget.model_validate(wait)
    assert isinstance(target.for_, Duration)
    ends = end_of_wait(begins, target.for_, target, AMSTERDAM)

    assert ends == datetime.fromisoformat(end).replace(tzinfo=AMSTERDAM)


def test_business_days_skip_weekends_and_the_country_s_holidays() -> None:
    christmas_eve = datetime(2026, 12, 24, 9, tzinfo=AMSTERDAM)

    def ends_in(country: str | None) -> datetime:
        length = Duration(business_days=2)
        return end_of_wait(christmas_eve, length, WaitTarget(), AMSTERDAM, PublicHolidays(country))

    dutch, nowhere = ends_in("nl"), ends_in(None)

    assert dutch == datetime(2026, 12, 29, 9, tzinfo=AMSTERDAM)
    assert nowhere == datetime(2026, 12, 28, 9, tzinfo=AMSTERDAM)
    with pytest.raises(ConfigurationError, match="'XX'"):
        ends_in("XX")
