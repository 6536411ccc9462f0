"""Steps: what happens to people in a journey, one after the other."""

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, get_args

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    Tag,
    model_validator,
)

from mactl.declaring import (
    TEXT,
    AlsoWritten,
    ChannelName,
    DurationText,
    Many,
    Model,
    Share,
    TimeOfDay,
    from_text,
    one_of,
)
from mactl.durations import Duration
from mactl.recipe.conditions import Condition
from mactl.recipe.enter import Weekday
from mactl.recipe.operators import Scalar


class Step(Model):
    """A node of the flow."""

    id: str | None = Field(
        None, description="What people in flight stand on; made from the kind where left out"
    )


# Sending


class SendTarget(Model):
    """Which template a send uses, and what it does differently."""

    template: str = Field(description="The template")
    id: str | None = Field(None, description="The step's id, where it is not the template's name")
    subject: str | None = Field(None, description="A subject instead of the template's")
    channel: Annotated[
        Many[ChannelName | Literal["preferred"]],
        BeforeValidator(lambda value: [value] if isinstance(value, str) else value),
        AlsoWritten({"enum": [*get_args(ChannelName), "preferred"]}),
    ] = Field(
        ("email",),
        description="The channels, the first that reaches them; preferred is the contact's own",
    )
    max_cost: float | int | None = Field(
        None, description="The most that one message may cost, as `cost.per_send` says"
    )
    latest: DurationText | None = Field(
        None, description="Skip it when it is more overdue than this"
    )


def _template(value: Any) -> Any:
    return {"template": value} if isinstance(value, str) else value


class SendStep(Step):
    """Send a template."""

    keyword: ClassVar[str] = "send"
    send: Annotated[SendTarget, BeforeValidator(_template), TEXT] = Field(
        description="The template, or {template: …} with more"
    )

    @model_validator(mode="after")
    def _one_id(self) -> "SendStep":
        if self.id is not None and self.send.id is not None:
            raise ValueError("the id stands here twice; keep the one beside `send`")
        return self


class ConsentRequest(Model):
    """How consent is asked for."""

    topic: str = Field(description="What the consent is to cover")
    template: str = Field(description="The template that asks; it links to confirm_url")
    wording: str = Field(description="The file beside the recipe with the words they agree to")
    double: bool = Field(
        True, description="Whether a second message confirms it; for whoever serves confirm_url"
    )


class AskConsentStep(Step):
    """Ask those for consent whose proof is lacking, once per topic and wording."""

    keyword: ClassVar[str] = "ask_consent"
    ask_consent: ConsentRequest = Field(description="Which consent, and how it is asked for")
    up_to: DurationText = Field(description="How long to wait for the answer")
    then: Many["AnyStep"] = Field((), description="The steps of those whose consent is proven")
    else_: Many["AnyStep"] = Field((), alias="else", description="The steps of all others")


# Waiting


class TriggerValue(Model):
    """A property of the event that enrolled the contact."""

    trigger: str = Field(description="The property")


class ChosenBy(Model):
    """What a length of time is chosen by: exactly one of these."""

    trigger: str | None = Field(None, description="A property of the event that enrolled them")
    field: str | None = Field(None, description="A field of the contact")
    label: str | None = Field(None, description="A label of this recipe, or RECIPE.NAME")

    @model_validator(mode="after")
    def _one(self) -> "ChosenBy":
        if len(self.model_fields_set) != 1:
            raise ValueError(
                "one thing chooses the length; write {trigger: …}, {field: …} or {label: …}"
            )
        return self


class LengthBy(Model):
    """A length of time by data."""

    by: ChosenBy = Field(description="What the length is chosen by")
    lengths: dict[str, DurationText] = Field(description='Value → length; "*" for all others')

    @model_validator(mode="before")
    @classmethod
    def _lengths_apart(cls, value: Any) -> Any:
        if isinstance(value, dict) and "lengths" not in value:
            rest = {str(key): length for key, length in value.items() if key != "by"}
            return {**({"by": value["by"]} if "by" in value else {}), "lengths": rest}
        return value

    @model_validator(mode="after")
    def _has_lengths(self) -> "LengthBy":
        if "*" not in self.lengths:
            raise ValueError(
                'a value that is not listed has no length; add "*": 30 days for all others'
            )
        return self

    def length(self, value: Any) -> Duration:
        """The length for a value, as text regardless of case; that of `*` for others."""
        known = {key.casefold(): length for key, length in self.lengths.items()}
        return known.get(str(value).strip().casefold(), self.lengths["*"])


_BY_DATA: dict[str, Any] = {
    "type": "object",
    "properties": {"by": {"type": "object", "description": "trigger, field or label: …"}},
    "required": ["by"],
    "additionalProperties": {"type": "string"},
    "description": 'Value → length; "*" for all others',
}


