"""Whatever a recipe says, people do and the clock shows: what always holds, holds (RECIPES.md)."""

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from mactl.clock import from_epoch, to_epoch, zone_named
from mactl.content.values import values_from_json
from mactl.journey.graph import build_graph
from mactl.people.events import events_from_rows
from mactl.people.people import people_from_rows
from mactl.project import Project, Settings
from mactl.recipe.cookbook import Cookbook, parse_recipe
from mactl.store.frames import read_frame
from mactl.store.state import State
from mactl.store.tables import GONE, Standing, enrollments, sends
from mactl.workflows.gathering import read_known
from mactl.workflows.planning.plan import Plan, make_plan
from mactl.workflows.playing.world import World
from mactl.workflows.rows import plain_rows
from mactl.workflows.timing.crowd import Crowd
from mactl.workflows.writing.templates import compile_templates

WORLDS = int(os.environ.get("MACTL_WORLDS", "8"))
"""How many worlds are tried; a few hundred by hand find what a dozen do not."""
STARTS = [
    datetime(2026, 12, 1, 8, tzinfo=UTC),
    datetime(2026, 10, 24, 20, tzinfo=UTC),  # the night on which the clocks go back
    datetime(2027, 3, 27, 20, tzinfo=UTC),  # and forward
]
PEOPLE = ["ann", "bob", "cas", "dan"]
ZONES = [None, "America/New_York", "Asia/Tokyo"]
SETTINGS: dict[str, Any] = {
    "timezone": "Europe/Amsterdam",
    "country": "NL",
    "engine": "pandas",
    "identity": ["contact_id", "email"],
    "sender": {"from": "a@acme.test", "address": "Acme", "unsubscribe": "https://acme.test/u/{token}"},
    "grounds": {"legitimate_interest": "nobody is written to"},
    "teams": {"sales": {"email": "sales@acme.test"}},
    "webhooks": {"crm": {"url": "https://crm.acme.test/in"}},
    "channels": {"sms": {"webhook": "https://sms.acme.test/in"}},
}  # fmt: skip
CONSENT = {"state": "ok", "at": "at", "source": "src", "wording": "txt", "free": True, "unambiguous": True}  # fmt: skip


# Recipes


EVENTS = ["start", "visit", "paid", "cancel"]
LENGTH = st.sampled_from(["1 minutes", "3 hours", "1 day", "36 hours", "1 business days", "1 week"])
CONDITION: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [
        {"field": "tier", "eq": "gold"},
        {"event": "visit"},
        {"event": "visit", "since": "ever", "count": {"gte": 2}},
        {"none": [{"event": "visit", "within_last": "1 day"}]},
        {"sent": "any"},
        {"tag": "hot"},
        {"task": "call", "is": "overdue"},
        {"trigger": "key", "eq": "k1"},
        {"completed": "target"},
        {"enrolled": "target"},
        {"event": "paid", "same": "key"},
    ]
)


@dataclass
class Names:
    """Ids and templates of one recipe on its way to being written; none of them comes twice."""

    count: int = 0
    waits: list[str] = field(default_factory=list)
    templates: dict[str, dict[str, str]] = field(default_factory=dict)

    def new(self, kind: str) -> str:
        self.count += 1
        return f"{kind}{self.count}"

    def template(self, draw: Any) -> str:
        if self.templates and draw(st.integers(0, 4)) == 0:
            return draw(st.sampled_from(sorted(self.templates)))  # type: ignore[no-any-return]
        kind = draw(st.sampled_from(["marketing", "marketing", "service"]))
        name = self.new("t")
        self.templates[name] = {"kind": kind, "subject": name, "body": "x", "sms": "x"}
        return name


def steps_of(draw: Any, names: Names, depth: int) -> list[dict[str, Any]]:
    return [step_of(draw, names, depth) for _ in range(draw(st.integers(1, 4 if depth else 2)))]


