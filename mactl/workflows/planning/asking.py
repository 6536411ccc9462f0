"""What the journeys of recipes ask about all contacts: who may enter, who is kept out, on which ground."""

from collections.abc import Iterable, Sequence

from mactl.journey.graph import Graph, build_graph
from mactl.journey.grounds import ground_conditions
from mactl.project import Settings
from mactl.recipe.conditions import (
    ALWAYS,
    All,
    EventCondition,
    Kind,
    SegmentCondition,
    TriggerCondition,
)
from mactl.recipe.enter import EnterBySegment, EnterBySlot
from mactl.recipe.operators import TimeTest
from mactl.recipe.recipe import Recipe
from mactl.recipe.steps import SendStep, SplitStep
from mactl.recipe.walk import walk
from mactl.rules.consent import consent_is
from mactl.rules.names import Definition
from mactl.rules.questions import AnyQuestion, Question

_EVER = TimeTest(after="0001-01-02")
"""A test that every instant passes."""


def has_winner(recipe: Recipe) -> bool:
    """Whether a split of the recipe waits to see which arm did best."""
    steps = (part for _, part in walk(recipe.file.journey))
    return any(isinstance(step, SplitStep) and step.winner is not None for step in steps)


def _asks_about_trigger(condition: Kind) -> bool:
    return any(
        isinstance(part, TriggerCondition) or (isinstance(part, EventCondition) and part.same)
        for _, part in walk(condition)
    )


def trigger_if(recipe: Recipe) -> Kind | None:
    """What `enter.if` asks, where it asks about what triggered them; None where it is about the contact alone."""
    condition = recipe.journey.enter.if_
    return condition if condition is not None and _asks_about_trigger(condition) else None


def channels_of(recipe: Recipe, graph: Graph, settings: Settings) -> Iterable[str]:
    """The channels on which the recipe may write to people."""
    named = {
        name for node in graph if isinstance(node.step, SendStep) for name in node.step.send.channel
    }
    declared = set(settings.channels) if "preferred" in named else set()
    return sorted({"email", *named, *declared} - {"preferred"})


def contact_questions(recipes: Sequence[Recipe], settings: Settings) -> dict[str, AnyQuestion]:
    """Every condition on contacts that the recipes' journeys and grounds ask about, named by recipe."""
    questions: dict[str, AnyQuestion] = {
        f"never {segment}": Definition("segment", segment) for segment in settings.limits.never
    }
    for recipe in recipes:
        questions |= _entry_questions(recipe)
        journey, id = recipe.journey, recipe.id
        if journey.exclude is not None:
            questions[f"{id} excluded"] = Question(journey.exclude, id)
        privacy = recipe.file.privacy
        if privacy is not None:
            graph = build_graph(journey)
            for channel in channels_of(recipe, graph, settings):
                for basis, condition in ground_conditions(privacy, settings, channel).items():
                    questions[f"{id} ground {channel} {basis}"] = Question(condition, id)
            opted_out = consent_is("withdrawn", privacy.topic or "")
            questions[f"{id} opted out"] = Question(opted_out, id)
    return questions


def _entry_questions(recipe: Recipe) -> dict[str, AnyQuestion]:
    enter, goal, id = recipe.journey.enter, recipe.file.goal, recipe.id
    questions: dict[str, AnyQuestion] = {}
    entering: list[Kind] = []
    if enter.if_ is not None and not _asks_about_trigger(enter.if_):
        entering.append(enter.if_)
    if isinstance(enter, (EnterBySegment, EnterBySlot)):
        entering.append(SegmentCondition(segment=enter.segment))
    if isinstance(enter, EnterBySegment):
        if not enter.existing:
            entering.append(SegmentCondition(segment=enter.segment, joined=_EVER))
        if goal is not None and goal.within is not None:
            met = EventCondition(event=goal.event, where=goal.where, within_last=goal.within)
            questions[f"{id} met"] = Question(met, id)
    questions[f"{id} matched"] = Question(All(all=tuple(entering)) if entering else ALWAYS, id)
    return questions
