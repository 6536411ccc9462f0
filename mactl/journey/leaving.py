"""Who ends a journey early, and why: checked before every step."""

from typing import Any

import pandas as pd

from mactl.clock import from_epoch, to_epoch
from mactl.durations import add_duration
from mactl.journey.distinct import per_distinct
from mactl.journey.entering import is_per_key
from mactl.journey.situation import Column, Frame, Situation, look_up, subjects_of
from mactl.recipe.conditions import EventCondition
from mactl.recipe.enter import EnterByDate, EnterByHandover
from mactl.rules.text import describe
from mactl.store.tables import Standing

GOAL = "goal"
ARCHIVED = "archived"
_MERGED = "the same person is in the journey already"


def ended(people: Frame, status: "Standing | Column[str]", why: Any, situation: Situation) -> Frame:
    """`people` (id, contact) as enrollments that end now: id, contact, status, why, ended_at."""
    columns = {"id": people["id"], "contact": people["contact"], "status": status, "why": why}
    return pd.DataFrame({**columns, "ended_at": to_epoch(situation.now)})


def find_doubles(situation: Situation) -> Frame:
    """Rule 11: of two enrollments that turn out to be one person's, the one with the later trigger ends.

    Those in other versions of the recipe count; each version ends its own.
    """
    past = situation.past
    inside = past.inside.sort_values(["trigger_at", "id"], kind="stable")
    whose = ["contact", "occurrence"] if is_per_key(situation.journey) else ["contact"]
    later = inside[inside.duplicated(whose)]
    own = later[later["id"].isin(past.active["id"]) | later["id"].isin(waiting(situation)["id"])]
    return ended(own, Standing.MERGED, _MERGED, situation)


def waiting(situation: Situation) -> Frame:
    """Those whom the pace may let in: today's version does, whichever they were triggered by."""
    return situation.past.waiting.iloc[:0] if situation.is_old else situation.past.waiting


def meet_goal(people: Frame, situation: Situation) -> "Column[bool]":
    """Who meets the goal now, of those who had not met it; from the trigger on, for `goal.within`."""
    goal = situation.recipe.file.goal
    met = pd.Series(False, index=people.index)
    # What is done on it must not be lost while the recipe is paused: they meet it when that is over.
    is_put_off = bool(situation.journey.on_goal) and not situation.acting
    if goal is None or people.empty or is_put_off:
        return met
    until = None
    if goal.within is not None:
        within = goal.within
        until = per_distinct(
            lambda at: to_epoch(
                add_duration(from_epoch(at), within, situation.zone, situation.holidays)
            ),
            people["trigger_at"],
        ).astype("Int64")
    met = situation.ask_about(people, EventCondition(event=goal.event, where=goal.where), until)
    return met & people["goal_at"].isna()


def why_leave(people: Frame, met: "Column[bool]", situation: Situation) -> "Column[Any]":
    """Why each enrollment ends now, in the order of `leave`; null where it goes on."""
    reasons = pd.Series(pd.NA, index=people.index, dtype="object")
    if people.empty:
        return reasons
    journey = situation.journey
    conditions = {
        str(number): leave
        for number, leave in enumerate(journey.leave)
        if not isinstance(leave, str)
    }
    truth = situation.ask(subjects_of(people), conditions) if conditions else None
    for number, leave in enumerate(journey.leave):
        if leave == GOAL:
            # Who met it before the recipe was told to end with it leaves now.
            rows = met | people["goal_at"].notna()
        elif leave == "unmatched":
            rows = _unmatched(people, situation)
        else:
            assert truth is not None
            rows = look_up(people["id"], truth[str(number)])
        reasons[rows & reasons.isna()] = leave if isinstance(leave, str) else describe(leave)
    if situation.recipe.file.status == "archived":
        reasons = reasons.fillna(ARCHIVED)
    return reasons


def _unmatched(people: Frame, situation: Situation) -> "Column[bool]":
    """For whom the entry segment or `enter.if` no longer holds; nobody where there is nothing to match."""
    enter = situation.journey.enter
    if isinstance(enter, (EnterByDate, EnterByHandover)) and enter.if_ is None:
        return pd.Series(False, index=people.index)
    rows = ~look_up(people["contact"], situation.answers["matched"])
    if situation.trigger_if is not None:
        rows |= ~situation.ask_about(people, situation.trigger_if)
    return rows
