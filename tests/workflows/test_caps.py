"""Caps and gaps slide over all channels, and count all that may still go out (rules 1 and 5)."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import insert

from mactl.store.tables import sends
from tests.store.making import send
from tests.workflows.small import Small

NOW = datetime(2026, 12, 1, 8, tzinfo=UTC)
AT = int(NOW.timestamp())
MARKETING = {"one": {"subject": "x", "body": "x"}}
JOURNEY = {"enter": {"event": "start"}, "leave": [], "steps": [{"send": "one"}]}


def asked(now: datetime = NOW, **limits: Any) -> Small:
    """Ann is to be written to now."""
    return Small(
        {"first": {"journey": JOURNEY, "templates": MARKETING}},
        [{"email": "ann@acme.test"}],
        [{"email": "ann@acme.test", "event": "start", "at": now.isoformat()}],
        limits,
    )


def written(small: Small, channel: str, status: str, **other: Any) -> None:
    """An earlier run has released a message of another recipe to her a day ago."""
    row = send(channel=channel, status=status, contact=str(small.world.people.index[0]))
    row |= {
        "message_id": f"<{row['id']}{other.get('id')}@x>",
        "run": 1,
        "settled_at": AT - 86_400,
        "released_at": AT - 86_400,
        "hold_until": AT + 3_600,
        **other,
    }
    with small.state.writing() as connection:
        connection.execute(insert(sends).values(row))


def gates(small: Small) -> list[str]:
    return list(small.plan(NOW).intents("hold").get("gate", ()))


@pytest.mark.parametrize(
    ("status", "counts"),
    [("queued", True), ("claimed", True), ("sending", True), ("deferred", True), ("sent", True),
     ("unknown", True), ("held", False), ("failed", False), ("skipped", False), ("cancelled", False)],
)  # fmt: skip
@pytest.mark.parametrize(
    ("limits", "gate"),
    [({"per_contact": [{"messages": 1, "within": "3 days"}]}, "cap"), ({"min_gap": "2 days"}, "min_gap")],
)  # fmt: skip
def test_what_waits_on_another_channel_counts(
    status: str, counts: bool, limits: dict[str, Any], gate: str
) -> None:
    small = asked(**limits)
    written(small, "sms", status)

    assert gates(small) == ([gate] if counts else [])


def test_a_plan_tells_of_what_waits_on_every_channel() -> None:
    small = asked()
    written(small, "email", "queued")
    written(small, "sms", "queued", id="2", step="two")
    written(small, "sms", "deferred", id="3", step="three")  # not yet due again
    written(small, "post", "deferred", id="4", step="four", hold_until=AT)

    assert small.plan(NOW).history.waiting == 3


def test_business_days_of_a_cap_skip_holidays() -> None:
    """Two business days before Monday the 28th of December 2026 is Wednesday: Friday is none."""
    monday = datetime(2026, 12, 28, 8, tzinfo=UTC)
    for at, is_held in ((22, False), (23, True)):
        small = asked(monday, per_contact=[{"messages": 1, "within": "2 business days"}])
        day = int(datetime(2026, 12, at, 9, tzinfo=UTC).timestamp())
        written(small, "email", "sent", released_at=day)
        assert len(small.plan(monday).intents("hold")) == is_held
