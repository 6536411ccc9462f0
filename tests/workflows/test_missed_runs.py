"""Runs that came late, or not at all: what the flow makes of the time that nobody looked."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from mactl.clock import parse_instant, to_epoch
from mactl.recipe.expectations import RecipeTest
from mactl.store.state import State
from mactl.workflows.playing.world import World
from mactl.workflows.testing.outcome import Outcome
from mactl.workflows.testing.playing import Moment, Played
from mactl.workflows.testing.staging import stage
from mactl.workflows.writing.templates import compile_templates
from tests.workflows.test_editing import PROJECT, SETTINGS, ZONE, cookbook_of

BASE = {"privacy": {"basis": ["legitimate_interest"], "purpose": "x"}}


def played(steps: list[Any], events: list[dict[str, Any]], *instants: str) -> Outcome:
    """Ann and Bob come to the first of `steps` at nine; runs are at `instants` and at no other."""
    sends = {"thanks", "sorry", "last"}
    templates = {name: {"subject": name, "body": "x"} for name in sends}
    journey = {"enter": {"event": "start"}, "leave": [], "latest": "30 days", "steps": steps}
    cookbook = cookbook_of({"flow": {**BASE, "templates": templates, "journey": journey}})
    people = [{"email": "ann@example.com"}, {"email": "bob@example.com"}]
    starts = [{**who, "event": "start", "at": "2026-12-01T09:00"} for who in people]
    told = {"name": "it", "now": instants[0], "contacts": people, "events": [*starts, *events]}
    test = RecipeTest.model_validate(told)
    staged = stage(test, SETTINGS)
    compiled, _ = compile_templates(list(cookbook), staged.settings)
    state = State.open("sqlite://", Path(), write=True)
    project = replace(PROJECT, settings=staged.settings)
    world = World(project, cookbook, ("flow",), staged.crowd, state, compiled)
    nows = [parse_instant(instant, ZONE) for instant in instants]
    moments = tuple(Moment(now, world.tick(now)) for now in nows)
    return Outcome(Played(cookbook.recipes["flow"], test, world, nows[0], nows[-1], moments))


def went(outcome: Outcome) -> list[tuple[str, str, str]]:
    names = outcome.played.name_of
    return [(names(w.contact)[:3], w.template, outcome.moment(w.at)) for w in outcome.went]


def test_what_held_by_the_deadline_counts_though_it_is_seen_days_after_it() -> None:
    steps = [
        {"wait_for": {"event": "reply"}, "up_to": "4 days", "then": [{"send": "thanks"}], "else": [{"send": "sorry"}]},
    ]  # fmt: skip
    replies = [
        {"email": "ann@example.com", "event": "reply", "at": "2026-12-05T08:59"},
        {"email": "bob@example.com", "event": "reply", "at": "2026-12-05T09:01"},
    ]

    assert went(played(steps, replies, "2026-12-01T09:00", "2026-12-10T09:00")) == [
        ("ann", "thanks", "2026-12-10T09:00"),
        ("bob", "sorry", "2026-12-10T09:00"),
    ]


def test_several_waits_that_passed_unseen_keep_their_own_calendar() -> None:
    steps = [
        {"wait": "1 day"},
        {"tag": "one"},
        {"wait": "2 days"},
        {"tag": "two"},
        {"wait": "9 days"},
    ]
    outcome = played(steps, [], "2026-12-01T09:00", "2026-12-07T17:23")

    (standing, _) = outcome.enrollments
    assert (standing["step"], outcome.moment(standing["due_at"])) == ("wait-3", "2026-12-13T09:00")


def test_a_loop_of_a_minute_that_nobody_ran_for_a_weekend_goes_on_from_now() -> None:
    steps = [
        {"wait": "1 minutes", "id": "again"},
        {"choose": [{"when": {"none": [{"event": "reply"}]}, "then": [{"go_to": "again"}]}]},
        {"send": "last"},
    ]
    outcome = played(steps, [], "2026-12-01T09:00", "2026-12-04T17:00")

    now = outcome.played.end
    assert {row["step"] for row in outcome.enrollments} == {"again"}
    assert {row["due_at"] for row in outcome.enrollments} == {to_epoch(now + timedelta(minutes=1))}


def test_a_loop_without_a_wait_stops_for_this_run_and_strands_nobody() -> None:
    steps = [
        {"tag": "round", "id": "again"},
        {"choose": [{"when": {"none": [{"event": "reply"}]}, "then": [{"go_to": "again"}]}]},
        {"send": "last"},
    ]
    replies = [{"email": "ann@example.com", "event": "reply", "at": "2026-12-01T10:00"}]
    outcome = played(steps, replies, "2026-12-01T09:00", "2026-12-01T11:00")

    assert went(outcome) == [("ann", "last", "2026-12-01T11:00")]
    (bob,) = [row for row in outcome.enrollments if outcome.played.name_of(row["contact"])[:3] == "bob"]  # fmt: skip
    assert (bob["status"], bob["due_at"]) == ("active", to_epoch(outcome.played.end))
