"""A world's clock leaves out what would do nothing, and asks of few what few need: the end is the same."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Table, insert, select

from mactl.people.events import events_from_rows
from mactl.people.people import people_from_rows
from mactl.project import load_project
from mactl.recipe.cookbook import find_recipe_files, load_cookbook
from mactl.store.frames import read_frame
from mactl.store.narrowing import narrowed
from mactl.store.state import State
from mactl.store.tables import enrollments, events, sends
from mactl.workflows.playing import ticking
from mactl.workflows.playing.ticking import HOUR, Clock
from mactl.workflows.playing.world import World
from mactl.workflows.timing.crowd import Crowd
from mactl.workflows.timing.instants import next_due
from mactl.workflows.writing.templates import compile_templates
from tests.workflows.small import Small

BEGIN = datetime(2026, 12, 1, 8, tzinfo=UTC)
END = BEGIN + timedelta(hours=36)

SETTINGS = """\
timezone: Europe/Amsterdam
consent: {news: {state: ok, at: at, source: src, wording: txt, free: true, unambiguous: true}}
sender: {from: a@example.com, address: Example, unsubscribe: "https://example.com/u/{token}"}
limits:
  min_gap: 6 hours
  per_contact: [{messages: 3, within: 2 days}]
  quiet_hours: {from: "21:00", to: "08:00"}
"""
PRIVACY = "privacy: {basis: [consent], topic: news, purpose: x}\n"
RECIPES = {
    "cart": """\
goal: {event: paid, within: 3 days}
journey:
  enter: {event: cart, key: cart_id}
  again: per key
  leave: [goal]
  priority: 5
  steps: [{wait: 1 hour}, {send: one}, {wait_for: {event: visit}, up_to: 1 day}, {send: two}]
templates: {one: {subject: One, body: x}, two: {subject: Two, body: x}}
""",
    "renewal": """\
segments: {ending: [{field: ends, within_next: 10 days}, {event: visit, within_last: 2 days}]}
journey:
  enter: {segment: ending}
  again: after 1 days
  leave: [unmatched]
  steps: [{send: offer}, {wait: 1 day}, {send: last}]
templates: {offer: {subject: Offer, body: x}, last: {subject: Last, body: x}}
""",
    "birthday": """\
journey:
  enter: {date: born, yearly: true, at: "09:00"}
  exclude: {enrolled: renewal}
  leave: []
  steps: [{send: wish}, {enroll: after-party}]
templates: {wish: {kind: service, subject: Wish, body: x}}
""",
    "after-party": """\
scoring: {warm: {rules: [{name: visits, event: visit, points: 10, half_life: 1 days}]}}
journey:
  enter: {handover: true}
  leave: []
  steps: [{choose: [{when: {score: warm, gte: 5}, then: [{send: thanks}]}, {else: [{tag: cold}]}]}]
templates: {thanks: {subject: Thanks, body: x}}
""",
}
PEOPLE = [
    {
        "email": f"p{n}@example.com", "ok": n % 4 != 3, "at": "2026-01-01", "src": "form", "txt": "yes",
        "ends": f"2026-12-{9 + n % 6:02}", "born": f"19{60 + n}-12-0{1 + n % 5}",
        "timezone": ("Europe/Amsterdam", "America/New_York", "Asia/Tokyo")[n % 3],
    }
    for n in range(12)
]  # fmt: skip
EVENTS = [
    {
        "email": f"p{n % 12}@example.com",
        "event": ("cart", "visit", "visit", "paid")[n % 4 if n % 5 else 1],
        "at": (BEGIN - timedelta(hours=40) + timedelta(minutes=211 * n)).isoformat(),
        "cart_id": f"k{n}",
    }
    for n in range(35)
]


@pytest.fixture
def worlds(tmp_path: Path) -> Iterator[Any]:
    (tmp_path / "recipes").mkdir()
    (tmp_path / "mactl.yaml").write_text(SETTINGS)
    for name, text in RECIPES.items():
        (tmp_path / "recipes" / f"{name}.yaml").write_text(f"recipe: {name}\n{PRIVACY}{text}")
    project, findings = load_project(tmp_path)
    cookbook, faults = load_cookbook(find_recipe_files([tmp_path / "recipes"]))
    assert not [*findings, *faults]
    project = replace(project, settings=project.settings.model_copy(update={"engine": "arrow"}))
    people = people_from_rows(project.settings, PEOPLE)
    crowd = Crowd(people, events_from_rows(project.settings, EVENTS, people))
    templates, _ = compile_templates([], project.settings)
    states: list[State] = []

    def make() -> World:
        states.append(State.open("sqlite://", tmp_path, write=True))
        chosen = list(cookbook.recipes)
        return World(project, cookbook, chosen, crowd, states[-1], templates, writes=False)

    yield make
    for state in states:
        state.close()


def rows(world: World, table: Table, *columns: str) -> pd.DataFrame:
    with world.state.reading() as connection:
        found = read_frame(connection, select(*(table.c[name] for name in ("id", *columns))))
    return found.sort_values("id", ignore_index=True)


def fates(world: World) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Every message with its fate, and where everybody stands."""
    sent = rows(world, sends, "recipe", "step", "status", "gate", "released_at")
    return sent, rows(
        world, enrollments, "recipe", "status", "step", "arrived_at", "ended_at", "why"
    )


