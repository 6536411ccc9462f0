"""The engine: one recipe's enrollments, moved on to where they stand at `now`.

All enrollments on one step advance together. The engine takes tables and gives back a table of decisions;
it asks nobody for the time and writes nothing.
"""

from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from mactl.clock import to_epoch
from mactl.journey.acting import on_goal
from mactl.journey.admitting import HOLDOUT, let_in, new_enrollments
from mactl.journey.leaving import GOAL, ended, find_doubles, meet_goal, waiting, why_leave
from mactl.journey.situation import Column, Frame, Judge, Situation, joined, look_up
from mactl.journey.walk import Walk
from mactl.journey.walking import walk_on
from mactl.recipe.moved import current, original
from mactl.recipe.recipe import Recipe
from mactl.store.tables import Standing

INSIDE, WAITING, NEW = "inside", "waiting", "new"
"""Where people are when a run begins: in the journey, kept waiting by the pace, or about to enter."""
_PERSON = [
    "id", "contact", "occurrence", "version", "trigger_at", "trigger", "entered_at", "step", "arrived_at",
    "draws", "goal_at",
]  # fmt: skip
_KEPT = ["id", "draws", "goal_at"]
_PENDING = ("held", "queued", "deferred")
# Most of the tables of most runs have no rows, and making one of none takes as long as one of a thousand.
_NOBODY = pd.DataFrame({name: [] for name in ("id", "contact", "step", "status", "why")})


@dataclass
class Decisions:
    """What happens in one recipe at one `now`; every table has a row per enrollment, send or effect."""

    recipe: Recipe
    entering: Frame
    """New enrollments: the columns of `_PERSON`; trigger and draws are dicts."""
    waiting: Frame
    """Those that the pace lets in later: as `entering`, and due_at."""
    ended: Frame
    """Enrollments that end: id, contact, status (completed, left, out or merged), why, ended_at."""
    standing: Frame
    """Enrollments that go on: id, contact, step, arrived_at, due_at (null: waits for an outcome)."""
    intents: Frame
    """Sends asked for, each with its verdict."""
    effects: Frame
    """What acting steps do; see `acting.EFFECT`."""
    cancelled: Frame
    """Sends that were held, queued or deferred and must not go any more: id, why."""
    places: Frame
    """Of all that were moved: id, draws (a dict), goal_at."""
    rejoined: list[str] = field(default_factory=list)
    """Ended enrollments whose contact is outside the entry segment now."""
    is_old: bool = False
    """Whether it is an earlier version, whose people finish it."""
    passed: set[tuple[str, str]] = field(default_factory=set)
    """(node, the node that came next), wherever somebody went on: what tests have walked."""


def decide(situation: Situation, judge: Judge) -> Decisions:
    """Leave, enter, advance (in this order), for everyone in the recipe at once."""
    doubles = find_doubles(situation) if len(situation.past.inside) > 1 else _NOBODY
    everyone = _everyone(situation, doubles)
    if everyone.empty:
        return _nothing_but(doubles, situation)
    people = _meeting_goal(everyone, situation)
    reasons = _why_out(people, situation)
    # Whoever meets a reason to leave before the first step stays out rather than entering to leave.
    out = reasons.notna()
    leaving, staying = people[out & (people["place"] != NEW)], people[~out]
    is_inside = staying["place"] == INSIDE
    entering, waiting_on = let_in(staying[~is_inside], situation)
    inside = joined([staying[is_inside], entering])
    walk = Walk(inside.reset_index(drop=True), situation)
    walk_on(walk, judge)
    over = joined([_left(leaving, reasons, situation), doubles, walk.completed()])
    told = joined([leaving, inside])
    met = told[told["met"].astype(bool)]
    return Decisions(
        situation.recipe,
        entering[_PERSON],
        waiting_on[[*_PERSON, "due_at"]],
        over,
        walk.standing(),
        walk.intents(),
        joined([on_goal(met, situation), *walk.effects]),
        _cancelled(situation.sends, over, walk.jumped),
        joined([walk.people[_KEPT], leaving[_KEPT]]),
        _outside_again(situation, over),
        situation.is_old,
        walk.passed,
    )