def step_of(draw: Any, names: Names, depth: int) -> dict[str, Any]:
    kinds = ["send", "send", "send", "wait", "wait", "wait_until", "act", "go_back", "ask"]
    kinds += ["wait_for", "choose", "split", "milestone", "exit"] if depth else []
    kind = draw(st.sampled_from(kinds))
    if kind == "wait":
        id = names.new("w")
        names.waits.append(id)
        wait = draw(st.sampled_from([{}, {"at": "09:00"}, {"days": ["tue", "sat"]}]))
        return {"id": id, "wait": {"for": draw(LENGTH), **wait}}
    if kind == "go_back" and names.waits:
        to = draw(st.sampled_from(names.waits))
        return {"choose": [{"when": draw(CONDITION), "then": [{"go_to": to}]}]}
    if kind == "wait_until":
        date = draw(st.sampled_from(["ends", {"trigger": "ends"}, "2026-12-03"]))
        return {"wait_until": {"date": date, "offset": draw(st.sampled_from(["-1 days", "2 hours"]))}}  # fmt: skip
    if kind == "act":
        return draw(st.sampled_from([
            {"set": {"tier": "gold"}}, {"tag": "hot"}, {"untag": "hot"}, {"enroll": "target"}, {"enroll": "first"},
            {"notify": {"to": "sales", "message": "x"}},
            {"export": {"to": "exports/x.csv", "columns": ["email"]}},
            {"webhook": {"to": "crm", "body": {"x": "y"}}},
            {"suppress": {"topic": "offers", "reason": "silent"}},
        ]))  # type: ignore[no-any-return]  # fmt: skip
    if kind == "ask":
        template = names.template(draw)
        request = {"topic": "offers", "template": template, "wording": draw(st.sampled_from("ab"))}
        return {"ask_consent": request, "up_to": draw(LENGTH)}
    if kind == "wait_for":
        found = {"wait_for": draw(CONDITION), "up_to": draw(LENGTH)}
        found["then"] = steps_of(draw, names, depth - 1)
        return found | ({"else": steps_of(draw, names, depth - 1)} if draw(st.booleans()) else {})
    if kind == "choose":
        cases = [{"when": draw(CONDITION), "then": steps_of(draw, names, depth - 1)}]
        return {"choose": [*cases, {"else": steps_of(draw, names, depth - 1)}]}
    if kind == "split":
        arms: dict[str, Any] = {
            name: {"share": "30%", "steps": steps_of(draw, names, depth - 1)} for name in "ab"
        }
        arms["c"] = draw(st.sampled_from([
            {"share": "40%", "steps": [{"tag": "hot"}]},
            {"share": "40%", "after": "5 hours", "measure": "goal", "fallback": "a"},
            {"share": "40%", "after": "2 hours", "measure": "opened", "at_least": 2, "fallback": "b"},
        ]))  # fmt: skip
        return {
            "split": names.new("s"),
            "per": draw(st.sampled_from(["contact", "enrollment"])),
            "arms": arms,
        }
    if kind == "milestone":
        found = {"milestone": names.new("m"), "when": draw(CONDITION), "up_to": draw(LENGTH)}
        return found | ({"else": [{"exit": "no"}]} if draw(st.booleans()) else {})
    if kind == "exit":
        return {"choose": [{"when": draw(CONDITION), "then": [{"exit": "out"}]}]}
    channel = draw(st.sampled_from(["email", "sms", ["preferred", "sms", "email"]]))
    target = {"template": names.template(draw), "id": names.new("send"), "channel": channel}
    return {"send": target}


ENTER = {
    "first": st.sampled_from([
        {"event": "start"}, {"event": "start", "key": "key"},
        {"event": "start", "if": {"trigger": "key", "in": ["k1", "k2"]}},
        {"segment": "golden"}, {"segment": "golden", "existing": False}, {"handover": True},
    ]),
    "target": st.sampled_from([{"handover": True}, {"segment": "golden"}, {"event": "visit"}]),
    "slots": st.sampled_from([
        {"every": "day", "at": "02:30", "segment": "everyone"}, {"cron": "0 */6 * * *", "segment": "everyone"},
        {"once": "2026-12-02T09:00", "segment": "everyone"},
        {"date": "ends", "offset": "-1 days", "at": "02:30"}, {"date": "ends", "yearly": True},
    ]),
}  # fmt: skip


