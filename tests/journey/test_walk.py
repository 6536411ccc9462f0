"""When a wait is over."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from mactl.journey.walk import end_of_wait
from mactl.recipe.journey import WaitTarget

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

    ends = end_of_wait(begins, WaitTarget.model_validate(wait), AMSTERDAM)

    assert ends == datetime.fromisoformat(end).replace(tzinfo=AMSTERDAM)
