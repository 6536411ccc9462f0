"""What can be asked of the rules."""

from dataclasses import dataclass

import pyarrow as pa

from mactl.recipe.conditions import Condition
from mactl.recipe.cookbook import Cookbook
from mactl.rules.names import Definition, needs_of


@dataclass(frozen=True, slots=True)
class Question:
    """Whether a condition holds; names in it are meant in `recipe`."""

    condition: Condition
    recipe: str


@dataclass(frozen=True, slots=True)
class Measured:
    """What a condition looks at, one value of it.

    | condition | measures |
    |---|---|
    | event | `count` `first` `last` `sum` `avg` `min` `max` |
    | sent, opened, clicked, replied, bounced | `count` `first` `last` |
    | field | `changed`: when last |
    | segment | `joined` `left`: when last |
    | tag | `tagged` `untagged`: when last |
    | score | `earlier`: what it was, with `rose_by` |
    | consent, task | `standing`: the word for `is` |
    | anyone | `sharing` `fitting`: how many have the same value, and how many of those fit |
    """

    condition: Condition
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
"""A definition asks for the column itself: membership, the score, the stage, the bucket, the derived field."""

INSTANTS = ("first", "last", "changed", "joined", "left", "tagged", "untagged")
"""Measures that are instants, in epoch seconds."""


def needed_for(question: AnyQuestion, cookbook: Cookbook) -> set[Definition]:
    """The definitions that the answer is made from directly."""
    if isinstance(question, Definition):
        return {question}
    if isinstance(question, RulePoints):
        return {Definition("score", question.score)}
    return needs_of(question.condition, question.recipe, cookbook)


def answer_type(question: AnyQuestion) -> pa.DataType | None:
    """The type of the column that answers `question`; None for a derived field, which has its own."""
    if isinstance(question, Definition) and question.kind == "field":
        return None
    if isinstance(question, Question) or (
        isinstance(question, Definition) and question.kind == "segment"
    ):
        return pa.bool_()
    if isinstance(question, Definition) and question.kind in ("stage", "label"):
        return pa.string()
    if isinstance(question, Measured):
        if question.measure in INSTANTS:
            return pa.int64()
        if question.measure == "standing":
            return pa.string()
    return pa.float64()
