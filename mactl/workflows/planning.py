"""`mactl plan`: what the next run would do, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from mactl.clock import to_epoch, zone_named
from mactl.durations import add_duration
from mactl.journey.engine import Decisions, decide
from mactl.journey.gates import GateRules, Ledger, judge_intents
from mactl.project import Project, Settings
from mactl.recipe.cookbook import Cookbook
from mactl.rules.engine import engine_named
from mactl.store.journeys import (
    read_enrollments,
    read_gone_templates,
    read_marketing_since,
    read_sends_of_active,
)
from mactl.store.ledger import count_waiting
from mactl.store.state import State
from mactl.store.suppressions import read_suppressions
from mactl.store.tables import Standing
from mactl.workflows.gathering import Gathered
from mactl.workflows.rows import plain_rows
from mactl.workflows.situations import Inquiry

Frame = pd.DataFrame


@dataclass(frozen=True)
class History:
    """What the state says of the recipes before the run."""

    enrollments: Frame
    sends: Frame
    templates: Frame
    marketing: Frame
    suppressions: Frame
    waiting: int
    """Sends of earlier runs that the next one sends too: queued, or deferred and due again."""


@dataclass(frozen=True)
class Plan:
    """Everything that a run at `now` does, recipe by recipe in order of precedence."""

    now: datetime
    decisions: tuple[Decisions, ...]
    gathered: Gathered
    history: History
    settings: Settings

    def table(self, name: str) -> Frame:
        """The tables called `name` of all decisions as one, with a column `recipe`."""
        frames = [
            getattr(decided, name).assign(recipe=decided.recipe.id) for decided in self.decisions
        ]
        found = [frame for frame in frames if not frame.empty]
        return (
            pd.concat(found, ignore_index=True)
            if found
            else pd.DataFrame(columns=["recipe", "contact"])
        )

    def intents(self, verdict: str) -> Frame:
        """The intents with this verdict, in order of precedence."""
        intents = self.table("intents")
        return intents[intents["verdict"] == verdict] if "verdict" in intents else intents

    def rows(self, table: Frame) -> list[dict[str, Any]]:
        """The rows of one of these tables, with the contact's current key as `key`.

        A contact who is gone from the sources goes by the internal id.
        """
        keys = table["contact"].map(self.gathered.contacts["key"]).fillna(table["contact"])
        return plain_rows(table.assign(key=keys))


def read_history(
    state: State, recipes: Sequence[str], settings: Settings, now: datetime
) -> History:
    """What the state says of `recipes`, and of what counts against caps at `now`."""
    lengths = [cap.within for cap in settings.limits.per_contact]
    lengths += [settings.limits.min_gap] if settings.limits.min_gap else []
    zone = zone_named(settings.timezone)
    since = min(
        (to_epoch(add_duration(now, -length, zone)) for length in lengths), default=to_epoch(now)
    )
    with state.reading() as connection:
        return History(
            read_enrollments(connection, recipes, tuple(Standing)),
            read_sends_of_active(connection, recipes),
            read_gone_templates(connection, recipes),
            read_marketing_since(connection, since),
            read_suppressions(connection),
            count_waiting(connection, to_epoch(now)),
        )


def make_plan(
    project: Project, cookbook: Cookbook, chosen: Sequence[str], gathered: Gathered, state: State
) -> Plan:
    """What a run of the `chosen` recipes would do now; reads the state and changes nothing."""
    settings, now = project.settings, gathered.facts.now
    recipes = [cookbook.recipes[id] for id in chosen]
    running = [r for r in recipes if r.file.journey is not None]
    running.sort(key=lambda recipe: (-recipe.journey.priority, recipe.id))
    history = read_history(state, [recipe.id for recipe in running], settings, now)
    inquiry = Inquiry(gathered, cookbook, running, settings, engine_named(settings.engine))
    ledger = Ledger(history.templates, history.marketing, history.suppressions)
    rules = GateRules(now, settings.limits, settings.timezone)
    decisions = []
    for recipe in running:
        situation = inquiry.situation(recipe, history.enrollments, history.sends)
        decisions.append(
            decide(
                situation,
                inquiry.asking(recipe),
                lambda intents: judge_intents(intents, rules, ledger),
            )
        )
    return Plan(now, tuple(decisions), gathered, history, settings)