@st.composite
def recipes(draw: Any) -> dict[str, Any]:
    """Three recipes by name, as they are written."""
    found = {}
    for name, enter in ENTER.items():
        names = Names()
        steps: list[dict[str, Any]] = [
            {"task": {"id": "call", "to": "sales", "title": "x", "due": "1 hours"}}
        ]
        steps += steps_of(draw, names, 2)
        chosen = draw(enter)
        again = ["never", "always", "after 1 day"]
        again += ["per key"] if "key" in chosen else []
        again += ["on rejoin"] if "segment" in chosen and len(chosen) == 1 else []
        maybe = {
            "pace": st.sampled_from([{"start": "1/hour"}, {"start": "2/day", "grow": "50%"}]),
            "exclude": CONDITION,
            "holdout": st.just("40%"),
            "one_per": st.just({"field": "company", "first": [{"field": "age"}]}),
            "send_window": st.just({"days": ["mon", "wed", "sun"], "from": "08:00", "to": "20:00"}),
            "latest": st.sampled_from(["1 hours", "5 days"]),
            "on_goal": st.just([{"enroll": "target"}]),
        }
        journey = {
            "enter": chosen,
            "again": draw(st.sampled_from(again)),
            "leave": draw(st.sampled_from([[], ["goal"], ["goal", "unmatched"], [{"event": "cancel"}]])),
            "priority": draw(st.integers(0, 2)),
            **{key: draw(value) for key, value in maybe.items() if draw(st.integers(0, 3)) == 0},
            "steps": steps,
        }  # fmt: skip
        found[name] = {
            "goal": {"event": "paid"},
            "privacy": {
                "basis": ["consent", "legitimate_interest"],
                "topic": "offers",
                "purpose": "x",
            },
            "segments": {
                "golden": {"field": "tier", "eq": "gold"},
                "everyone": {"field": "tier", "ne": "lead"},
            },
            "templates": names.templates,
            "journey": journey,
        }
    return found


LIMITS = st.fixed_dictionaries({}, optional={
    "min_gap": st.sampled_from(["1 hours", "1 day"]),
    "per_contact": st.just([{"messages": 2, "within": "1 day"}]),
    "quiet_hours": st.just({"from": "22:00", "to": "07:00"}),
    "budget": st.just({"sms": "2 per day"}),
})  # fmt: skip
CONTACT = st.fixed_dictionaries({
    "tier": st.sampled_from(["gold", "tin", "lead"]),
    "company": st.sampled_from(["acme", None]),
    "age": st.sampled_from([30, 40]),
    "ends": st.sampled_from(["2026-12-03", "2026-10-26", "2027-03-29", None]),
    "timezone": st.sampled_from(ZONES),
    "phone": st.sampled_from([None, "+31612345678"]),
    "ok": st.sampled_from(["yes", "no", None]),
    "at": st.sampled_from([None, "2026-01-01T10:00"]),
})  # fmt: skip
WORLD = st.fixed_dictionaries({
    "recipes": recipes(),
    "limits": LIMITS,
    "start": st.sampled_from(STARTS),
    "contacts": st.lists(CONTACT, min_size=4, max_size=4),
    "events": st.lists(
        st.tuples(
            st.sampled_from(PEOPLE), st.sampled_from(EVENTS), st.integers(-600, 4000), st.integers(1, 3)
        ),
        max_size=16,
    ),
    "ticks": st.lists(st.sampled_from([1, 5, 61, 180, 600, 1440, 3000]), min_size=3, max_size=9),
    "merge_at": st.integers(0, 20),
})  # fmt: skip


# The world


def settings_of(world: Mapping[str, Any]) -> Settings:
    limits = world["limits"]
    return Settings.model_validate(
        {**SETTINGS, "limits": limits, "consent": {"offers": CONSENT}, "columns": {"age": "number"}}
    )


def crowd_of(
    world: Mapping[str, Any], declared: Settings, aliases: Mapping[str, str], *, merged: bool
) -> Crowd:
    """Everybody; `merged`: bob turns out to be ann, both of whom the state knows by their `aliases`."""
    rows = []
    for who, said in zip(PEOPLE, world["contacts"], strict=True):
        email = "ann@acme.test" if merged and who == "bob" else f"{who}@acme.test"
        rows.append({"contact_id": who, "email": email, **said, "src": "form", "txt": "yes"})
    people = people_from_rows(declared, rows, aliases)
    told = [
        {
            "id": str(number), "contact_id": who, "event": event, "key": f"k{key}", "ends": "2026-12-04",
            "at": (world["start"] + timedelta(minutes=minutes)).isoformat(),
        }
        for number, (who, event, minutes, key) in enumerate(world["events"])
    ]  # fmt: skip
    return Crowd(people, events_from_rows(declared, told, people))


