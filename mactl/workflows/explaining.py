"""`mactl explain`: why one contact is where they are."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import select

from mactl.clock import to_epoch, zone_named
from mactl.durations import Duration, add_duration
from mactl.findings import Finding
from mactl.journey.gates import GateRules, Ledger, gate_by_gate
from mactl.journey.graph import build_graph
from mactl.journey.verdicts import Gate
from mactl.journey.words import node_line
from mactl.project import Project
from mactl.recipe.cookbook import Cookbook
from mactl.rules.evaluate import evaluate
from mactl.rules.explain import Explainer, Explanation, ScoreExplanation
from mactl.rules.names import STAGE
from mactl.rules.questions import Question
from mactl.store.frames import read_frame
from mactl.store.state import State
from mactl.store.tables import enrollments, events, sends
from mactl.workflows.doors import closed_doors
from mactl.workflows.gathering import Gathered, Sources, gather, gather_events
from mactl.workflows.opening import open_state
from mactl.workflows.persons.finding import find_person
from mactl.workflows.planning.following import tracked
from mactl.workflows.planning.plan import Plan, make_plan
from mactl.workflows.planning.running import ready_recipes
from mactl.workflows.playing.ticking import Clock
from mactl.workflows.playing.world import World
from mactl.workflows.rows import plain_rows
from mactl.workflows.timing.crowd import Crowd
from mactl.workflows.writing.letters import foresee
from mactl.workflows.writing.templates import compile_templates
from mactl.working_days import PublicHolidays


@dataclass(frozen=True)
class Passage:
    """One contact's way through one journey; instants in epoch seconds."""

    recipe: str
    status: str
    occurrence: str
    entered_at: int
    stands_on: str | None
    """The step in words, where the journey goes on."""
    due_at: int | None
    why: str | None


@dataclass(frozen=True)
class Contact:
    """Everything `explain` says of one contact."""

    key: str
    address: str | None
    segments: dict[str, Explanation]
    scores: dict[str, ScoreExplanation]
    ladder: dict[str, Explanation]
    """Each stage with its condition, lowest first."""
    stage: str | None
    labels: dict[str, dict[str, Explanation]]
    passages: tuple[Passage, ...]
    sends: tuple[dict[str, Any], ...]
    """Rows of the table of sends, by due time."""
    next: tuple[dict[str, Any], ...]
    """What the next run would do for them: recipe, what, why, and of a send gates: each gate with why it stops it,
    or None where it passes."""
    coming: tuple[dict[str, Any], ...]
    """What the runs of the next weeks would do, if nothing else happens: at (epoch seconds), recipe, what, why."""
    outside: dict[str, tuple[str, ...]]
    """Recipe → why they are not in its journey."""
    history: tuple[dict[str, Any], ...]
    """What mactl noticed of them and did beside sending: at, event, properties; oldest first."""
    findings: tuple[Finding, ...]
    zone: str


def explain_contact(
    project: Project, paths: Sequence[str], who: str, sources: Sources, now: datetime
) -> Contact:
    """All that is known of `who`, an address or a key, and why.

    Raises UsageError where there is no such contact.
    """
    selection = ready_recipes(project, paths)
    cookbook = selection.cookbook
    with open_state(project) as state:
        gathered = gather(project, sources, state, now, tracked(cookbook).changed)
        contacts = gathered.contacts
        with state.reading() as connection:
            id = str(contacts.index[find_person(gathered.people, who, project, connection)])
        plan = make_plan(project, cookbook, selection.chosen, gathered, state)
        plan = foresee(project, plan, state)
        with state.reading() as connection:
            own = read_frame(connection, select(enrollments).where(enrollments.c.contact == id))
            told = read_frame(
                connection,
                select(events.c.at, events.c.event, events.c.properties)
                .where(events.c.contact == id)
                .order_by(events.c.at, events.c.number),
            )
            sent = read_frame(connection, select(sends).where(sends.c.contact == id))
        coming = tuple(_coming(project, cookbook, selection.chosen, gathered, sources, state, id))
    engine, holidays = project.settings.engine, PublicHolidays(project.settings.country)
    explainer = Explainer(plan.gathered.facts, cookbook, id, engine, holidays)
    asked = {name: Question(who, name.partition(".")[0]) for name, who in cookbook.segments.items()}
    standing = {"stage": STAGE} if cookbook.stages else {}
    stage = evaluate(gathered.facts.about(id), cookbook, standing, engine=project.settings.engine)
    return Contact(
        key=str(contacts.loc[id, "key"]),
        address=plain_rows(contacts.loc[[id]])[0]["address"],
        segments=explainer.conditions(asked),
        scores={name: explainer.score(name) for name in cookbook.scores},
        ladder=explainer.stages(),
        stage=plain_rows(stage)[0]["stage"] if standing else None,
        labels={name: explainer.label(name) for name in cookbook.labels},
        passages=tuple(_passage(row, plan) for row in plain_rows(own.sort_values("entered_at"))),
        sends=tuple(plain_rows(sent.sort_values("due_at"))),
        next=tuple(_next(plan, id)),
        coming=coming,
        outside=_outside(plan, own, explainer),
        history=tuple(
            {**row, "properties": json.loads(row["properties"])} for row in plain_rows(told)
        ),
        findings=gathered.findings,
        zone=project.settings.timezone,
    )


