"""Why somebody is not in a journey: which of the doors into it is closed to them."""

from collections.abc import Iterator

import pandas as pd

from mactl.clock import from_epoch, to_epoch
from mactl.durations import add_duration
from mactl.journey.leaving import GOAL
from mactl.recipe.conditions import EventCondition, Kind, SegmentCondition
from mactl.recipe.enter import (
    EnterByDate,
    EnterByEvent,
    EnterByHandover,
    EnterBySegment,
    EnterBySlot,
)
from mactl.recipe.recipe import Recipe
from mactl.rules.explain import Explainer, Explanation
from mactl.rules.questions import Question
from mactl.rules.select import select_events


def closed_doors(
    explainer: Explainer, recipe: Recipe, later: Explainer | None = None
) -> Iterator[str]:
    """Each condition that keeps the contact of `explainer` out of the journey of `recipe`, with what was seen.

    Where none does, each reason to leave that they have before the first step. `later` looks at what has happened
    since, where that differs from the moment at which they might have entered.
    """
    shut = list(_shut(explainer, recipe, later or explainer))
    yield from shut or _ways_out(later or explainer, recipe)


def _shut(explainer: Explainer, recipe: Recipe, later: Explainer) -> Iterator[str]:
    journey, enter = recipe.journey, recipe.journey.enter

    def ask(condition: Kind) -> Explanation:
        return explainer.conditions({"it": Question(condition, recipe.id)})["it"]

    if isinstance(enter, EnterByEvent):
        happened = EventCondition(event=enter.event, where=enter.where)
        found = later.conditions({"it": Question(happened, recipe.id)})["it"]
        if not found.holds:
            yield in_words(found)
    elif isinstance(enter, (EnterBySegment, EnterBySlot)):
        found = ask(SegmentCondition(segment=enter.segment))
        if not found.holds:
            yield in_words(found)
    elif isinstance(enter, EnterByDate):
        yield f"the date of {enter.date} did not come"
    elif isinstance(enter, EnterByHandover):
        yield "no recipe handed them over"
    if not isinstance(enter, EnterByHandover) and enter.if_ is not None:
        found = ask(enter.if_)
        if not found.holds:
            yield f"enter.if is false: {in_words(found)}"
    if journey.exclude is not None:
        found = ask(journey.exclude)
        if found.holds:
            yield f"exclude holds: {in_words(found)}"
    goal = recipe.file.goal
    if goal is not None and goal.within is not None and isinstance(enter, EnterBySegment):
        met = ask(EventCondition(event=goal.event, where=goal.where, within_last=goal.within))
        if met.holds:
            yield f"they met the goal before: {in_words(met)}"


def _ways_out(explainer: Explainer, recipe: Recipe) -> Iterator[str]:
    """Each reason to leave that they would have on entering: who has one stays out."""
    subject, since = _entering(explainer, recipe)
    if subject.empty:
        return
    journey, goal = recipe.journey, recipe.file.goal
    if goal is not None and (GOAL in journey.leave or journey.pace is not None):
        about = subject
        if goal.within is not None:
            until = add_duration(
                from_epoch(since), goal.within, explainer.facts.zone, explainer.holidays
            )
            about = subject.assign(until=pd.array([to_epoch(until)], dtype="Int64"))
        condition = EventCondition(event=goal.event, where=goal.where)
        met = explainer.conditions({"it": Question(condition, recipe.id)}, about)["it"]
        if met.holds:
            yield f"they met the goal before the first step: {in_words(met)}"
    asked = {
        str(number): Question(leave, recipe.id)
        for number, leave in enumerate(journey.leave)
        if not isinstance(leave, str)
    }
    for found in explainer.conditions(asked, subject).values():
        if found.holds:
            yield f"they had a reason to leave before the first step: {in_words(found)}"


def _entering(explainer: Explainer, recipe: Recipe) -> tuple[pd.DataFrame, int]:
    """The contact as who would enter, at the last event that lets them in, else now, and that instant (epoch seconds);
    an empty table for a handover."""
    enter, facts = recipe.journey.enter, explainer.facts
    since, trigger = to_epoch(facts.now), {}
    is_known = not isinstance(enter, EnterByHandover)
    if isinstance(enter, EnterByEvent):
        mine = facts.about(explainer.contact)
        found = select_events(mine, enter.event, enter.where, engine=explainer.engine)
        is_known = len(found) > 0
        if is_known:
            since, trigger = int(found["at"].iloc[-1]), found["properties"].iloc[-1]
    subject = pd.DataFrame(
        {
            "id": [""],
            "contact": [explainer.contact],
            "since": [since],
            "until": pd.array([pd.NA], dtype="Int64"),
            "trigger": [trigger],
        }
    )
    return (subject if is_known else subject.iloc[:0]), since


def in_words(explanation: Explanation) -> str:
    """The parts that decide, each with what was seen: `nps is at most 6 (8)`."""
    return ", ".join(dict.fromkeys(_deciding(explanation)))


def _deciding(explanation: Explanation) -> Iterator[str]:
    parts = explanation.parts
    if not parts:
        seen = "" if explanation.seen is None else f" ({explanation.seen})"
        yield f"{explanation.text}{seen}{'' if explanation.holds else ': no'}"
        return
    is_negation = explanation.text.startswith("not (")
    blamed = [part for part in parts if part.holds is not (explanation.holds is is_negation)]
    for part in blamed or parts:
        yield from _deciding(part)