def _nothing_but(doubles: Frame, situation: Situation) -> Decisions:
    """What happens where there is nobody to move."""
    cancelled = _cancelled(situation.sends, doubles, [])
    rejoined = _outside_again(situation, doubles)
    return Decisions(
        situation.recipe, _NOBODY, _NOBODY, doubles, _NOBODY, _NOBODY, _NOBODY, cancelled, _NOBODY,
        rejoined, situation.is_old,
    )  # fmt: skip


def _left(leaving: Frame, reasons: "Column[Any]", situation: Situation) -> Frame:
    """`leaving` as enrollments that end, each for its reason."""
    if leaving.empty:
        return _NOBODY
    statuses = leaving["place"].map({INSIDE: str(Standing.LEFT), WAITING: str(Standing.OUT)})
    return ended(leaving, statuses, reasons[leaving.index], situation)


def _everyone(situation: Situation, doubles: Frame) -> Frame:
    """All who may be moved: those inside, those whom the pace keeps waiting, and those who would enter; `place`
    tells which."""
    parts = [
        (INSIDE, _standing_where_they_are(situation.past.active, situation)),
        (WAITING, waiting(situation)),
    ]
    if len(situation.candidates) or len(situation.handovers):
        parts.append((NEW, new_enrollments(situation)))
    found = [part[_PERSON].assign(place=place) for place, part in parts if len(part)]
    if not found:
        return _NOBODY
    people = joined(found)
    if len(doubles):
        people = people[~people["id"].isin(doubles["id"])].reset_index(drop=True)
    held_out = [bool(draws.get(HOLDOUT)) for draws in people["draws"]]
    return people.assign(is_held_out=pd.Series(held_out, index=people.index, dtype="bool"))


def _meeting_goal(people: Frame, situation: Situation) -> Frame:
    """`people` with `met`: who meets the goal now, which is remembered of those who are in the journey."""
    asks = bool(situation.journey.on_goal) or GOAL in situation.journey.leave
    counts = asks | (people["place"] == WAITING) | (situation.journey.pace is not None)
    met = pd.Series(False, index=people.index)
    met[counts] = meet_goal(people[counts], situation)
    reached = people["goal_at"].astype("Int64").mask(met, to_epoch(situation.now))
    return people.assign(met=met, goal_at=reached.where(people["place"] != WAITING))


def _why_out(people: Frame, situation: Situation) -> "Column[Any]":
    """Why each enrollment ends or does not begin; null where it goes on.

    Who met the goal while the pace kept them waiting stays out, whether it would end the journey or not.
    """
    reasons = why_leave(people, people["met"], situation)
    before = people["place"] == WAITING
    if situation.journey.pace is not None:
        before |= people["place"] == NEW
    return reasons.mask(before & people["met"] & reasons.isna(), GOAL)


def _standing_where_they_are(active: Frame, situation: Situation) -> Frame:
    """`active` on steps that there are: who stood on a retired one goes on at the step it names."""
    file = situation.recipe.file
    if not file.retired:
        return active
    leads_to = {old: situation.graph.resolve(current(old, file.retired)) for old in file.retired}
    retired = {original(old, file.moved): to for old, to in leads_to.items()}
    return active.assign(step=active["step"].replace(retired))


def _cancelled(sends: Frame, ended: Frame, jumped: list[str]) -> Frame:
    """Leaving cancels what is held, queued or deferred, and so does a jump past it."""
    if sends.empty or (ended.empty and not jumped):
        return _NOBODY
    pending = sends[sends["status"].isin(_PENDING)]
    why = pending["enrollment"].map(ended.set_index("id")["why"]).astype("object")
    why = why.mask(pending["enrollment"].isin(jumped) & why.isna(), "a milestone further on is met")
    return pd.DataFrame({"id": pending["id"], "why": why})[why.notna()].reset_index(drop=True)


def _outside_again(situation: Situation, ended: Frame) -> list[str]:
    """For `again: on rejoin`: enrollments that ended, before or now, whose contact is outside the segment."""
    if situation.journey.again != "on rejoin":
        return []
    before = situation.past.enrollments
    over = ~before["status"].isin([Standing.ACTIVE, Standing.WAITING])
    before = before[over & before["outside_at"].isna()]
    gone = joined([before[["id", "contact"]], ended[["id", "contact"]]])
    if gone.empty:
        return []
    return list(gone.loc[~look_up(gone["contact"], situation.answers["matched"]), "id"])
