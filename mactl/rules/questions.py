"""What can be asked of the rules."""

from dataclasses import dataclass

import pyarrow as pa

from mactl.recipe.conditions import Condition, EventCondition
from mactl.recipe.cookbook import Cookbook
from mactl.rules.names import Definition, needs_of


@dataclass(frozen=True, slots=True)
class Question:
    """Whether a condition holds; names in it are meant in `recipe`."""

    condition: Condition
    recipe: str


@dataclass(frozen=True, slots=True)
class Measured:
    """What `count`, `first`, `last`, `sum`, `avg`, `min` or `max` of an event condition comes to."""

    condition: EventCondition
    measure: str
    recipe: str


@dataclass(frozen=True, slots=True)
class RulePoints:
    """The points that one rule of a score gives."""

    score: str
    """RECIPE.NAME."""
    rule: int
    """Its place in the score, from 0."""


AnyQuestion = Question | Definition | Measured | RulePoints
"""A definition asks for the column itself: membership, the score, the stage, the bucket."""


def needed_for(question: AnyQuestion, cookbook: Cookbook) -> set[Definition]:
    """The definitions that the answer is made from directly."""
    if isinstance(question, Definition):
        return {question}
    if isinstance(question, RulePoints):
        return {Definition("score", question.score)}
    return needs_of(question.condition, question.recipe, cookbook)


def answer_type(question: AnyQuestion) -> pa.DataType:
    """The type of the column that answers `question`."""
    if isinstance(question, Question) or (
        isinstance(question, Definition) and question.kind == "segment"
    ):
        return pa.bool_()
    if isinstance(question, Definition) and question.kind in ("stage", "label"):
        return pa.string()
    if isinstance(question, Measured) and question.measure in ("first", "last"):
        return pa.int64()
    return pa.float64()
