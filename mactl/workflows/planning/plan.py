"""`mactl plan`: what the next run would do, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import pandas as pd

from mactl.clock import to_epoch, zone_named
from mactl.durations import add_duration
from mactl.findings import Finding
from mactl.journey.engine import Decisions, decide
from mactl.journey.gates import GateRules, Ledger, budget_begins, judge_intents
from mactl.journey.situation import Judge, joined, no_handovers
from mactl.project import Project, Settings
from mactl.recipe.cookbook import Cookbook
from mactl.recipe.moved import current, original_chain
from mactl.recipe.recipe import Recipe
from mactl.rules.engine import engine_for, kept
from mactl.store.journeys import (
    count_released,
    read_enrollments,
    read_gone_templates,
    read_marketing_since,
    read_results,
    read_sends_of_active,
)
from mactl.store.ledger import waiting_by_channel
from mactl.store.overrides import read_overrides
from mactl.store.snapshots import read_snapshots
from mactl.store.state import State
from mactl.store.suppressions import read_covering
from mactl.store.tables import Standing
from mactl.workflows.addresses import address_keys_of
from mactl.workflows.gathering import Gathered
from mactl.workflows.planning.asking import has_winner
from mactl.workflows.planning.noticing import Following, Noticed, notice
from mactl.workflows.planning.situations import Books, Inquiry, Versions
from mactl.workflows.planning.telling import stranded, unsettled
from mactl.workflows.planning.versions import OldRecipes, old_recipes
from mactl.workflows.rows import plain_rows
from mactl.working_days import PublicHolidays

Frame = pd.DataFrame

_NO_ROWS = pd.DataFrame(columns=["recipe", "contact"])
_MOVED = ("entering", "waiting", "ended", "standing", "intents", "effects", "cancelled")


@dataclass(frozen=True)
class History:
    """What the state says of the recipes before the run."""

    books: Books
    templates: Frame
    marketing: Frame
    spent: Mapping[str, int]
    """Channel → messages that count against its budget."""
    waiting_by_channel: Mapping[str, int]
    """Channel → sends of earlier runs that the next one sends too: queued, or deferred and due again."""

    @property
    def waiting(self) -> int:
        """How many those are, of all channels."""
        return sum(self.waiting_by_channel.values())

    @property
    def enrollments(self) -> Frame:
        """All enrollments of the recipes, with the state's columns."""
        return self.books.enrollments


