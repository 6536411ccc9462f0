"""Conditions: who is meant, as a tree of immutable values.

Every condition is evaluated on all contacts at once; an empty cell is unknown, and every comparison
with it is false, except that `ne` and `not_in` are true and `empty` says what it says.
"""

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, get_args

from pydantic import BeforeValidator, Field, model_validator

from mactl.declaring import (
    CHANNEL_MEANINGS,
    ChannelName,
    DurationText,
    Many,
    Meanings,
    Model,
    Share,
    one_of,
)
from mactl.recipe.operators import (
    CountTest,
    NumberTest,
    PropertyNumberTest,
    TimeTest,
    ValueTest,
    Where,
    Window,
    needs_operator,
    written,
)


class All(Model):
    """Every one of the conditions holds; a plain list means the same."""

    keyword: ClassVar[str] = "all"
    example: ClassVar[str] = "{all: [{field: country, eq: NL}, {field: nps, gte: 9}]}"
    all: Many["Condition"] = Field(description="Every one of these holds")


class AnyOf(Model):
    """At least one of the conditions holds."""

    keyword: ClassVar[str] = "any"
    example: ClassVar[str] = "{any: [{tag: vip}, {field: clv, gte: 5000}]}"
    any: Many["Condition"] = Field(description="At least one of these holds")


class NoneOf(Model):
    """None of the conditions holds: plain negation."""

    keyword: ClassVar[str] = "none"
    example: ClassVar[str] = "{none: [{segment: customers}]}"
    none: Many["Condition"] = Field(description="None of these holds")


class FieldCondition(ValueTest):
    """A field of the contact passes a test, or changed."""

    keyword: ClassVar[str] = "field"
    example: ClassVar[str] = "{field: contract_end, within_next: 90 days}"
    field: str = Field(description="The field's name")
    changed: TimeTest | None = Field(None, description="When its value last changed")

    @model_validator(mode="after")
    def _compares(self) -> "FieldCondition":
        return self if self.changed else needs_operator(self)


class Happening(Window):
    """Something happened: at least once, unless `count`, `never` … say otherwise."""

    where: Where = Field({}, description="Property → what it must be")
    count: CountTest | None = Field(
        None, description="How often; at least once where it is left out"
    )
    never: bool | None = Field(None, description="true: not once")
    first: TimeTest | None = Field(None, description="When the first of them was")
    last: TimeTest | None = Field(None, description="When the last of them was")
    since: (
        Annotated[
            Literal["ever", "trigger"],
            Meanings(
                ever="also what came before the trigger",
                trigger="only what came from the trigger on, although there is a window",
            ),
        ]
        | None
    ) = Field(None, description="Within a journey: also what came before the trigger (ever)")

    @property
    def measured(self) -> tuple[Model, ...]:
        """The tests of how often, when and how much that were written."""
        found = (getattr(self, name, None) for name in _MEASURES)
        return tuple(test for test in found if test is not None)

    @model_validator(mode="after")
    def _agrees(self) -> "Happening":
        if self.never is False:
            raise ValueError("never: false says nothing; leave it out, or write count: {gte: 1}")
        if self.never and self.measured:
            raise ValueError(
                "what never happened has no count, first, last or sum; keep one of them"
            )
        return self

    @property
    def has_window(self) -> bool:
        """Whether it says when the events must have been."""
        return bool(written(self, Window))


_MEASURES = ("count", "first", "last", "sum", "avg", "min", "max")


class Sequel(Model):
    """An event that comes after another."""

    event: str = Field(description="The later event's name")
    where: Where = Field({}, description="Property → what it must be")
    within: DurationText = Field(description="How soon after the first")


class EventCondition(Happening):
    """The contact did or underwent something: at least once, unless `count`, `never` … say otherwise."""

    keyword: ClassVar[str] = "event"
    example: ClassVar[str] = (
        "{event: page_view, where: {path: {contains: /pricing}}, within_last: 30 days, "
        "count: {gte: 3}}"
    )
    event: str = Field(description="The event's name")
    sum: PropertyNumberTest | None = Field(
        None, description="The sum of a property; 0 without events"
    )
    avg: PropertyNumberTest | None = Field(None, description="The mean of a property")
    min: PropertyNumberTest | None = Field(None, description="The least value of a property")
    max: PropertyNumberTest | None = Field(None, description="The greatest value of a property")
    followed_by: Sequel | None = Field(
        None, description="Only those after which this happened in time"
    )
    not_followed_by: Sequel | None = Field(
        None, description="Only those whose time passed without this"
    )
    same: str | None = Field(
        None, description="Within a journey: this property is as in the event that enrolled them"
    )


