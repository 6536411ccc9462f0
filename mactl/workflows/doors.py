"""Why somebody is not in a journey: which of the doors into it is closed to them."""

from collections.abc import Iterator

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


def closed_doors(
    explainer: Explainer, recipe: Recipe, later: Explainer | None = None
) -> Iterator[str]:
    """Each condition that keeps the contact of `explainer` out of the journey of `recipe`, with what was seen.

    `later` looks at what has happened since, where that differs from the moment at which they might have entered.
    """
    journey, enter = recipe.journey, recipe.journey.enter

    def ask(condition: Kind) -> Explanation:
        return explainer.conditions({"it": Question(condition, recipe.id)})["it"]

    if isinstance(enter, EnterByEvent):
        happened = EventCondition(event=enter.event, where=enter.where)
        found = (later or explainer).conditions({"it": Question(happened, recipe.id)})["it"]
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
