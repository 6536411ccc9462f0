"""The flow of a recipe: who enters, which steps they pass, why they leave."""

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, get_args

from pydantic import BeforeValidator, Discriminator, Field, Tag, WithJsonSchema, model_validator

from mactl.declaring import TEXT, DurationText, Many, Model, TimeOfDay, from_text, one_of
from mactl.durations import Duration, parse_duration
from mactl.recipe.conditions import Condition, InstantText, Where

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

DEFAULT_LATEST = Duration(days=2)


class EnterBySegment(Model):
    """Its members enter, now and later."""

    tag: ClassVar[str] = "segment"
    segment: str = Field(description="The segment whose members enter")
    if_: Condition | None = Field(None, alias="if", description="Only contacts for whom this holds")


class EnterByEvent(Model):
    """Who does this enters."""

    tag: ClassVar[str] = "event"
    event: str = Field(description="The event that lets them in")
    where: Where = Field({}, description="Property → what it must be")
    key: str | None = Field(
        None, description="The property that tells one occurrence from the next"
    )
    if_: Condition | None = Field(None, alias="if", description="Only contacts for whom this holds")


class EnterByDate(Model):
    """A date of the contact lets them in."""

    tag: ClassVar[str] = "date"
    date: str = Field(description="The field that holds the date")
    offset: DurationText = Field(Duration(), description="How long before (-90 days) or after it")
    at: TimeOfDay | None = Field(
        None, description="The time of day in the contact's zone; 00:00 where left out"
    )
    yearly: bool = Field(False, description="Every year on its day, as birthdays")
    feb_29: Literal["feb_28", "mar_1", "skip"] = Field(
        "feb_28", description="When a year lacks 29 February"
    )
    if_: Condition | None = Field(None, alias="if", description="Only contacts for whom this holds")


AnyEnter = EnterBySegment | EnterByEvent | EnterByDate


if TYPE_CHECKING:
    Enter = AnyEnter
else:
    Enter = one_of(get_args(AnyEnter), "what lets people in")


class SendTarget(Model):
    """Which template a send uses, and what it does differently."""

    template: str = Field(description="The template")
    id: str | None = Field(None, description="The step's id, where it is not the template's name")
    subject: str | None = Field(None, description="A subject instead of the template's")
    latest: DurationText | None = Field(
        None, description="Skip it when it is more overdue than this"
    )


class Step(Model):
    """A node of the flow."""

    id: str | None = Field(
        None, description="What people in flight stand on; made from the kind where left out"
    )


class SendStep(Step):
    """Send a template."""

    tag: ClassVar[str] = "send"
    send: Annotated[
        SendTarget,
        BeforeValidator(lambda value: {"template": value} if isinstance(value, str) else value),
        TEXT,
    ] = Field(description="The template, or {template: …} with more")

    @model_validator(mode="after")
    def _one_id(self) -> "SendStep":
        if self.id is not None and self.send.id is not None:
            raise ValueError("the id stands here twice; keep the one beside `send`")
        return self


class WaitTarget(Model):
    """How long to wait, and for which day and time."""

    for_: DurationText = Field(Duration(), alias="for", description="How long")
    days: Many[Weekday] = Field((), description="Then until one of these days")
    at: TimeOfDay | None = Field(
        None, description="Then until this time of day, in the contact's zone"
    )


class WaitStep(Step):
    """Wait."""

    tag: ClassVar[str] = "wait"
    wait: Annotated[WaitTarget, from_text(lambda text: {"for": text}), TEXT] = Field(
        description="How long, or {for: …, days: …, at: …}"
    )


class Case(Model):
    """One way through a `choose`."""

    when: Condition = Field(description="Who takes it")
    then: Many["AnyStep"] = Field(description="The steps they pass")


class Otherwise(Model):
    """The way for those whom no case fits."""

    else_: Many["AnyStep"] = Field(alias="else", description="The steps of those whom no case fits")


def _case_kind(value: Any) -> str:
    return (
        "<else>"
        if isinstance(value, Otherwise) or (isinstance(value, dict) and "else" in value)
        else "<when>"
    )


class ChooseStep(Step):
    """Take the first case whose condition holds; all rejoin at the next step."""

    tag: ClassVar[str] = "choose"
    choose: Many[
        Annotated[
            Annotated[Case, Tag("<when>")] | Annotated[Otherwise, Tag("<else>")],
            Discriminator(_case_kind),
        ]
    ] = Field(description="Cases, the first that fits; {else: […]} last")

    @model_validator(mode="after")
    def _else_is_last(self) -> "ChooseStep":
        if any(isinstance(case, Otherwise) for case in self.choose[:-1]):
            raise ValueError("cases after `else` are never reached; put it last")
        if not self.choose:
            raise ValueError("there is no case to choose; add {when: …, then: […]}")
        return self


class ExitStep(Step):
    """Leave the journey."""

    tag: ClassVar[str] = "exit"
    exit: str = Field(description="Why, as reports show it")


AnyStepKind = SendStep | WaitStep | ChooseStep | ExitStep
STEP_KINDS: tuple[type[AnyStepKind], ...] = get_args(AnyStepKind)

if TYPE_CHECKING:
    AnyStep = AnyStepKind
else:
    AnyStep = one_of(STEP_KINDS, "a step")

for _model in (Case, Otherwise, ChooseStep):
    _model.model_rebuild()


class AgainAfter(Model):
    """Once more when this long has passed since the last exit."""

    after: Duration


def _again(text: str) -> Any:
    if text.startswith("after "):
        return AgainAfter(after=parse_duration(text.removeprefix("after ")))
    return text


class Journey(Model):
    """Who enters, what happens then, and when it ends."""

    enter: Enter = Field(description="What lets people in")
    exclude: Condition | None = Field(
        None, description="Who must not get it: at entry and before each send"
    )
    again: Annotated[
        Literal["never", "on rejoin", "per key", "always"] | AgainAfter,
        from_text(_again),
        WithJsonSchema(
            {"type": "string", "pattern": "^(never|on rejoin|per key|always|after .+)$"}
        ),
    ] = Field("never", description="never | on rejoin | after 90 days | per key | always")
    leave: Many[Literal["goal", "unmatched"] | Condition] = Field(
        description="When people leave before the end: goal, unmatched, conditions; [] for never"
    )
    priority: int = Field(0, description="Who goes first where a contact may get only one message")
    latest: DurationText = Field(
        DEFAULT_LATEST, description="A send more overdue than this is skipped"
    )
    steps: Many[AnyStep] = Field(min_length=1, description="What happens, in order")


class Goal(Model):
    """What the recipe is for."""

    event: str = Field(description="The event that meets the goal")
    where: Where = Field({}, description="Property → what it must be")
    within: DurationText | None = Field(None, description="Counted this long after enrollment")
    target: str | float | None = Field(
        None, description="The share that should meet it, such as 15%"
    )
    deadline: InstantText | None = Field(None, description="By when")
    revenue: str | None = Field(None, description="The property of the event that holds the amount")