def test_a_clock_that_leaves_out_runs_and_asks_of_few_ends_where_one_does_that_runs_every_hour(
    worlds: Any,
) -> None:
    plodding, swift, narrow = worlds(), worlds(), worlds()
    now = BEGIN
    while now <= END:
        plodding.tick(now)
        now += timedelta(hours=1)
    runs = list(Clock(swift, BEGIN, END, every=HOUR).ticks())
    few = list(Clock(narrow, BEGIN, END, every=HOUR, few=True).ticks())

    expected = fates(plodding)
    assert set(expected[1]["recipe"]) == set(RECIPES)
    for world in (swift, narrow):
        for one, other in zip(fates(world), expected, strict=True):
            pd.testing.assert_frame_equal(one, other)
    assert len(runs) == len(few) < 37


def test_a_date_that_an_earlier_run_set_is_waited_for() -> None:
    enter = {"date": "call_on", "at": "10:00"}
    steps = [{"send": "one"}]
    small = Small(
        {"first": {"journey": {"enter": enter, "leave": [], "steps": steps}}},
        [{"email": "ann@example.com"}],
        [],
    )
    told = {"field": "call_on", "value": '"2026-12-03"'}
    row = {"event": "field_set", "at": int(BEGIN.timestamp()) - 60, "source_id": "x"}
    who = {"contact": str(small.world.people.index[0]), "properties": json.dumps(told)}
    with small.state.writing() as connection:
        connection.execute(insert(events).values({**row, **who}))

    ticks = Clock(small.world, BEGIN, BEGIN + timedelta(days=4)).ticks()
    sent = [now for now, tick in ticks if len(tick.sent)]
    assert sent == [datetime(2026, 12, 3, 9, tzinfo=UTC)]


def test_years_in_which_nothing_can_change_are_passed_over_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    steps = [{"wait": "400 days"}, {"send": "one"}]
    small = Small(
        {"first": {"journey": {"enter": {"event": "began"}, "leave": [], "steps": steps}}},
        [{"email": "ann@example.com"}],
        [{"email": "ann@example.com", "event": "began", "at": BEGIN.isoformat()}],
    )
    looks: list[int] = []

    def looked(connection: Any, after: int) -> int | None:
        looks.append(after)
        return next_due(connection, after)

    monkeypatch.setattr(ticking, "next_due", looked)
    ticks = Clock(small.world, BEGIN, BEGIN + timedelta(days=800)).ticks()
    sent = [now for now, tick in ticks if len(tick.sent)]

    assert [now.date().isoformat() for now in sent] == ["2028-01-05"]
    assert len(looks) < 6


def test_a_narrowed_state_shows_the_rows_of_few_and_afterwards_all_again(worlds: Any) -> None:
    world = worlds()
    world.tick(BEGIN)
    everybody = rows(world, enrollments, "contact")
    some = {everybody["contact"].iloc[0]}
    with narrowed(world.state, some, ()):
        assert set(rows(world, enrollments, "contact")["contact"]) == some
    assert len(rows(world, enrollments, "contact")) == len(everybody) > 1


def test_a_state_in_a_file_is_not_narrowed(tmp_path: Path) -> None:
    with (
        State.open("sqlite:///state.db", tmp_path, write=True) as state,
        pytest.raises(ValueError, match="in memory"),
        narrowed(state, (), ()),
    ):
        pass