class WaitTarget(Model):
    """How long to wait, and for which day and time."""

    for_: Annotated[DurationText | LengthBy, AlsoWritten(_BY_DATA)] = Field(
        Duration(), alias="for", description="How long"
    )
    days: Many[Weekday] = Field((), description="Then until one of these days")
    at: TimeOfDay | None = Field(
        None, description="Then until this time of day, in the contact's zone"
    )


class WaitStep(Step):
    """Wait."""

    keyword: ClassVar[str] = "wait"
    wait: Annotated[WaitTarget, from_text(lambda text: {"for": text}), TEXT] = Field(
        description="How long, or {for: …, days: …, at: …}"
    )


class UntilDate(Model):
    """A date to wait for."""

    date: str | TriggerValue = Field(
        description="A field, an ISO date, or {trigger: …} for a property of what enrolled them"
    )
    offset: DurationText = Field(Duration(), description="How long before (-1 days) or after it")
    at: TimeOfDay | None = Field(
        None, description="The time of day in the contact's zone; 00:00 where left out"
    )


class WaitUntilStep(Step):
    """Wait until a date, or a time before or after it."""

    keyword: ClassVar[str] = "wait_until"
    wait_until: UntilDate = Field(description="Which date")


class WaitForStep(Step):
    """Wait until a condition holds, but not longer than `up_to`."""

    keyword: ClassVar[str] = "wait_for"
    wait_for: Condition = Field(description="What is waited for")
    up_to: DurationText = Field(description="How long at most")
    then: Many["AnyStep"] = Field((), description="The steps of those for whom it held in time")
    else_: Many["AnyStep"] = Field((), alias="else", description="The steps of all others")


class MilestoneStep(Step):
    """Who meets it further up jumps here; who arrives without it waits for it."""

    keyword: ClassVar[str] = "milestone"
    milestone: str = Field(description="Its name, which is the step's id")
    when: Condition = Field(description="Who meets it")
    up_to: DurationText = Field(description="How long to wait for it here")
    else_: Many["AnyStep"] = Field(
        (), alias="else", description="The steps of those who did not meet it in time"
    )


# Branching


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

    keyword: ClassVar[str] = "choose"
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


class Arm(Model):
    """One way through a `split`."""

    keyword: ClassVar[str] = "steps"
    share: Share = Field(description="How many of all take it")
    steps: Many["AnyStep"] = Field(description="The steps they pass")


class WinnerArm(Model):
    """The way of those who wait to see which arm did best."""

    keyword: ClassVar[str] = "measure"
    share: Share = Field(description="How many of all wait for the best arm")
    after: DurationText = Field(description="How long after the first send of an arm")
    measure: Literal["opened", "clicked", "replied", "goal"] = Field(
        description="Which share of those written to decides"
    )
    at_least: int = Field(1, ge=1, description="How many sends each arm needs")
    fallback: str = Field(description="The arm taken where one has fewer")


class SplitStep(Step):
    """Draw lots: each contact takes one arm, the same on every machine and in every run."""

    keyword: ClassVar[str] = "split"
    split: str = Field(description="The draw's name")
    per: Literal["contact", "enrollment"] = Field(
        "contact", description="enrollment: draw anew each time they enter"
    )
    arms: dict[str, one_of((WinnerArm, Arm), "an arm")] = Field(  # type: ignore[valid-type]
        description="Name → share and steps"
    )

    @property
    def winner(self) -> tuple[str, WinnerArm] | None:
        """The arm that waits to see which one did best, with its name."""
        found = ((name, arm) for name, arm in self.arms.items() if isinstance(arm, WinnerArm))
        return next(found, None)

    @property
    def variants(self) -> dict[str, Arm]:
        """The arms with steps of their own."""
        return {name: arm for name, arm in self.arms.items() if isinstance(arm, Arm)}

    @model_validator(mode="after")
    def _adds_up(self) -> "SplitStep":
        total = sum(arm.share for arm in self.arms.values())
        if abs(total - 1) > 1e-9:
            raise ValueError(f"the shares come to {total * 100:g}%; make them 100%")
        if sum(isinstance(arm, WinnerArm) for arm in self.arms.values()) > 1:
            raise ValueError("there are two arms that wait for the best; keep one")
        if self.winner and self.winner[1].fallback not in self.variants:
            known = ", ".join(self.variants)
            raise ValueError(
                f"fallback: {self.winner[1].fallback!r} is no arm with steps; choose one of {known}"
            )
        return self


