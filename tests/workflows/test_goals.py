"""Who met the goal is remembered, and whatever a recipe does about it is done, once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mactl.workflows.rows import plain_rows
from tests.workflows.small import Small, cookbook_of

NOW = datetime(2026, 12, 1, 8, tzinfo=UTC)
PAID = NOW + timedelta(hours=2)


def recipe(status: str = "live", **more: Any) -> dict[str, dict[str, Any]]:
    journey = {"enter": {"event": "start"}, "leave": [], "steps": [{"wait": "9 days"}], **more}
    return {"welcome": {"status": status, "goal": {"event": "paid"}, "journey": journey}}


def begun(recipes: dict[str, dict[str, Any]]) -> Small:
    """Ann starts at once, and pays two hours later."""
    small = Small(
        recipes,
        [{"email": "ann@acme.test"}],
        [
            {"email": "ann@acme.test", "event": "start", "at": "2026-12-01T07:30Z"},
            {"email": "ann@acme.test", "event": "paid", "at": PAID.isoformat()},
        ],
    )
    small.world.tick(NOW)
    return small


def edited(small: Small, recipes: dict[str, dict[str, Any]]) -> Small:
    small.cookbook = small.world.cookbook = cookbook_of(recipes)
    return small


def ends(small: Small, now: datetime) -> list[str]:
    return [row["why"] for row in plain_rows(small.plan(now).table("ended"))]


def tags(small: Small, now: datetime) -> int:
    return len(small.plan(now).table("effects"))


TAGGING = {"on_goal": [{"tag": "payer"}]}


def test_who_met_the_goal_before_it_was_made_a_reason_to_leave_leaves() -> None:
    small = begun(recipe(**TAGGING))
    small.world.tick(PAID)
    later = PAID + timedelta(minutes=1)
    assert ends(small, later) == []

    assert ends(edited(small, recipe(leave=["goal"], **TAGGING)), later) == ["goal"]
    assert tags(small, later) == 0


def test_who_met_it_before_anybody_asked_is_seen_to_when_somebody_does() -> None:
    small = begun(recipe())
    small.world.tick(PAID)
    later = PAID + timedelta(days=3)

    assert tags(edited(small, recipe(**TAGGING)), later) == 1
    small.world.tick(later)
    assert tags(small, later + timedelta(minutes=1)) == 0


@pytest.mark.parametrize("leave", [[], ["goal"]])
def test_what_is_done_on_the_goal_is_done_after_a_pause(leave: list[str]) -> None:
    small = begun(recipe(leave=leave, **TAGGING))
    edited(small, recipe("paused", leave=leave, **TAGGING))
    assert tags(small, PAID) == 0
    small.world.tick(PAID)

    edited(small, recipe(leave=leave, **TAGGING))
    over = PAID + timedelta(days=1)
    assert tags(small, over) == 1
    assert ends(small, over) == leave
    small.world.tick(over)
    assert tags(small, over + timedelta(minutes=1)) == 0


def test_a_pause_keeps_nobody_inside_who_has_nothing_else_to_get() -> None:
    small = begun(recipe(leave=["goal"]))
    edited(small, recipe("paused", leave=["goal"]))

    assert ends(small, PAID) == ["goal"]