class SentCondition(Happening):
    """A message was sent to the contact."""

    keyword: ClassVar[str] = "sent"
    example: ClassVar[str] = "{sent: any, within_last: 30 days}"
    sent: str = Field(description="A step of this journey, RECIPE.STEP, or any")


class OpenedCondition(Happening):
    """A message was opened."""

    keyword: ClassVar[str] = "opened"
    example: ClassVar[str] = "{opened: any, last: {older_than: 180 days}}"
    opened: str = Field(description="A step of this journey, RECIPE.STEP, or any")


class ClickedCondition(Happening):
    """A link in a message was clicked."""

    keyword: ClassVar[str] = "clicked"
    example: ClassVar[str] = "{clicked: offer}"
    clicked: str = Field(description="A step of this journey, RECIPE.STEP, or any")


class RepliedCondition(Happening):
    """A message was answered."""

    keyword: ClassVar[str] = "replied"
    example: ClassVar[str] = "{replied: welcome.hello}"
    replied: str = Field(description="A step of this journey, RECIPE.STEP, or any")


class BouncedCondition(Happening):
    """A message came back."""

    keyword: ClassVar[str] = "bounced"
    example: ClassVar[str] = "{bounced: any, within_last: 1 year}"
    bounced: str = Field(description="A step of this journey, RECIPE.STEP, or any")


Reaction = SentCondition | OpenedCondition | ClickedCondition | RepliedCondition | BouncedCondition
REACTIONS: tuple[type[Reaction], ...] = get_args(Reaction)
"""What is asked of messages that mactl sent."""


class SegmentCondition(Model):
    """The contact is in a segment."""

    keyword: ClassVar[str] = "segment"
    example: ClassVar[str] = "{segment: customers, joined: {within_last: 7 days}}"
    segment: str = Field(description="A segment of this recipe, or RECIPE.NAME")
    joined: TimeTest | None = Field(None, description="When they last came into it")
    left: TimeTest | None = Field(None, description="When they last went out of it")

    @model_validator(mode="after")
    def _one_way(self) -> "SegmentCondition":
        if self.joined and self.left:
            raise ValueError("joined and left are two conditions; write one of them in each")
        return self


class ScoreCondition(NumberTest):
    """The contact's score passes a test, or rose."""

    keyword: ClassVar[str] = "score"
    example: ClassVar[str] = "{score: engagement, gte: 50}"
    score: str = Field(description="A score of this recipe, or RECIPE.NAME")
    rose_by: int | float | None = Field(None, description="It rose by at least this …")
    within_last: DurationText | None = Field(None, description="… within this time until now")

    @model_validator(mode="after")
    def _compares(self) -> "ScoreCondition":
        if (self.rose_by is None) != (self.within_last is None):
            raise ValueError("rose_by and within_last go together; add the other one")
        return self if self.rose_by is not None else needs_operator(self)


class StageAtLeast(Model):
    """A stage or one further up the ladder."""

    at_least: str = Field(description="The lowest stage that is meant")


class StageCondition(Model):
    """The contact is in a stage of the ladder."""

    keyword: ClassVar[str] = "stage"
    example: ClassVar[str] = "{stage: {at_least: mql}}"
    stage: str | StageAtLeast = Field(description="The stage, or {at_least: STAGE}")


class LabelCondition(Model):
    """A label has put the contact in a bucket."""

    keyword: ClassVar[str] = "label"
    example: ClassVar[str] = "{label: churn_risk, in: [high, medium]}"
    label: str = Field(description="A label of this recipe, or RECIPE.NAME")
    eq: str | None = Field(None, description="is in this bucket")
    ne: str | None = Field(None, description="is in another bucket, or in none")
    in_: Many[str] | None = Field(None, alias="in", description="is in one of these buckets")
    not_in: Many[str] | None = Field(None, description="is in none of these buckets")
    empty: bool | None = Field(None, description="is in no bucket (true) or in one (false)")

    @property
    def operators(self) -> tuple[str, ...]:
        """The operators that were written."""
        return tuple(name for name in written(self, LabelCondition) if name != "label")

    @model_validator(mode="after")
    def _compares(self) -> "LabelCondition":
        return needs_operator(self)