AHEAD = Duration(days=60)
"""How far `coming` looks."""


def _coming(
    project: Project,
    cookbook: Cookbook,
    chosen: Sequence[str],
    gathered: Gathered,
    sources: Sources,
    state: State,
    id: str,
) -> Iterator[dict[str, Any]]:
    """What the runs after the next one would do for one contact: the same runs, on a copy of the state."""
    settings, now = project.settings, gathered.facts.now
    crowd = Crowd(gathered.people, gather_events(project, sources, gathered.people)).among({id})
    templates, _ = compile_templates([], settings, project.folder)
    with state.copy() as copy:
        world = World(project, cookbook, chosen, crowd, copy, templates, writes=False)
        end = add_duration(now, AHEAD, zone_named(settings.timezone))
        for moment, tick in Clock(world, now, end).ticks():
            if moment > now:
                for step in _next(tick.plan, id):
                    yield {"at": to_epoch(moment), **step}


def _outside(plan: Plan, own: pd.DataFrame, explainer: Explainer) -> dict[str, tuple[str, ...]]:
    """Why one contact neither is in nor enters each of the journeys; those that they are in are left out."""
    inside = set(own.loc[own["status"].isin(["active", "waiting"]), "recipe"])
    entering = plan.table("entering")
    inside |= set(entering.loc[entering["contact"] == explainer.contact, "recipe"])
    found: dict[str, tuple[str, ...]] = {}
    for decided in plan.decisions:
        recipe = decided.recipe
        if recipe.origin in inside or decided.is_old:
            continue
        if (own["recipe"] == recipe.origin).any() and recipe.journey.again == "never":
            found[recipe.id] = ("they went through it before, and again is never",)
            continue
        reasons = list(closed_doors(explainer, recipe))
        if recipe.file.status != "live":
            reasons.insert(0, f"the recipe is {recipe.file.status}")
        found[recipe.id] = tuple(reasons) or ("what lets people in did not come anew",)
    return found


def _passage(row: dict[str, Any], plan: Plan) -> Passage:
    recipe = next((d.recipe for d in plan.decisions if d.recipe.id == row["recipe"]), None)
    stands_on = None
    if row["status"] == "active":
        stands_on = row["step"]
        if recipe is not None and recipe.file.journey is not None:
            graph = build_graph(recipe.file.journey, recipe.file.moved)
            if row["step"] in graph.nodes:
                stands_on = node_line(graph[row["step"]])
    return Passage(
        row["recipe"], row["status"], row["occurrence"], row["entered_at"], stands_on,
        row["due_at"], row["why"],
    )  # fmt: skip


def _verdicts(plan: Plan, id: str) -> dict[str, dict[str, str | None]]:
    """Send → gate → why it stops that send, or None where it lets it pass; each gate asked by itself."""
    found: dict[str, dict[str, str | None]] = {}
    history, holidays = plan.history, PublicHolidays(plan.settings.country)
    for decided in plan.decisions:
        intents = decided.intents
        mine = intents[intents["contact"] == id] if len(intents) else intents
        if mine.empty:
            continue
        window = decided.recipe.journey.send_window
        rules = GateRules.of(plan.now, plan.settings, window, holidays)
        ledger = Ledger(
            history.templates, history.marketing, history.books.suppressions, dict(history.spent)
        )
        for send, stops in zip(mine["id"], gate_by_gate(mine, rules, ledger), strict=True):
            found[str(send)] = {str(gate): stops.get(gate) for gate in Gate}
    return found


def _next(plan: Plan, id: str) -> list[dict[str, Any]]:
    """What the next run would do for one contact: recipe, what, why."""
    steps = []

    def add(recipe: str, what: str, why: str | None, gates: Mapping[str, str | None]) -> None:
        steps.append({"recipe": recipe, "what": what, "why": why, "gates": dict(gates)})

    def own(table: str) -> list[dict[str, Any]]:
        found = plan.table(table)
        return plain_rows(found[found["contact"] == id])

    for row in own("entering"):
        add(row["recipe"], f"enters ({row['occurrence']})", None, {})
    verdicts = _verdicts(plan, id)
    words = {"queue": "is sent", "hold": "is held", "skip": "is skipped"}
    for row in own("intents"):
        why = row["ground"] if row["verdict"] == "queue" else f"{row['gate']}: {row['reason']}"
        add(row["recipe"], f"{row['template']} {words[row['verdict']]}", why, verdicts[row["id"]])
    for row in own("ended"):
        add(row["recipe"], "leaves" if row["status"] == "left" else "ends", row["why"], {})
    return steps