def cookbook_of(said: Mapping[str, Any]) -> Cookbook:
    found = {}
    for name, body in said.items():
        text = yaml.safe_dump({"recipe": name, **body}, sort_keys=False)
        recipe, findings = parse_recipe(text, Path(f"{name}.yaml"))
        assert recipe is not None, findings
        found[name] = recipe
    return Cookbook(found)


class Watched:
    """A world under the eyes of the rules."""

    def __init__(self, world: Mapping[str, Any]) -> None:
        self.said = world
        self.settings = settings_of(world)
        self.cookbook = cookbook_of(world["recipes"])
        self.state = State.open("sqlite://", Path(), write=True)
        self.project = Project(Path(), self.settings, has_file=False)
        self.graphs = {r.origin: build_graph(r.journey, r.file.moved) for r in self.cookbook}
        templates, findings = compile_templates(list(self.cookbook), self.settings)
        assert not [f for f in findings if f.severity == "error"], findings
        self.templates = templates
        self.world = self._world(merged=False)
        self.runs = 0
        self.draws: dict[str, dict[str, Any]] = {}
        self.zones: dict[str, ZoneInfo] = {}
        self.holdouts: dict[tuple[str, str], bool] = {}

    def _world(self, *, merged: bool) -> World:
        known = read_known(self.state)
        aliases = dict(zip(known["alias"], known["contact"], strict=True))
        crowd = crowd_of(self.said, self.settings, aliases, merged=merged)
        chosen = tuple(self.cookbook.recipes)
        return World(self.project, self.cookbook, chosen, crowd, self.state, self.templates)

    def merge(self) -> None:
        self.world = self._world(merged=True)

    def plan(self, now: datetime) -> Plan:
        chosen = tuple(self.cookbook.recipes)
        gathered = self.world.gathered(now)
        return make_plan(self.project, self.cookbook, chosen, gathered, self.state)

    def run(self, now: datetime) -> None:
        """A run, and what always holds of it."""
        self.runs += 1
        planned = self.plan(now) if self.runs % 3 == 1 else None
        tick = self.world.tick(now)
        assert planned is None or same_plan(planned, tick.plan)
        queued = set(tick.plan.intents("queue").get("id", ()))
        assert set(tick.sent.get("id", ())) <= queued
        marketing = [row for row in plain_rows(tick.sent) if row["marketing"]]
        told = Counter(row["contact"] for row in marketing)
        assert max(told.values(), default=0) <= 1, "one marketing message per contact in a run"
        self.watch(now)

    def read(self, table: Any) -> list[dict[str, Any]]:
        with self.state.reading() as connection:
            return plain_rows(read_frame(connection, select(table)))

    def watch(self, now: datetime) -> None:
        all_sends, passages = self.read(sends), self.read(enrollments)
        gone = [row for row in all_sends if row["status"] in GONE]
        self.nothing_twice(gone)
        self.nobody_stranded(passages, all_sends, now)
        self.draws_stay(passages)
        self.holdout_is_silent(gone, passages)
        self.legal(gone)
        self.one_passage_at_a_time(passages)

    def nothing_twice(self, gone: list[dict[str, Any]]) -> None:
        steps = Counter((row["enrollment"], row["step"]) for row in gone)
        assert max(steps.values(), default=0) <= 1
        for who in ("contact", "address_key"):
            seen = Counter((r["recipe"], r["template"], r["occurrence"], r[who]) for r in gone)
            assert max(seen.values(), default=0) <= 1, seen.most_common(1)

    def nobody_stranded(
        self, passages: list[dict[str, Any]], all_sends: list[dict[str, Any]], now: datetime
    ) -> None:
        # A send that became final after the run was planned is passed by the next one.
        waiting = {(row["enrollment"], row["step"]) for row in all_sends}
        for row in passages:
            if row["status"] == Standing.WAITING:
                assert row["due_at"] is not None and row["due_at"] > to_epoch(now)
            if row["status"] != Standing.ACTIVE:
                continue
            assert row["step"] in self.graphs[row["recipe"]], row
            is_due_later = row["due_at"] is not None and row["due_at"] > to_epoch(now)
            assert is_due_later or (row["id"], row["step"]) in waiting, row

    def draws_stay(self, passages: list[dict[str, Any]]) -> None:
        for row in passages:
            made = drawn(row)
            before = self.draws.setdefault(row["id"], made)
            assert made.items() >= before.items()
            self.draws[row["id"]] = made
            if "holdout" in made:
                # A merge brings together two who were drawn apart.
                whose = (row["recipe"], row["contact"])
                known = self.holdouts.setdefault(whose, made["holdout"])
                assert known == made["holdout"] or self.world.crowd.people.merged

    def holdout_is_silent(self, gone: list[dict[str, Any]], passages: list[dict[str, Any]]) -> None:
        held_out = {row["id"] for row in passages if drawn(row).get("holdout")}
        assert not [row for row in gone if row["marketing"] and row["enrollment"] in held_out]

    def legal(self, gone: list[dict[str, Any]]) -> None:
        for row in gone:
            if not row["marketing"]:
                continue
            # Where they were when it went: a merge may make them live elsewhere afterwards.
            zone = self.zones.setdefault(row["id"], self.zone_of(row["contact"]))
            local = from_epoch(row["released_at"]).astimezone(zone)
            if self.settings.limits.quiet_hours:
                assert 7 <= local.hour < 22, row
            window = self.cookbook.recipes[row["recipe"]].journey.send_window
            if window is not None:
                assert local.strftime("%a").lower() in window.days and 8 <= local.hour < 20, row

    def zone_of(self, contact: str) -> Any:
        people = self.world.people
        zone = people.at[contact, "zone"] if contact in people.index else None
        return zone_named(zone if isinstance(zone, str) else self.settings.timezone)

    def one_passage_at_a_time(self, passages: list[dict[str, Any]]) -> None:
        for recipe in self.cookbook:
            journey = self.cookbook.recipes[recipe.id].journey
            if getattr(journey.enter, "key", None) and journey.again != "never":
                continue
            inside = [
                row["contact"]
                for row in passages
                if row["recipe"] == recipe.origin
                and row["status"] in (Standing.ACTIVE, Standing.WAITING)
            ]
            assert len(inside) == len(set(inside))


