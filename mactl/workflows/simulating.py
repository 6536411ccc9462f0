"""`mactl plan --days N`: the next days on the real data, in a world of their own."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import pandas as pd

from mactl.clock import zone_named
from mactl.declaring import parse_share
from mactl.draws import draw_all
from mactl.durations import Duration, add_duration
from mactl.errors import UsageError
from mactl.findings import Finding
from mactl.project import Project
from mactl.validation import did_you_mean
from mactl.workflows.gathering import Sources, read_sources
from mactl.workflows.opening import open_state
from mactl.workflows.planning.running import ready_recipes
from mactl.workflows.playing.garbage import seldom_collected
from mactl.workflows.playing.reacting import REACTIONS, reaction_to
from mactl.workflows.playing.ticking import HOUR, Clock
from mactl.workflows.playing.world import Happening, Tick, World
from mactl.workflows.rows import plain_rows
from mactl.workflows.timing.crowd import Crowd
from mactl.workflows.writing.templates import compile_templates

AFTER = 2 * HOUR
"""How long after a message people are assumed to react."""
_MOST_DAYS = 366


@dataclass(frozen=True, slots=True)
class Assumption:
    """A share of all messages that something follows: a reaction, or an event of that name."""

    what: str
    share: float


def read_assumptions(texts: Sequence[str], known_events: Sequence[str] = ()) -> list[Assumption]:
    """`clicked=12%`: a reaction, or one of `known_events` where they are told; UsageError otherwise."""
    found = []
    for text in texts:
        what, equals, share = (part.strip() for part in text.partition("="))
        if not what or not equals:
            raise UsageError(f"--assume {text}: what is assumed?", "write --assume clicked=12%")
        try:
            assumed = Assumption(what, parse_share(share))
        except ValueError as invalid:
            raise UsageError(f"--assume {text}: {invalid}") from None
        if known_events and what not in (*REACTIONS, *known_events):
            hint = did_you_mean(what, [*REACTIONS, *known_events])
            raise UsageError(f"--assume {text}: nothing asks about {what!r}", hint)
        found.append(assumed)
    return found


@dataclass
class Flow:
    """What happens in one recipe on one day."""

    sends: int = 0
    held: int = 0
    """Messages that begin to be held."""
    skipped: int = 0
    entering: int = 0
    leaving: int = 0
    templates: Counter[str] = field(default_factory=Counter)
    """Template → messages that go out."""
    why: Counter[str] = field(default_factory=Counter)
    """Why people leave → how many."""

    def add(self, other: "Flow") -> None:
        """Count what `other` counts too."""
        for name in ("sends", "held", "skipped", "entering", "leaving"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.templates.update(other.templates)
        self.why.update(other.why)


@dataclass
class Day:
    """What happens on one day of the project's calendar."""

    date: date
    recipes: dict[str, Flow] = field(default_factory=dict)
    gates: Counter[str] = field(default_factory=Counter)
    """Gate → messages that it begins to hold, or skips: where caps collide."""

    @property
    def total(self) -> Flow:
        """All recipes together."""
        return _sum(self.recipes.values())


@dataclass(frozen=True)
class Simulation:
    """What would happen from `now` on, day by day; days without anything included."""

    now: datetime
    days: tuple[Day, ...]
    recipes: tuple[str, ...]
    assumed: tuple[Assumption, ...]
    runs: int
    """How many runs did something, or might have."""
    zone: str
    findings: tuple[Finding, ...]

    @property
    def totals(self) -> dict[str, Flow]:
        """Each recipe over all days."""
        return {id: _sum(day.recipes.get(id, Flow()) for day in self.days) for id in self.recipes}

    @property
    def gates(self) -> Counter[str]:
        """Gate → messages over all days."""
        return sum((day.gates for day in self.days), Counter[str]())


def _sum(flows: Iterable[Flow]) -> Flow:
    whole = Flow()
    for flow in flows:
        whole.add(flow)
    return whole