class GoToStep(Step):
    """Go on at another step, forward, or back past a wait."""

    keyword: ClassVar[str] = "go_to"
    go_to: str = Field(description="The step's id")


class ExitStep(Step):
    """Leave the journey."""

    keyword: ClassVar[str] = "exit"
    exit: str = Field(description="Why, as reports show it")


# Acting


class SetStep(Step):
    """Set fields of the contact, in mactl's state, over what the sources say."""

    keyword: ClassVar[str] = "set"
    set: dict[str, Scalar | None] = Field(
        min_length=1, description="Field → value; null empties it"
    )


_Tags = Annotated[
    Many[str], BeforeValidator(lambda value: [value] if isinstance(value, str) else value), TEXT
]


class TagStep(Step):
    """Give the contact a tag."""

    keyword: ClassVar[str] = "tag"
    tag: _Tags = Field(description="The tag, or several")


class UntagStep(Step):
    """Take a tag from the contact."""

    keyword: ClassVar[str] = "untag"
    untag: _Tags = Field(description="The tag, or several")


class Suppression(Model):
    """What the contact must not be written to about any more."""

    topic: str | None = Field(None, description="The topic; all mail where left out")
    reason: str = Field(description="Why, as it is shown where it holds")


class SuppressStep(Step):
    """Write to the contact no more."""

    keyword: ClassVar[str] = "suppress"
    suppress: Annotated[Suppression, from_text(lambda text: {"reason": text}), TEXT] = Field(
        description="The reason, or {topic: …, reason: …}"
    )


class Notification(Model):
    """A message to colleagues."""

    to: str = Field(description="A team of mactl.yaml")
    message: str = Field(description="What it says (Jinja)")


class NotifyStep(Step):
    """Tell colleagues."""

    keyword: ClassVar[str] = "notify"
    notify: Notification = Field(description="Whom, and what")


class Assignment(Model):
    """A task for colleagues."""

    id: str | None = Field(None, description="Its name, which is the step's id")
    to: str = Field(description="A team of mactl.yaml")
    title: str = Field(description="What is to be done (Jinja)")
    due: DurationText | None = Field(None, description="By when, from now on")


class TaskStep(Step):
    """Give colleagues something to do."""

    keyword: ClassVar[str] = "task"
    task: Assignment = Field(description="Whom, what and by when")


class Export(Model):
    """A row in a file."""

    to: str = Field(description="A CSV file below exports/")
    columns: Many[str] = Field(min_length=1, description="Fields of the contact")


class ExportStep(Step):
    """Append the contact to a file."""

    keyword: ClassVar[str] = "export"
    export: Export = Field(description="Which file, which columns")


def _plain_tree(value: Any) -> Any:
    """Nothing but what JSON has; ValueError otherwise."""
    if isinstance(value, dict):
        return {str(key): _plain_tree(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return tuple(_plain_tree(inner) for inner in value)
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    raise ValueError("text, numbers, true, false, lists and mappings are expected here")


class WebhookCall(Model):
    """A request to another system."""

    to: str = Field(description="A webhook of mactl.yaml")
    body: Annotated[dict[str, Any], AfterValidator(_plain_tree)] = Field(
        description="The JSON that it gets; texts are Jinja"
    )


class WebhookStep(Step):
    """Tell another system."""

    keyword: ClassVar[str] = "webhook"
    webhook: WebhookCall = Field(description="Which webhook, and what it gets")


class EnrollStep(Step):
    """Hand the contact over to another recipe's journey."""

    keyword: ClassVar[str] = "enroll"
    enroll: str = Field(description="The recipe")


ActingStep = (
    SetStep | TagStep | UntagStep | SuppressStep | NotifyStep | TaskStep | ExportStep | WebhookStep | EnrollStep
)  # fmt: skip
ACTING_KINDS: tuple[type[ActingStep], ...] = get_args(ActingStep)
"""Steps that do something at once, and are passed with it."""
AnyStepKind = (
    SendStep | WaitStep | WaitForStep | WaitUntilStep | ChooseStep | SplitStep | MilestoneStep | GoToStep
    | AskConsentStep | ActingStep | ExitStep
)  # fmt: skip
STEP_KINDS: tuple[type[AnyStepKind], ...] = get_args(AnyStepKind)

if TYPE_CHECKING:
    AnyStep = AnyStepKind
    AnyActingStep = ActingStep
else:
    AnyStep = one_of(STEP_KINDS, "a step")
    AnyActingStep = one_of(ACTING_KINDS, "a step that is done at once, such as {enroll: …},")

for _model in (
    Arm, SplitStep, Case, Otherwise, ChooseStep, WaitForStep, MilestoneStep, AskConsentStep,
):  # fmt: skip
    _model.model_rebuild()
