"""The flow of a recipe: who enters, which steps they pass, why they leave."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from mactl.declaring import (
    Defined,
    DurationText,
    Many,
    Meanings,
    Model,
    RateText,
    Share,
    TimeOfDay,
    from_text,
)
from mactl.durations import Duration, parse_duration
from mactl.recipe.conditions import Condition
from mactl.recipe.enter import Enter, EnterBySlot, Weekday
from mactl.recipe.operators import InstantText, Where
from mactl.recipe.steps import AnyActingStep, AnyStep

DEFAULT_LATEST = Duration(days=2)


class AgainAfter(Model):
    """Once more when this long has passed since the last exit."""

    after: Duration


def _again(text: str) -> Any:
    if text.startswith("after "):
        return AgainAfter(after=parse_duration(text.removeprefix("after ")))
    return text


class Pace(Model):
    """How many are let in, in a stable random order."""

    start: RateText = Field(description="How many in the first unit of time: 500/day")
    grow: Share = Field(0.0, description="How much more in each following one")
    max: RateText | None = Field(None, description="The most it grows to")

    @model_validator(mode="after")
    def _alike(self) -> "Pace":
        if self.max is not None and self.max.per != self.start.per:
            raise ValueError(
                f"start counts by the {self.start.per}, max by the {self.max.per}; use one unit"
            )
        return self


class SendWindow(Model):
    """When messages of the recipe may go out, in the contact's time zone."""

    days: Many[Weekday] = Field(
        ("mon", "tue", "wed", "thu", "fri", "sat", "sun"), min_length=1, description="On which days"
    )
    from_: TimeOfDay | None = Field(None, alias="from", description="From when on")
    to: TimeOfDay | None = Field(None, description="Until when")
    holidays: Annotated[
        Literal["skip", "send"],
        Meanings(
            skip="nothing goes out on the country's public holidays",
            send="they are days like others",
        ),
    ] = Field("send", description="Whether the country's public holidays are left out")

    @model_validator(mode="after")
    def _has_room(self) -> "SendWindow":
        if (self.from_ is None) != (self.to is None):
            raise ValueError("from and to go together; add the other one")
        if self.from_ is not None and self.to is not None and self.from_ >= self.to:
            raise ValueError("the window closes before it opens; `to` must be later than `from`")
        return self


class RankByScore(Model):
    """The highest score first."""

    score: str = Field(description="A score of this recipe, or RECIPE.NAME")


class RankByField(Model):
    """The highest value first."""

    field: str = Field(description="A field that holds numbers or dates")


class OnePer(Model):
    """One message for all who share something."""

    field: str = Field(description="The field that they share, such as company_id")
    first: Many[RankByScore | RankByField] = Field((), description="Who of them gets it")


_LeaveWord = Annotated[
    Literal["goal", "unmatched"],
    Meanings(
        goal="who meets the recipe's goal",
        unmatched="whom the entry segment or `if` no longer fits",
    ),
]


class Journey(Model):
    """Who enters, what happens then, and when it ends."""

    enter: Enter = Field(description="What lets people in")
    pace: Pace | None = Field(None, description="How many are let in, in a stable random order")
    exclude: Condition | None = Field(
        None, description="Who must not get it: at entry and before each send"
    )
    again: Annotated[
        Literal["never", "on rejoin", "per key", "always"] | AgainAfter,
        from_text(_again),
        Defined(
            "Again",
            {
                "anyOf": [
                    {
                        "enum": ["never", "on rejoin", "per key", "always"],
                        "enumDescriptions": [
                            "once for ever",
                            "when they were outside the segment since, and joined it again",
                            "for another key of the event",
                            "whenever the trigger comes",
                        ],
                    },
                    {"type": "string", "pattern": "^after .+$", "examples": ["after 90 days"]},
                ]
            },
        ),
    ] = Field("never", description="never | on rejoin | after 90 days | per key | always")
    leave: Many[_LeaveWord | Condition] = Field(
        description="When people leave before the end: goal, unmatched, conditions; [] for never"
    )
    on_goal: Many[AnyActingStep] = Field((), description="What is done when someone meets the goal")
    priority: int = Field(
        0, description="Who goes first where a contact may get only one message; 0 where left out"
    )
    holdout: Share = Field(
        0.0, description="How many pass every outward step in silence, to measure against"
    )
    latest: DurationText = Field(
        DEFAULT_LATEST,
        description="A send more overdue than this is skipped, and nobody enters by anything older",
    )
    send_window: SendWindow | None = Field(None, description="When messages may go out")
    one_per: OnePer | None = Field(None, description="One message to a company, say")
    steps: Many[AnyStep] = Field(min_length=1, description="What happens, in order")

    @property
    def is_periodic(self) -> bool:
        """Whether people enter together, at slots."""
        return isinstance(self.enter, EnterBySlot)


class Goal(Model):
    """What the recipe is for."""

    event: str = Field(description="The event that meets the goal")
    where: Where = Field({}, description="Property → what it must be")
    within: DurationText | None = Field(None, description="Counted this long after the trigger")
    target: Share | None = Field(None, description="The share that should meet it, such as 15%")
    deadline: InstantText | None = Field(None, description="By when")
    revenue: str | None = Field(None, description="The property of the event that holds the amount")
