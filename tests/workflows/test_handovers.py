"""Recipes that hand people over to each other: in one run, bounded, and nobody is lost on the way."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import pytest

from mactl.journey.pacing import in_turn
from mactl.workflows.rows import plain_rows
from tests.workflows.small import Small

NOW = datetime(2026, 12, 1, 8, tzinfo=UTC)


def handing(event: str, to: str, **more: Any) -> dict[str, Any]:
    """A recipe whose people are handed over to `to` as they enter."""
    steps = [{"enroll": to}, {"wait": "1 day"}]
    return {"journey": {"enter": {"event": event}, "leave": [], "steps": steps, **more}}


def world(*people: str, **more: Any) -> Small:
    """`people` take turns: the first starts in one recipe, the second in the other."""
    events = [
        {"email": who, "event": ("start", "go")[n % 2], "at": "2026-12-01T07:30Z"}
        for n, who in enumerate(people)
    ]
    recipes = {"one": handing("start", "other", **more), "other": handing("go", "one", **more)}
    return Small(recipes, [{"email": who} for who in people], events)


def passages(small: Small) -> set[tuple[str, str]]:
    """(address, recipe) of everyone who is in a journey or was."""
    small_plan = small.plan(NOW + timedelta(days=40))
    known = small_plan.history.enrollments
    inside = known[~known["status"].isin(["waiting", "out"])]
    names = small.world.people["address"]
    return {(str(names[row["contact"]]), row["recipe"]) for row in plain_rows(inside)}


def rivals() -> tuple[str, str]:
    """Two people who start in `one` and in `other`, each of whom comes second where they started."""
    everyone = world(*(f"p{n}@acme.test" for n in range(8))).world.people
    contacts = pd.DataFrame({"contact": everyone.index})
    turns = {name: list(in_turn(contacts, name)["contact"]) for name in ("one", "other")}
    address = everyone["address"]
    return next(
        (str(address[ann]), str(address[bob]))
        for ann in everyone.index
        for bob in everyone.index
        if turns["one"].index(bob) < turns["one"].index(ann)
        and turns["other"].index(ann) < turns["other"].index(bob)
    )


def test_two_recipes_that_enroll_into_each_other_come_to_rest_in_one_run() -> None:
    small = world("ann@acme.test", "bob@acme.test", again="always")
    plan = small.plan(NOW)

    assert not plan.findings
    assert len(plan.table("entering")) == 4
    small.world.tick(NOW)
    assert not len(small.plan(NOW + timedelta(minutes=1)).table("entering"))


def test_handovers_that_displace_each_other_are_told_and_put_off_to_the_next_run() -> None:
    ann, bob = rivals()
    small = world(ann, bob, pace={"start": "1/day"})
    plan = small.plan(NOW)

    [finding] = plan.findings
    assert (finding.id, finding.severity) == ("endless-handover", "warning")
    assert "one and other hand over" in finding.message
    # Each starts where their own event lets them in; nobody is let in by a handover that is not made.
    names = small.world.people["address"]
    entering = {
        (names[row["contact"]], row["recipe"]) for row in plain_rows(plan.table("entering"))
    }
    assert entering == {(ann, "one"), (bob, "other")}
    assert {names[row["contact"]] for row in plain_rows(plan.handovers)} == {ann, bob}


@pytest.mark.parametrize("people", [rivals(), ("ann@acme.test", "bob@acme.test")])
def test_who_is_handed_over_while_all_is_full_comes_in_later(people: tuple[str, str]) -> None:
    small = world(*people, pace={"start": "1/day"})
    for day in range(6):
        small.world.tick(NOW + timedelta(days=day, minutes=day))

    assert passages(small) == {(who, recipe) for who in people for recipe in ("one", "other")}
