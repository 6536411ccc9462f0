"""Worlds under the eyes of the rules: what always holds of them, whatever happens (RECIPES.md)."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from mactl.clock import from_epoch, to_epoch, zone_named
from mactl.content.values import values_from_json
from mactl.durations import add_duration, parse_duration
from mactl.journey.graph import Graph, build_graph
from mactl.own_events import COMPLAINED, TASK_DONE
from mactl.project import Project
from mactl.recipe.steps import ACTING_KINDS
from mactl.store.frames import read_frame
from mactl.store.state import State
from mactl.store.tables import GONE, SendStatus, Standing, enrollments, sends, suppressions
from mactl.workflows.gathering import read_known
from mactl.workflows.planning.plan import Plan, make_plan
from mactl.workflows.playing.reacting import reaction_to
from mactl.workflows.playing.world import Happening, World
from mactl.workflows.rows import plain_rows
from mactl.workflows.writing.templates import compile_templates
from tests.workflows.drawn_recipes import edited
from tests.workflows.drawn_worlds import BUDGET, CAP, Sources, Weather, cookbook_of, settings_of


class Watched:
    """A world under the eyes of the rules."""

    def __init__(self, world: Mapping[str, Any]) -> None:
        self.said = world
        self.settings = settings_of(world)
        self.recipes: dict[str, Any] = dict(world["recipes"])
        self.state = State.open("sqlite://", Path(), write=True)
        self.project = Project(Path(), self.settings, has_file=False)
        self.weather = Weather(world["answers"])
        self.graphs: dict[tuple[str, int], Graph] = {}
        self.sources = Sources()
        self.world = self._world()
        self.runs = 0
        self.reacted: set[str] = set()
        self.draws: dict[str, dict[str, Any]] = {}
        self.holdouts: dict[tuple[str, str], bool] = {}

    # The world goes on

    def _world(self) -> World:
        """The world from now on: its recipes and its files as they are said to be."""
        self.cookbook = cookbook_of(self.recipes)
        templates, findings = compile_templates(list(self.cookbook), self.settings)
        assert not [f for f in findings if f.severity == "error"], findings
        for recipe in self.cookbook:
            self.graphs[recipe.origin, recipe.file.version] = build_graph(
                recipe.journey, recipe.file.moved
            )
        known = read_known(self.state)
        aliases = dict(zip(known["alias"], known["contact"], strict=True))
        crowd = self.sources.crowd(self.said, self.settings, aliases)
        chosen = tuple(self.cookbook.recipes)
        return World(
            self.project,
            self.cookbook,
            chosen,
            crowd,
            self.state,
            templates,
            transport=self.weather,
        )

    def change(self, run: int) -> None:
        """Whatever is to be otherwise from run number `run` on."""
        said = self.said
        edits = [(name, edit) for at, name, edit in said["edits"] if at == run]
        for name, edit in edits:
            self.recipes[name] = edited(self.recipes[name], edit)
        moved = dict(self.sources.moved or {})
        for at, who, cells in said["moves"]:
            if at == run:
                moved[who] = {**moved.get(who, {}), **cells}
        sources = Sources(run >= said["merge_at"], run >= said["gone_at"], moved)
        if edits or sources != self.sources:
            self.sources, before = sources, self.world
            self.world = self._world()
            self.world.schedule(before.coming)

    def plan(self, now: datetime) -> Plan:
        chosen = tuple(self.cookbook.recipes)
        gathered = self.world.gathered(now)
        return make_plan(self.project, self.cookbook, chosen, gathered, self.state)

    def run(self, now: datetime) -> Plan:
        """A run, and what always holds of it."""
        self.runs += 1
        planned = self.plan(now) if self.runs % 3 == 1 and not self._happens(now) else None
        tick = self.world.tick(now)
        assert planned is None or same_plan(planned, tick.plan)
        queued = set(tick.plan.intents("queue").get("id", ()))
        assert set(tick.sent.get("id", ())) <= queued
        told = Counter(row["contact"] for row in plain_rows(tick.sent) if row["marketing"])
        assert max(told.values(), default=0) <= 1, "one marketing message per contact in a run"
        self.react(tick.plan, now)
        self.watch(now)
        return tick.plan

    def _happens(self, now: datetime) -> bool:
        """Whether people do something before the tick that a plan before it could not see."""
        return any(happening.at <= to_epoch(now) for happening in self.world.coming)

    def react(self, plan: Plan, now: datetime) -> None:
        """People do with new messages and tasks what was drawn."""
        happenings: list[Happening] = []
        for row in self.read(sends):
            if row["status"] == SendStatus.SENT and row["id"] not in self.reacted:
                happenings += self._reaction(row, self._nth("reactions"), now)
                self.reacted.add(row["id"])
        for row in plain_rows(plan.table("effects")):
            minutes = self._nth("tasks") if row["kind"] == "task" else None
            if minutes is not None:
                done = json.dumps({"task": row["step"], "recipe": row["recipe"]})
                at = to_epoch(now) + 60 * minutes
                happenings.append(
                    Happening(at, row["contact"], TASK_DONE, done, f"done:{row['id']}")
                )
        self.world.schedule(happenings)

    def _nth(self, name: str) -> Any:
        """What is drawn for the next one of these."""
        said, self._drawn = self.said[name], getattr(self, "_drawn", 0) + 1
        return said[self._drawn % len(said)] if said else None

    def _reaction(self, row: dict[str, Any], drawn: Any, now: datetime) -> Iterator[Happening]:
        if drawn is None:
            return
        kind, minutes = drawn
        at = to_epoch(now) + 60 * minutes
        if kind == "complained":
            topic = json.dumps({"topic": row["topic"]})
            yield Happening(at, row["contact"], COMPLAINED, topic, f"complained:{row['id']}")
        else:
            yield reaction_to(row, kind, at)

    def read(self, table: Any) -> list[dict[str, Any]]:
        with self.state.reading() as connection:
            return plain_rows(read_frame(connection, select(table)))

    # What always holds

    def watch(self, now: datetime) -> None:
        all_sends, passages = self.read(sends), self.read(enrollments)
        gone = [row for row in all_sends if row["status"] in GONE]
        self.nothing_twice(gone)
        self.nobody_stranded(passages, all_sends, now)
        self.draws_stay(passages)
        self.holdout_is_silent(gone, passages)
        self.legal(gone)
        self.within_limits(gone)
        self.nobody_who_wants_none(gone)
        self.one_passage_at_a_time(passages)
        self.over_is_over(passages, all_sends)

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
        here = set(self.world.people.index)
        paused = {r.origin for r in self.cookbook if r.file.status == "paused"}
        for row in passages:
            if row["status"] == Standing.WAITING:
                assert row["due_at"] is not None
                assert row["due_at"] > to_epoch(now) or row["recipe"] in paused, row
            if row["status"] != Standing.ACTIVE:
                continue
            graph = self.graphs[row["recipe"], row["version"]]
            assert row["step"] in graph, row
            step = graph[row["step"]].step
            is_resting = row["recipe"] in paused and isinstance(step, (*ACTING_KINDS,))
            is_due_later = row["due_at"] is not None and row["due_at"] > to_epoch(now)
            is_asked = (row["id"], row["step"]) in waiting
            is_paused_send = row["recipe"] in paused and row["due_at"] is None
            fine = is_due_later or is_asked or is_resting or is_paused_send
            assert fine or row["contact"] not in here, row

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
            zone = zone_named(row["zone"] or self.settings.timezone)
            local = from_epoch(row["released_at"]).astimezone(zone)
            if self.settings.limits.quiet_hours:
                assert 7 <= local.hour < 22, row
            window = self.cookbook.recipes[row["recipe"]].journey.send_window
            if window is not None:
                assert local.strftime("%a").lower() in window.days and 8 <= local.hour < 20, row

    def within_limits(self, gone: list[dict[str, Any]]) -> None:
        limits, zone = self.settings.limits, zone_named(self.settings.timezone)
        if limits.budget:
            texted = Counter(
                from_epoch(row["released_at"]).astimezone(zone).date()
                for row in gone
                if row["channel"] == "sms"
            )
            assert max(texted.values(), default=0) <= BUDGET, texted
        if self.sources.merged:
            return  # two who became one may have had more than one may
        released: dict[str, list[int]] = {}
        for row in sorted(gone, key=lambda row: row["released_at"]):
            if row["marketing"]:
                released.setdefault(row["contact"], []).append(row["released_at"])
        for instants in released.values():
            if limits.min_gap:
                self.apart(instants, 1, str(limits.min_gap))
            if limits.per_contact:
                self.apart(instants, CAP, "1 day")

    def apart(self, instants: Sequence[int], steps: int, length: str) -> None:
        """So many `steps` on in a list of instants, at least `length` later, on the wall clock of the project."""
        zone = zone_named(self.settings.timezone)
        for early, late in zip(instants, instants[steps:], strict=False):
            assert to_epoch(add_duration(from_epoch(late), -parse_duration(length), zone)) >= early

    def nobody_who_wants_none(self, gone: list[dict[str, Any]]) -> None:
        """Who was suppressed before it was released got no more of it; service mail only where all mail is meant."""
        known = self.read(suppressions)
        for row in gone:
            for stop in known:
                if stop["address_key"] == row["address_key"] and stop["at"] < row["released_at"]:
                    assert stop["topic"] not in ("", row["topic"] if row["marketing"] else None), (
                        row
                    )

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

    def over_is_over(self, passages: list[dict[str, Any]], all_sends: list[dict[str, Any]]) -> None:
        """Nothing is held, queued or deferred for a passage that was left or merged, or in an archived recipe."""
        over = {row["id"] for row in passages if row["status"] in (Standing.LEFT, Standing.MERGED)}
        pending = (SendStatus.HELD, SendStatus.QUEUED, SendStatus.DEFERRED)
        assert not [r for r in all_sends if r["enrollment"] in over and r["status"] in pending]
        archived = {r.origin for r in self.cookbook if r.file.status == "archived"}
        inside = (Standing.ACTIVE, Standing.WAITING)
        assert not [r for r in passages if r["recipe"] in archived and r["status"] in inside]


def drawn(passage: Mapping[str, Any]) -> dict[str, Any]:
    """How the draws of an enrollment fell."""
    return values_from_json(passage["draws"]) if passage["draws"] else {}


def same_plan(one: Plan, other: Plan) -> bool:
    """Whether two plans do the same: read twice, before and while it is done."""
    tables = ("entering", "ended", "standing", "intents", "effects", "cancelled")
    return all(rows_of(one, table) == rows_of(other, table) for table in tables)


def rows_of(plan: Plan, table: str) -> list[str]:
    return [repr(row) for row in plain_rows(plan.table(table))]