class TagCondition(Model):
    """The contact has a tag."""

    keyword: ClassVar[str] = "tag"
    example: ClassVar[str] = "{tag: vip}"
    tag: str = Field(description="The tag")


class ConsentCondition(Model):
    """What is known of the contact's consent for a topic."""

    keyword: ClassVar[str] = "consent"
    example: ClassVar[str] = "{consent: offers, is: withdrawn}"
    consent: str = Field(description="The topic")
    is_: Annotated[
        Literal["proven", "unproven", "pending", "withdrawn", "none"],
        Meanings(
            proven="all four proofs are on record",
            unproven="they agreed, and a proof is lacking",
            pending="they were asked, and have not answered",
            withdrawn="they took it back, unsubscribed or complained",
            none="nothing is on record",
        ),
    ] = Field(
        "proven", alias="is", description="proven: all four proofs; pending: asked, not answered"
    )
    channel: Annotated[ChannelName, Meanings(**CHANNEL_MEANINGS)] = Field(
        "email", description="The channel that it must cover"
    )


class EnrolledCondition(Model):
    """The contact is in a recipe's journey now."""

    keyword: ClassVar[str] = "enrolled"
    example: ClassVar[str] = "{enrolled: welcome}"
    enrolled: str = Field(description="The recipe")


class CompletedCondition(Model):
    """The contact went through a recipe's journey to its end."""

    keyword: ClassVar[str] = "completed"
    example: ClassVar[str] = "{completed: welcome}"
    completed: str = Field(description="The recipe")


class TaskCondition(Model):
    """How a task about the contact stands."""

    keyword: ClassVar[str] = "task"
    example: ClassVar[str] = "{task: call, is: overdue}"
    task: str = Field(description="A task of this recipe by its id, or RECIPE.ID")
    is_: Annotated[
        Literal["open", "done", "overdue"],
        Meanings(
            open="nobody has done it yet, overdue or not",
            done="somebody has done it",
            overdue="it is open, and its time has passed",
        ),
    ] = Field(alias="is", description="overdue: open, and its time has passed")


class TriggerCondition(ValueTest):
    """A property of the event that enrolled the contact passes a test."""

    keyword: ClassVar[str] = "trigger"
    example: ClassVar[str] = "{trigger: value, gte: 100}"
    trigger: str = Field(description="The property")


class SampleCondition(Model):
    """The contact is in a random part of all contacts that is the same in every run."""

    keyword: ClassVar[str] = "sample"
    example: ClassVar[str] = "{sample: 10%, seed: pilot}"
    sample: Share = Field(description="How large a part")
    seed: str = Field(description="The draw's name: another one is another part")


class AnyoneCondition(Model):
    """Somebody with the same value in a field, the contact included, fits a condition."""

    keyword: ClassVar[str] = "anyone"
    example: ClassVar[str] = "{anyone: company_id, has: {event: renewed}}"
    anyone: str = Field(description="The field that they share, such as company_id")
    has: "Condition" = Field(description="What one of them must fit")


Kind = (
    All
    | AnyOf
    | NoneOf
    | FieldCondition
    | EventCondition
    | SegmentCondition
    | ScoreCondition
    | StageCondition
    | LabelCondition
    | TagCondition
    | SentCondition
    | OpenedCondition
    | ClickedCondition
    | RepliedCondition
    | BouncedCondition
    | ConsentCondition
    | EnrolledCondition
    | CompletedCondition
    | TaskCondition
    | TriggerCondition
    | SampleCondition
    | AnyoneCondition
)
KINDS: tuple[type[Kind], ...] = get_args(Kind)
"""Every kind of condition, told apart by the key named as its tag."""


def _from_list(value: Any) -> Any:
    return {"all": value} if isinstance(value, list) else value


if TYPE_CHECKING:
    Condition = Kind
else:
    Condition = Annotated[
        one_of(KINDS, "a condition such as {field: country, eq: NL}", "Condition", or_list=True),
        BeforeValidator(_from_list),
    ]
"""A condition: a mapping of one kind, or a list, which means `all`."""

ALWAYS = All.model_construct(all=())  # not looked at: that needs a validator of all conditions
"""The condition that holds for everyone."""
