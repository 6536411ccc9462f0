"""After a run that did nothing, none does anything before the instant that is told."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from mactl.people.events import events_from_rows
from mactl.people.people import people_from_rows
from mactl.project import Project, Settings
from mactl.recipe.cookbook import Cookbook, parse_recipe
from mactl.store.state import State
from mactl.workflows.planning.plan import Plan, make_plan
from mactl.workflows.playing.world import World
from mactl.workflows.timing.crowd import Crowd
from mactl.workflows.timing.quiet import quiet_until
from mactl.workflows.writing.changes import Letters, changes_of
from mactl.workflows.writing.templates import compile_templates

WORLDS = int(os.environ.get("MACTL_WORLDS", "12"))
NOW = datetime(2026, 12, 1, 8, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SETTINGS: dict[str, Any] = {
    "timezone": "Europe/Amsterdam",
    "country": "NL",
    "engine": "pandas",
    "sender": {"from": "a@acme.test", "address": "Acme", "unsubscribe": "https://acme.test/u/{token}"},
    "grounds": {"legitimate_interest": "nobody is written to"},
}  # fmt: skip
PRIVACY = {"basis": ["legitimate_interest"], "purpose": "x", "topic": "news"}
ONE = {"one": {"kind": "service", "subject": "x", "body": "x"}}


class Small:
    """A world of a few people, one recipe at least, and no messages that are written."""

    def __init__(
        self,
        recipes: Mapping[str, Mapping[str, Any]],
        contacts: Sequence[Mapping[str, Any]],
        events: Sequence[Mapping[str, Any]],
        limits: Mapping[str, Any] | None = None,
    ) -> None:
        declared = Settings.model_validate({**SETTINGS, "limits": limits or {}})
        declared = declared.model_copy(update={"engine": "arrow"})  # the quickest for so few
        project = Project(Path(), declared, has_file=False)
        found = {}
        for name, body in recipes.items():
            text = yaml.safe_dump(
                {"recipe": name, "privacy": PRIVACY, **body, "templates": ONE}, sort_keys=False
            )
            recipe, findings = parse_recipe(text, Path(f"{name}.yaml"))
            assert recipe is not None, findings
            found[name] = recipe
        people = people_from_rows(declared, contacts)
        crowd = Crowd(people, events_from_rows(declared, events, people))
        self.state = State.open("sqlite://", Path(), write=True)
        self.templates, _ = compile_templates([], declared)
        self.project, self.cookbook = project, Cookbook(found)
        self.world = World(
            project, self.cookbook, list(found), crowd, self.state, self.templates, writes=False
        )

    def plan(self, now: datetime) -> Plan:
        gathered = self.world.gathered(now)
        return make_plan(self.project, self.cookbook, list(self.cookbook.recipes), gathered, self.state)  # fmt: skip

    def does_nothing(self, plan: Plan) -> bool:
        changes = changes_of(plan, self.templates, Letters({}, {}))
        nobody = pd.DataFrame()  # the world does not write down who people are
        return replace(changes, contacts=nobody, aliases=nobody).is_nothing

    def quiet_after(self, now: datetime) -> datetime | None:
        """Runs until one does nothing at `now`, and until when the next ones do nothing either."""
        for _ in range(8):
            plan = self.plan(now)
            if self.does_nothing(plan):
                return quiet_until(plan, self.state)
            self.world.tick(now)
        return None


def journey(enter: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {"enter": enter, "leave": [], "steps": [{"send": "one"}], **more}


@pytest.mark.parametrize(
    ("segment", "until"),
    [
        ({"event": "visit"}, "2026-12-02T08:00"),  # a day at the most
        ({"event": "visit", "within_last": "3 hours"}, "2026-12-01T10:30"),
        ({"event": "visit", "last": {"older_than": "5 hours"}}, "2026-12-01T12:30"),
        ({"event": "visit", "not_followed_by": {"event": "paid", "within": "4 hours"}}, "2026-12-01T11:30"),
        ({"field": "ends", "within_next": "30 days"}, "2026-12-01T23:00"),  # midnight in Amsterdam
        ({"field": "ends", "within_next": "60 days"}, "2026-12-02T08:00"),  # in already, and long so
        ({"field": "ends", "anniversary_in": "7 days"}, "2026-12-01T23:00"),
        ({"event": "order"}, "2026-12-01T09:00"),  # is still to happen
        ({"none": [{"event": "visit", "within_last": "3 hours"}]}, "2026-12-01T10:30"),
    ],
)  # fmt: skip
def test_it_is_quiet_until_something_flips(segment: Any, until: str) -> None:
    at = [("visit", "2026-12-01T07:30Z"), ("order", "2026-12-01T09:00Z")]
    events = [
        {"email": "ann@acme.test", "event": name, "at": when}
        for name, when in at[: 2 if segment.get("event") == "order" else 1]
    ]
    ann = {"email": "ann@acme.test", "ends": "2027-01-01"}
    small = Small(
        {"first": {"segments": {"some": segment}, "journey": journey({"segment": "some"})}},
        [ann],
        events,
    )
    assert small.quiet_after(NOW) == datetime.fromisoformat(until).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("enter", "more", "until"),
    [
        ({"every": "day", "at": "10:00", "segment": "all"}, {}, "2026-12-01T09:00"),
        ({"date": "ends", "offset": "-30 days", "at": "11:00"}, {}, "2026-12-02T08:00"),
        ({"date": "ends", "offset": "-31 days", "at": "11:00"}, {}, "2026-12-01T10:00"),
        ({"segment": "all"}, {"steps": [{"wait": "90 minutes"}, {"send": "one"}]}, "2026-12-01T09:30"),
        ({"segment": "all"}, {"steps": [{"wait_for": {"event": "paid"}, "up_to": "2 hours"}]}, "2026-12-01T10:00"),
        ({"segment": "all"}, {"again": "after 5 hours"}, "2026-12-01T13:00"),
    ],
)  # fmt: skip
def test_it_is_quiet_until_something_falls_due(enter: Any, more: Any, until: str) -> None:
    small = Small(
        {
            "first": {
                "segments": {"all": {"field": "email", "empty": False}},
                "journey": journey(enter, **more),
            }
        },
        [{"email": "ann@acme.test", "ends": "2027-01-01"}],
        [],
    )
    assert small.quiet_after(NOW) == datetime.fromisoformat(until).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "more",
    [
        {"scoring": {"warm": {"rules": [{"name": "v", "event": "visit", "points": 5, "half_life": "1 day"}]}},
         "segments": {"some": {"score": "warm", "gte": 3}}},
        {"fields": {"age": "years_since(ends)"}, "segments": {"some": {"field": "age", "gte": 3}}},
        {"segments": {"some": {"anyone": "company", "has": {"event": "visit"}}}},
    ],
)  # fmt: skip
def test_nothing_is_said_where_answers_change_all_the_time_or_hang_on_others(more: Any) -> None:
    small = Small(
        {"first": {**more, "journey": journey({"segment": "some"})}},
        [{"email": "ann@acme.test", "ends": "2020-01-01", "company": "acme"}],
        [{"email": "ann@acme.test", "event": "visit", "at": "2026-12-01T07:30Z"}],
    )
    assert small.quiet_after(NOW) is None


LENGTH = st.sampled_from(
    ["90 minutes", "5 hours", "1 day", "30 hours", "1 business days", "1 week", "1 month"]
)


@st.composite
def conditions(draw: Any, depth: int = 1) -> dict[str, Any]:
    name = draw(st.sampled_from(["visit", "paid", "start"]))
    kinds = ["event", "count", "window", "last", "sequel", "never", "field", "year", "sent", "tag"]
    kind = draw(st.sampled_from([*kinds, "none", "all"] if depth else kinds))
    length = draw(LENGTH)
    if kind == "window":
        return {"event": name, "within_last": length}
    if kind == "last":
        return {"event": name, "last": {"older_than": length}}
    if kind == "sequel":
        way = draw(st.sampled_from(["followed_by", "not_followed_by"]))
        within = draw(st.sampled_from(["2 hours", "1 day"]))
        return {"event": name, way: {"event": "paid", "within": within}}
    if kind == "field":
        way = draw(st.sampled_from(["within_next", "within_last", "older_than", "further_than"]))
        return {"field": draw(st.sampled_from(["ends", "seen"])), way: length}
    if kind in ("none", "all"):
        return {kind: [draw(conditions(0)), draw(conditions(0))]}
    return {
        "event": {"event": name},
        "count": {"event": name, "within_last": length, "count": {"gte": 2}},
        "never": {"event": name, "never": True},
        "year": {"field": "ends", "anniversary_in": draw(st.sampled_from(["1 day", "1 week"]))},
        "sent": {"sent": "any", "last": {"older_than": length}},
        "tag": {"tag": "hot"},
    }[kind]


@st.composite
def recipes(draw: Any) -> dict[str, Any]:
    found = {}
    for name in ("first", "second"):
        enter = draw(st.sampled_from([
            {"segment": "some"}, {"segment": "some", "existing": False},
            {"event": "start"}, {"event": "start", "key": "key"},
            {"date": "ends", "offset": "-1 days", "at": "09:00"}, {"every": "tue", "at": "10:30", "segment": "some"},
        ]))  # fmt: skip
        steps = draw(st.lists(st.one_of(
            st.just({"send": {"template": "one"}}),
            st.builds(lambda length: {"wait": length}, LENGTH),
            st.builds(lambda when: {"choose": [{"when": when, "then": [{"tag": "hot"}]}]}, conditions()),
            st.builds(lambda when, length: {"wait_for": when, "up_to": length}, conditions(), LENGTH),
        ), min_size=1, max_size=3))  # fmt: skip
        for number, step in enumerate(steps):
            if "send" in step:
                steps[number] = {"send": {"template": "one", "id": f"send{number}"}}
        again = ["never", "never", "never", "after 1 day", "after 5 hours"]
        again += ["on rejoin"] if enter == {"segment": "some"} else []
        more: dict[str, Any] = {}
        leave: list[Any] = [[], ["goal"], [draw(conditions())]]
        leave += [["unmatched"]] if "segment" in enter else []
        if draw(st.booleans()):
            more["exclude"] = draw(conditions())
        found[name] = {
            "goal": {"event": "paid", "within": "3 days"},
            "segments": {
                "some": draw(conditions()),
                "others": [{"segment": "some", "joined": {"within_last": draw(LENGTH)}}],
            },
            "journey": {
                "enter": enter,
                "again": draw(st.sampled_from(again)),
                "leave": draw(st.sampled_from(leave)),
                **more,
                "steps": steps,
            },
        }  # fmt: skip
    return found


WORLD = st.fixed_dictionaries({
    "recipes": recipes(),
    "start": st.sampled_from([
        datetime(2026, 12, 1, 8, tzinfo=UTC),
        datetime(2026, 10, 24, 20, tzinfo=UTC),  # the night on which the clocks go back
        datetime(2027, 2, 27, 22, 30, tzinfo=UTC),
    ]),
    "contacts": st.lists(st.tuples(st.integers(-20, 20), st.integers(-3000, 3000)), min_size=1, max_size=3),
    "events": st.lists(
        st.tuples(st.integers(0, 2), st.sampled_from(["visit", "paid", "start"]), st.integers(-3000, 1500)), max_size=6
    ),
    "after": st.integers(0, 2000),
    "looks": st.lists(st.floats(0, 1), min_size=4, max_size=4),
})  # fmt: skip


@settings(
    max_examples=WORLDS,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(WORLD)
def test_no_run_does_anything_while_it_is_told_to_be_quiet(world: dict[str, Any]) -> None:
    start = world["start"]
    contacts = [
        {
            "email": f"p{number}@acme.test",
            "ends": (start + timedelta(days=days)).date().isoformat(),
            "seen": (start + timedelta(minutes=minutes)).isoformat(),
        }
        for number, (days, minutes) in enumerate(world["contacts"])
    ]
    events = [
        {
            "email": f"p{who % len(contacts)}@acme.test",
            "event": name,
            "at": (start + timedelta(minutes=minutes)).isoformat(),
            "key": f"k{minutes % 3}",
        }
        for who, name, minutes in world["events"]
    ]
    small = Small(world["recipes"], contacts, events)
    small.world.tick(start)
    now = start + world["after"] * MINUTE
    until = small.quiet_after(now)
    event("never" if until is None else "a minute" if until == now + MINUTE else "longer")
    if until is None:
        return
    minutes = int((until - now) / MINUTE) - 1
    for share in (1.0, *world["looks"]):
        then = now + int(share * minutes) * MINUTE
        assert small.does_nothing(small.plan(then)), f"{now} is not quiet until {until}: see {then}"
