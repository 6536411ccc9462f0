"""`mactl plan`: what the next run would do, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd
import pyarrow as pa

from mactl.clock import to_epoch, zone_named
from mactl.durations import add_duration
from mactl.findings import Finding, Severity
from mactl.journey.engine import Decisions, decide
from mactl.journey.entering import (
    Entry,
    Past,
    candidates_by_date,
    candidates_by_event,
    candidates_by_segment,
)
from mactl.journey.gates import GateRules, Ledger, judge_intents
from mactl.journey.graph import build_graph
from mactl.journey.grounds import ground_conditions, opt_out_conditions, why_no_ground
from mactl.journey.situation import Situation
from mactl.project import Project, Settings
from mactl.recipe.conditions import ALWAYS, All, Kind, SegmentCondition
from mactl.recipe.cookbook import Cookbook
from mactl.recipe.journey import EnterByDate, EnterByEvent, EnterBySegment, Journey
from mactl.recipe.recipe import Recipe
from mactl.rules.evaluate import Question, evaluate
from mactl.rules.select import select_events
from mactl.store.journeys import (
    read_enrollments,
    read_gone_templates,
    read_marketing_since,
    read_sends_of_active,
)
from mactl.store.state import State
from mactl.store.suppressions import read_suppressions
from mactl.store.tables import Standing
from mactl.workflows.gathering import Gathered

Frame = pd.DataFrame


@dataclass(frozen=True)
class History:
    """What the state says of the recipes before the run."""

    enrollments: Frame
    sends: Frame
    templates: Frame
    marketing: Frame
    suppressions: Frame


@dataclass(frozen=True)
class Plan:
    """Everything that a run at `now` does, recipe by recipe in order of precedence."""

    now: datetime
    decisions: tuple[Decisions, ...]
    gathered: Gathered
    settings: Settings

    def table(self, name: str) -> Frame:
        """The tables called `name` of all decisions as one, with a column `recipe`."""
        frames = [getattr(d, name).assign(recipe=d.recipe.id) for d in self.decisions]
        found = [frame for frame in frames if not frame.empty]
        return pd.concat(found, ignore_index=True) if found else pd.DataFrame()

    def intents(self, verdict: str) -> Frame:
        """The intents with this verdict."""
        intents = self.table("intents")
        return intents[intents["verdict"] == verdict] if len(intents) else intents


def read_history(
    state: State, recipes: Sequence[str], settings: Settings, now: datetime
) -> History:
    """What the state says of `recipes` and of what counts against caps at `now`."""
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
        )


def make_plan(
    project: Project, cookbook: Cookbook, chosen: Sequence[str], gathered: Gathered, state: State
) -> Plan:
    """What a run of the `chosen` recipes would do now; reads the state and changes nothing."""
    settings, facts = project.settings, gathered.facts
    recipes = [cookbook.recipes[id] for id in chosen]
    running = [r for r in recipes if r.file.journey is not None and r.file.status != "draft"]
    running.sort(key=lambda r: (-_journey(r).priority, r.id))
    history = read_history(state, [r.id for r in running], settings, facts.now)
    answers = evaluate(
        facts, cookbook, _contact_questions(running, settings), engine=settings.engine
    )
    ledger = Ledger(history.templates, history.marketing, history.suppressions)
    rules = GateRules(facts.now, settings.limits, settings.timezone)
    decisions = []
    for recipe in running:
        situation = _situation(recipe, cookbook, gathered, history, answers, settings)

        def ask(subjects: Frame, questions: Mapping[str, Kind], id: str = recipe.id) -> Frame:
            asked = {name: Question(condition, id) for name, condition in questions.items()}
            return evaluate(facts, cookbook, asked, engine=settings.engine, subjects=subjects)

        decisions.append(
            decide(situation, ask, lambda intents: judge_intents(intents, rules, ledger))
        )
    return Plan(facts.now, tuple(decisions), gathered, settings)


def _journey(recipe: Recipe) -> Journey:
    assert recipe.file.journey is not None
    return recipe.file.journey


def _contact_questions(recipes: Sequence[Recipe], settings: Settings) -> dict[str, Question]:
    """Every condition on contacts that the recipes' journeys and grounds ask about, named by recipe."""
    questions = {}
    for recipe in recipes:
        journey, id = _journey(recipe), recipe.id
        entering: list[Kind] = [journey.enter.if_ or ALWAYS]
        if isinstance(journey.enter, EnterBySegment):
            entering.append(SegmentCondition(segment=journey.enter.segment))
        questions[f"{id} matched"] = Question(All(all=tuple(entering)), id)
        if journey.exclude is not None:
            questions[f"{id} excluded"] = Question(journey.exclude, id)
        if recipe.file.privacy is not None:
            for basis, condition in ground_conditions(recipe.file.privacy, settings).items():
                questions[f"{id} ground {basis}"] = Question(condition, id)
            for topic, condition in opt_out_conditions(settings).items():
                if topic == recipe.file.privacy.topic:
                    questions[f"{id} opted out"] = Question(condition, id)
    return questions