@dataclass(frozen=True)
class Plan:
    """Everything that a run at `now` does, recipe by recipe in order of precedence."""

    now: datetime
    decisions: tuple[Decisions, ...]
    cookbook: Cookbook
    """With the old versions that people are still in."""
    gathered: Gathered
    history: History
    settings: Settings
    noticed: Noticed
    """What changed of people since the last run."""
    findings: tuple[Finding, ...]
    """What is worth telling of the run as a whole."""
    handovers: Frame
    """Whom `enroll` steps of this run hand over: to, contact, at, enrollment, trigger, recipe, step, id."""
    old: OldRecipes = field(default_factory=OldRecipes)
    """The versions that people are still in, with what their steps send."""
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Send → list → the code that it would hand out, where that was looked up; see `letters.hold_unwritable`."""
    _tables: dict[str, Frame] = field(default_factory=dict, init=False, repr=False, compare=False)

    def table(self, name: str) -> Frame:
        """The tables called `name` of all decisions as one, with a column `recipe`: its original id."""
        if name not in self._tables:
            tables = ((getattr(decided, name), decided.recipe.origin) for decided in self.decisions)
            found = [table.assign(recipe=origin) for table, origin in tables if len(table)]
            self._tables[name] = joined([*found, _NO_ROWS])
        return self._tables[name]

    @property
    def is_nothing(self) -> bool:
        """Whether nothing comes of it: nobody is or was in a journey, and nobody was seen to have moved."""
        moved = any(len(self.table(name)) for name in _MOVED)
        rejoined = any(decided.rejoined for decided in self.decisions)
        return not (
            moved
            or rejoined
            or len(self.noticed.events)
            or len(self.noticed.history)
            or self.noticed.snapshots
        )

    def intents(self, verdict: str) -> Frame:
        """The intents with this verdict, in order of precedence."""
        intents = self.table("intents")
        return intents[intents["verdict"] == verdict] if "verdict" in intents else intents

    def rows(self, table: Frame) -> list[dict[str, Any]]:
        """The rows of one of these tables as people know things now: the contact's current key as `key`, the
        recipe's and the template's current names.

        A contact who is gone from the sources goes by the internal id.
        """
        keys = table["contact"].map(self.gathered.contacts["key"]).fillna(table["contact"])
        rows = plain_rows(table.assign(key=keys))
        recipes = {
            d.recipe.origin: d.recipe for d in sorted(self.decisions, key=lambda d: -d.is_old)
        }
        for row in rows:
            recipe = recipes[row["recipe"]]
            row["recipe"] = recipe.file.recipe
            if row.get("template"):
                row["template"] = current(row["template"], recipe.file.moved)
        return rows


def read_history(
    state: State, recipes: Sequence[Recipe], gathered: Gathered, settings: Settings
) -> History:
    """What the state says of `recipes`, and of what counts against caps and budgets at `now`.

    What was known of contacts that turned out to be one is told of the one that they are today.
    """
    now = gathered.facts.now
    lengths = [cap.within for cap in settings.limits.per_contact]
    lengths += [settings.limits.min_gap] if settings.limits.min_gap else []
    zone, holidays = zone_named(settings.timezone), PublicHolidays(settings.country)
    since = min(
        (to_epoch(add_duration(now, -length, zone, holidays)) for length in lengths),
        default=to_epoch(now),
    )
    origins = [recipe.origin for recipe in recipes]
    contested = [recipe.origin for recipe in recipes if has_winner(recipe)]
    begins = budget_begins(GateRules.of(now, settings))
    with state.reading() as connection:
        tables = {
            "enrollments": read_enrollments(connection, origins, tuple(Standing)),
            "templates": read_gone_templates(connection, origins),
            "marketing": read_marketing_since(connection, since),
        }
        if gathered.merges:
            for table in tables.values():
                table["contact"] = table["contact"].replace(dict(gathered.merges))
        books = Books(
            tables["enrollments"],
            read_sends_of_active(connection, origins),
            read_results(connection, contested) if contested else pd.DataFrame(),
            read_covering(connection, *address_keys_of(gathered.contacts)),
        )
        return History(
            books,
            tables["templates"],
            tables["marketing"],
            {name: count_released(connection, name, since) for name, since in begins.items()},
            waiting_by_channel(connection, to_epoch(now)),
        )


def make_plan(
    project: Project,
    cookbook: Cookbook,
    chosen: Sequence[str],
    gathered: Gathered,
    state: State,
    fixed: Mapping[str, Mapping[str, Any]] | None = None,
    watched: Cookbook | None = None,
    history: Following | None = None,
) -> Plan:
    """What a run of the `chosen` recipes would do now; reads the state and changes nothing.

    `fixed` has draws that fall as told, for tests: contact (key or address) → draw → outcome. `watched` is the
    cookbook whose stages, segments and fields are looked at for changes, where that is not `cookbook` itself. `history`
    names the fields whose changes are kept beside those: nothing that is planned hangs on them; None: as they are.
    """
    settings, now = project.settings, gathered.facts.now
    with state.reading() as connection:
        cookbook = _as_told(cookbook, read_overrides(connection))
    recipes = [cookbook.recipes[id] for id in chosen]
    running = [r for r in recipes if r.file.journey is not None]
    books = read_history(state, running, gathered, settings)
    inside = books.enrollments["status"] == Standing.ACTIVE
    old = old_recipes(state, cookbook, books.enrollments[inside])
    cookbook, running = old.join(cookbook), [*running, *(one.recipe for one in old.recipes)]
    running.sort(key=lambda recipe: (-recipe.journey.priority, recipe.id))
    holidays = PublicHolidays(settings.country)
    with state.reading() as connection:
        before = read_snapshots(connection)
    followed = cookbook if watched is None else watched
    facts = gathered.facts
    with kept(engine_for(facts, settings.engine)) as engine:
        noticed = notice(facts, followed, before, engine, holidays, history)
        gathered = replace(gathered, facts=noticed.facts)
        inquiry = Inquiry(
            gathered, cookbook, running, settings, engine, Versions.of(old), fixed, noticed.known
        )
        decisions, handovers, told = _decide(running, inquiry, books, settings, now)
    findings = (
        *gathered.findings,
        *noticed.findings,
        *old.findings,
        *inquiry.findings,
        *told,
        *stranded(decisions),
    )
    return Plan(
        now, tuple(decisions), cookbook, gathered, books, settings, noticed, findings, handovers, old
    )  # fmt: skip


def _as_told(cookbook: Cookbook, statuses: Mapping[str, str]) -> Cookbook:
    """`cookbook` with the statuses that commands gave its recipes (by original id) in place of their own."""
    if not statuses:
        return cookbook
    told = {}
    for id, recipe in cookbook.recipes.items():
        status = statuses.get(recipe.origin, recipe.file.status)
        told[id] = replace(recipe, file=recipe.file.model_copy(update={"status": status}))
    return Cookbook(told)


def _decide(
    recipes: Sequence[Recipe],
    inquiry: Inquiry,
    history: History,
    settings: Settings,
    now: datetime,
) -> tuple[list[Decisions], Frame, list[Finding]]:
    """Decide every recipe, in order of precedence, until nobody more is handed over, and what is worth telling of it.

    A handover may be to a recipe that has precedence, whose messages go first: then all is decided anew with
    those who are handed over known from the start. As many times as recipes can pass people on. Where that
    brings no rest, who is handed over comes in with the next run, which reads it in the state.
    """
    books = history.books
    origins = _origins(inquiry.cookbook)

    def decide_all() -> tuple[list[Decisions], Frame]:
        ledger = Ledger(
            history.templates, history.marketing, books.suppressions, dict(history.spent)
        )
        decisions = [
            decide(
                inquiry.situation(recipe, books),
                _judge(recipe, inquiry, settings, now, ledger),
            )
            for recipe in recipes
        ]
        return decisions, _handovers(decisions, origins)

    for _ in range(len(recipes) + 1):
        decisions, handovers = decide_all()
        before = books.handovers
        if set(handovers["id"]) == set(before.get("id", ())):
            return decisions, handovers, []
        books = replace(books, handovers=handovers)
    came_and_went = pd.concat([before, handovers]).drop_duplicates("id", keep=False)
    books = replace(books, handovers=no_handovers())
    decisions, handovers = decide_all()
    return decisions, handovers, [unsettled(decisions, set(came_and_went["recipe"]))]


def _origins(cookbook: Cookbook) -> dict[str, str]:
    """Every name that a recipe has or had → the one that the state knows it by."""
    names = {old: r.origin for r in cookbook for old in original_chain(r.id, r.file.moved)}
    return names | {recipe.id: recipe.origin for recipe in cookbook}


def _judge(
    recipe: Recipe, inquiry: Inquiry, settings: Settings, now: datetime, ledger: Ledger
) -> Judge:
    rules = GateRules.of(now, settings, recipe.journey.send_window, inquiry.holidays)
    return lambda intents: judge_intents(intents, rules, ledger)


def _handovers(decisions: Sequence[Decisions], origins: Mapping[str, str]) -> Frame:
    """Whom the `enroll` steps among the effects hand over."""
    columns = ["to", "contact", "at", "enrollment", "trigger", "recipe", "step", "id"]
    found = [d.effects[d.effects["kind"] == "enroll"] for d in decisions if len(d.effects)]
    told = joined(found)
    if told.empty:
        return pd.DataFrame(columns=columns)
    to = [origins.get(spec.enroll, spec.enroll) for spec in told["spec"]]
    return told.assign(to=to)[columns]