def drawn(passage: Mapping[str, Any]) -> dict[str, Any]:
    """How the draws of an enrollment fell."""
    return values_from_json(passage["draws"]) if passage["draws"] else {}


def same_plan(one: Plan, other: Plan) -> bool:
    """Whether two plans do the same: read twice, before and while it is done."""
    tables = ("entering", "ended", "standing", "intents", "effects", "cancelled")
    return all(rows_of(one, table) == rows_of(other, table) for table in tables)


def rows_of(plan: Plan, table: str) -> list[str]:
    return [repr(row) for row in plain_rows(plan.table(table))]


def instants(world: Mapping[str, Any]) -> Iterator[datetime]:
    now = world["start"]
    yield now
    for minutes in world["ticks"]:
        now += timedelta(minutes=minutes)
        yield now


PATIENT = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]


@settings(max_examples=WORLDS, deadline=None, suppress_health_check=PATIENT)
@given(WORLD)
def test_what_always_holds_holds_in_every_world(world: dict[str, Any]) -> None:
    watched = Watched(world)
    for number, now in enumerate(instants(world)):
        if number == world["merge_at"]:
            watched.merge()
        watched.run(now)


@settings(max_examples=WORLDS // 2, deadline=None, suppress_health_check=PATIENT)
@given(WORLD)
def test_runs_at_one_instant_come_to_rest_and_write_to_nobody_twice(world: dict[str, Any]) -> None:
    watched = Watched(world)
    now = world["start"]
    for _ in range(3 * sum(len(graph.nodes) for graph in watched.graphs.values())):
        watched.run(now)
        plan = watched.plan(now)
        if not any(len(plan.table(name)) for name in ("entering", "ended", "effects")) and not len(
            plan.intents("queue")
        ):
            break
    else:
        raise AssertionError("it does not come to rest")
    gone = [row for row in watched.read(sends) if row["status"] in GONE]
    marketing = Counter(row["contact"] for row in gone if row["marketing"])
    assert max(marketing.values(), default=0) <= 1