def simulate(
    project: Project,
    names: Sequence[str],
    sources: Sources,
    now: datetime,
    days: int,
    assumptions: Sequence[str] = (),
    progress: Callable[[date], None] = lambda day: None,
) -> Simulation:
    """What runs every hour would do from `now` on until `days` later, to the recipes that `names` mean.

    The project's state is read once and never changed. Nobody reacts but as `assumptions` say; `progress` hears of
    each day as it begins. Raises UsageError for a number of days or an assumption that can't be.
    """
    if not 1 <= days <= _MOST_DAYS:
        raise UsageError(f"--days {days}: from 1 to {_MOST_DAYS} days can be looked ahead")
    selection = ready_recipes(project, names)
    zone = zone_named(project.settings.timezone)
    with seldom_collected(), open_state(project) as real, real.copy() as state:
        kept, events = read_sources(project, sources, real)
        people = kept.people
        world = World(
            project, selection.cookbook, selection.chosen, Crowd(people, events), state,
            compile_templates([], project.settings, project.folder)[0], writes=False,
        )  # fmt: skip
        assumed = read_assumptions(assumptions, sorted(world.tests.asked))
        end = add_duration(now, Duration(days=days), zone)
        calendar = _Calendar(world, now, days)
        clock = Clock(world, now, end, every=HOUR, few=True)
        runs = 0
        for moment, tick in clock.ticks():
            calendar.add(moment, tick, progress)
            world.schedule(_followed(tick, assumed))
            runs += 1
    recipes = tuple(recipe.id for recipe in world.running)
    return Simulation(
        now, tuple(calendar.days), recipes, tuple(assumed), runs, project.settings.timezone,
        (*people.findings, *events.findings),
    )  # fmt: skip


class _Calendar:
    """What runs did, by day and recipe."""

    def __init__(self, world: World, now: datetime, days: int) -> None:
        self._zone = world.zone
        self._first = now.astimezone(world.zone).date()
        # The last day is begun but not over where the first one was.
        self.days = [Day(self._first + timedelta(days=n)) for n in range(days + 1)]
        self._ids = {recipe.origin: recipe.id for recipe in world.running}
        self._held: dict[str, str] = {}
        """Send → the gate that holds it: it is told once, not each time that it is held on."""
        self._told = -1

    def add(self, moment: datetime, tick: Tick, progress: Callable[[date], None]) -> None:
        """Count what one run did."""
        place = (moment.astimezone(self._zone).date() - self._first).days
        day = self.days[place]
        if place != self._told:
            self._told = place
            progress(day.date)
        plan = tick.plan
        for recipe, count in Counter(plan.table("entering")["recipe"]).items():
            self._flow(day, recipe).entering += count
        ended = plan.table("ended")
        for recipe, why in zip(ended["recipe"], ended.get("why", ()), strict=True):
            flow = self._flow(day, recipe)
            flow.leaving += 1
            flow.why[why] += 1
        self._add_intents(day, plan.table("intents"))

    def _add_intents(self, day: Day, intents: pd.DataFrame) -> None:
        if "verdict" not in intents:
            return
        for row in plain_rows(intents[["id", "recipe", "template", "verdict", "gate"]]):
            flow = self._flow(day, row["recipe"])
            if row["verdict"] == "queue":
                flow.sends += 1
                flow.templates[row["template"]] += 1
            elif row["verdict"] == "skip":
                flow.skipped += 1
                day.gates[row["gate"]] += 1
            elif self._held.get(row["id"]) != row["gate"]:
                flow.held += row["id"] not in self._held
                day.gates[row["gate"]] += 1
            if row["verdict"] == "hold":
                self._held[row["id"]] = row["gate"]

    def _flow(self, day: Day, origin: str) -> Flow:
        return day.recipes.setdefault(self._ids.get(origin, origin), Flow())


def _followed(tick: Tick, assumed: Sequence[Assumption]) -> Iterator[Happening]:
    """What people do with the messages of one run, by a lot that falls the same whenever it is drawn."""
    if tick.sent.empty:
        return
    rows = plain_rows(tick.sent)
    for assumption in assumed:
        lots = draw_all((row["id"] for row in rows), f"assume {assumption.what}")
        for row, lot in zip(rows, lots, strict=True):
            if lot >= assumption.share:
                continue
            at = int(row["settled_at"]) + AFTER
            if assumption.what in REACTIONS:
                yield reaction_to(row, assumption.what, at)
            else:
                told = json.dumps({"recipe": row["recipe"], "step": row["step"]})
                yield Happening(
                    at,
                    row["contact"],
                    assumption.what,
                    told,
                    f"assumed:{assumption.what}:{row['id']}",
                )
