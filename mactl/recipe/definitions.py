"""Segments, scoring, stages and labels: who contacts are to us."""

from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import BeforeValidator, Field, model_validator

from mactl.declaring import AlsoWritten, DurationText, Many, Model, one_of
from mactl.recipe.conditions import Condition
from mactl.recipe.operators import Where, Window

Points = int | float


class WhenRule(Model):
    """Points while a condition holds, once."""

    keyword: ClassVar[str] = "when"
    example: ClassVar[str] = (
        "{name: an industry we know, when: {field: industry, in: [software, fintech]}, points: 20}"
    )
    name: str = Field(description="The rule in words, as `explain` prints it")
    when: Condition = Field(description="The condition that gives the points while it holds")
    points: Points = Field(description="How many points; negative ones take away")


class EventRule(Window):
    """Points for each matching event."""

    keyword: ClassVar[str] = "event"
    example: ClassVar[str] = (
        "{name: read about pricing, event: page_view, where: {path: {contains: "
        "pricing}}, points: 5, half_life: 30 days}"
    )
    name: str = Field(description="The rule in words, as `explain` prints it")
    event: str = Field(description="The event that gives points, each time")
    where: Where = Field({}, description="Property → what it must be")
    points: Points = Field(description="How many points an event is worth when it happens")
    at_most: Points | None = Field(
        None, description="The most points (in absolute value) this rule can give"
    )
    half_life: DurationText | None = Field(
        None, description="After this time an event is worth half"
    )

    @model_validator(mode="after")
    def _agrees(self) -> "EventRule":
        if self.half_life is not None and self.half_life.mean_days <= 0:
            raise ValueError("half_life must be longer than nothing")
        return self


if TYPE_CHECKING:
    Rule = WhenRule | EventRule
else:
    Rule = one_of((WhenRule, EventRule), "a rule", "Rule")


class Score(Model):
    """A score: the sum of its rules' points."""

    cap: Points | None = Field(None, description="The highest the score can get")
    floor: Points | None = Field(None, description="The lowest the score can get")
    rules: Many[Rule] = Field(description="What gives and takes points")


Segments = dict[str, Condition]
"""Name → who is in it."""
_Stage = Annotated[
    Condition,
    BeforeValidator(lambda value: {"all": []} if value == {} else value),
    AlsoWritten({"type": "object", "maxProperties": 0, "description": "holds for everyone"}),
]
Stages = dict[str, _Stage]
"""The ladder, lowest first: a contact is in the last one whose condition holds; {} holds always."""
Label = dict[str, Condition]
"""Bucket → who is in it; the first that holds names the bucket."""
