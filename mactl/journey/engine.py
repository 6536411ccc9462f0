"""The engine: one recipe's enrollments, moved on to where they stand at `now`.

All enrollments on one step advance together. The engine takes tables and gives back a table of decisions;
it asks nobody for the time and writes nothing.
"""

from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from mactl.clock import from_epoch, to_epoch
from mactl.durations import add_duration
from mactl.journey.distinct import per_distinct
from mactl.journey.entering import Entry, choose_entrants
from mactl.journey.graph import Graph
from mactl.journey.situation import Ask, Column, Frame, Judge, Situation, look_up
from mactl.journey.walk import Walk
from mactl.recipe.conditions import EventCondition
from mactl.recipe.journey import Case, ChooseStep, EnterByDate, Journey
from mactl.recipe.recipe import Recipe
from mactl.rules.text import describe
from mactl.store.ids import enrollment_ids

_ACTIVE = [
    "id",
    "contact",
    "occurrence",
    "version",
    "trigger_at",
    "trigger",
    "entered_at",
    "step",
    "arrived_at",
]


@dataclass
class Decisions:
    """What happens in one recipe at one `now`; every table has a row per enrollment or send."""

    recipe: Recipe
    entering: Frame
    """New enrollments: id, contact, occurrence, version, trigger_at, trigger, entered_at."""
    ended: Frame
    """Enrollments that end: id, contact, status (completed or left), why, ended_at."""
    standing: Frame
    """Enrollments that go on: id, contact, step, arrived_at, due_at (null: waits for an outcome)."""
    intents: Frame
    """Sends asked for, each with its verdict."""
    cancelled: Frame
    """Sends that were held, queued or deferred and must not go any more: id, why."""
    rejoined: list[str] = field(default_factory=list)
    """Ended enrollments whose contact is outside the entry segment now."""


def decide(situation: Situation, ask: Ask, judge: Judge) -> Decisions:
    """Leave, enter, advance (in this order), for everyone in the recipe at once."""
    active = situation.past.active
    entrants = _new_enrollments(situation)
    everyone = pd.concat([active[_ACTIVE], entrants[_ACTIVE]], ignore_index=True)
    journey = situation.journey
    reasons = _why_leave(everyone, situation, ask)
    if situation.recipe.file.status == "archived":
        reasons = reasons.fillna("archived")
    # Whoever meets a reason to leave before the first step stays out rather than entering to leave.
    is_new = everyone["id"].isin(entrants["id"])
    leaving = everyone[reasons.notna() & ~is_new]
    staying = everyone[reasons.isna()].reset_index(drop=True)
    left = pd.DataFrame(
        {
            "id": leaving["id"],
            "contact": leaving["contact"],
            "status": "left",
            "why": reasons[leaving.index],
            "ended_at": to_epoch(situation.now),
        }
    )
    walk = Walk(staying, situation, _branches(staying, journey, situation.graph, ask), judge)
    walk.run()
    ended = pd.concat([left, walk.completed()], ignore_index=True)
    entering = entrants[entrants["id"].isin(staying["id"])].reset_index(drop=True)
    return Decisions(
        situation.recipe, entering, ended, walk.standing(), walk.intents(),
        _cancelled(situation.sends, ended), _outside_again(situation, ended),
    )  # fmt: skip


def _new_enrollments(situation: Situation) -> Frame:
    candidates = situation.candidates
    if not situation.admitting:
        candidates = candidates.iloc[:0]
    eligible = situation.answers["matched"] & ~situation.answers["excluded"]
    candidates = candidates[look_up(candidates["contact"], eligible)]
    entry = Entry(situation.now, situation.zone)
    entrants = choose_entrants(candidates, situation.journey, situation.past, entry)
    recipe = situation.recipe
    recipes = [recipe.id] * len(entrants)
    return entrants.assign(
        id=enrollment_ids(recipes, entrants["contact"], entrants["occurrence"]),
        version=recipe.file.version,
        entered_at=to_epoch(situation.now),
        step=situation.graph.start,
        arrived_at=entrants["trigger_at"],
    )


def _subjects(enrollments: Frame) -> Frame:
    subjects = enrollments[["id", "contact"]].assign(since=enrollments["trigger_at"])
    return subjects.assign(until=pd.array([pd.NA] * len(subjects), dtype="Int64"))


def _why_leave(everyone: Frame, situation: Situation, ask: Ask) -> "Column[Any]":
    """Why each enrollment ends now, in the order of `leave`; null where it goes on."""
    journey, goal = situation.journey, situation.recipe.file.goal
    reasons = pd.Series(pd.NA, index=everyone.index, dtype="object")
    if everyone.empty:
        return reasons
    conditions = {
        f"condition {number}": leave
        for number, leave in enumerate(journey.leave, start=1)
        if not isinstance(leave, str)
    }
    subjects = _subjects(everyone)
    truth = ask(subjects, conditions) if conditions else None
    for number, leave in enumerate(journey.leave, start=1):
        if leave == "goal" and goal is not None:
            met = EventCondition(event=goal.event, where=goal.where)
            if goal.within is not None:
                within = goal.within
                subjects["until"] = per_distinct(
                    lambda at: to_epoch(add_duration(from_epoch(at), within, situation.zone)),  # noqa: B023
                    everyone["trigger_at"],
                ).astype("Int64")
            holds = ask(subjects, {"goal": met})["goal"]
        elif leave == "unmatched":
            if isinstance(journey.enter, EnterByDate) and journey.enter.if_ is None:
                continue
            matched = look_up(everyone["contact"], situation.answers["matched"])
            holds = pd.Series((~matched).to_numpy(), index=everyone["id"])
        elif truth is not None:
            holds = truth[f"condition {number}"]
        else:
            continue
        rows = look_up(everyone["id"], holds) & reasons.isna()
        reasons[rows] = leave if isinstance(leave, str) else describe(leave)
    return reasons


def _branches(staying: Frame, journey: Journey, graph: Graph, ask: Ask) -> Frame:
    """Every case of every `choose`, answered for everyone: columns `NODE 0`, `NODE 1`, …, indexed by id."""
    questions = {
        f"{node.id} {number}": case.when
        for node in graph
        if isinstance(node.step, ChooseStep)
        for number, case in enumerate(case for case in node.step.choose if isinstance(case, Case))
    }
    if not questions or staying.empty:
        return pd.DataFrame(index=pd.Index(staying["id"]))
    return ask(_subjects(staying), questions)


def _cancelled(sends: Frame, ended: Frame) -> Frame:
    """Leaving cancels what is held, queued or deferred."""
    pending = sends[sends["status"].isin(["held", "queued", "deferred"])]
    why = pending["enrollment"].map(ended.set_index("id")["why"])
    return pd.DataFrame({"id": pending["id"], "why": why})[why.notna()].reset_index(drop=True)


def _outside_again(situation: Situation, ended: Frame) -> list[str]:
    """For `again: on rejoin`: enrollments that ended, before or now, whose contact is outside the segment."""
    if situation.journey.again != "on rejoin":
        return []
    before = situation.past.enrollments
    before = before[(before["status"] != "active") & before["outside_at"].isna()]
    over = pd.concat([before[["id", "contact"]], ended[["id", "contact"]]], ignore_index=True)
    return list(over.loc[~look_up(over["contact"], situation.answers["matched"]), "id"])
