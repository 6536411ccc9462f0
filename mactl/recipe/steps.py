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
    CHANNEL_MEANINGS,
    TEXT,
    AlsoWritten,
    ChannelName,
    DurationText,
    Many,
    Meanings,
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

    is_aside: ClassVar[bool] = True
    id: str | None = Field(
        None, description="What people in flight stand on; made from the kind where left out"
    )


# Sending


_CHANNELS = {**CHANNEL_MEANINGS, "preferred": "what the contact's `preferred_channel` says"}
_SendChannel = Literal[ChannelName, "preferred"]


class SendTarget(Model):
    """Which template a send uses, and what it does differently."""

    template: str = Field(description="The template")
    id: str | None = Field(None, description="The step's id, where it is not the template's name")
    subject: str | None = Field(None, description="A subject instead of the template's")
    channel: Annotated[
        Many[_SendChannel],
        BeforeValidator(lambda value: [value] if isinstance(value, str) else value),
        AlsoWritten({"enum": [*_CHANNELS], "enumDescriptions": [*_CHANNELS.values()]}),
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
    example: ClassVar[str] = "send: {template: reminder, channel: [preferred, sms, email]}"
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
    example: ClassVar[str] = (
        "ask_consent: {topic: offers, template: ask, wording: wording/offers.md}\nup_to: 14 days"
    )
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
    example: ClassVar[str] = 'wait: {for: 3 days, days: [tue, thu], at: "09:00"}'
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
    example: ClassVar[str] = 'wait_until: {date: contract_end, offset: -30 days, at: "08:00"}'
    wait_until: UntilDate = Field(description="Which date")


class WaitForStep(Step):
    """Wait until a condition holds, but not longer than `up_to`."""

    keyword: ClassVar[str] = "wait_for"
    example: ClassVar[str] = "wait_for: {clicked: offer}\nup_to: 4 days\nelse: [{send: reminder}]"
    wait_for: Condition = Field(description="What is waited for")
    up_to: DurationText = Field(description="How long at most")
    then: Many["AnyStep"] = Field((), description="The steps of those for whom it held in time")
    else_: Many["AnyStep"] = Field((), alias="else", description="The steps of all others")


class MilestoneStep(Step):
    """Who meets it further up jumps here; who arrives without it waits for it."""

    keyword: ClassVar[str] = "milestone"
    example: ClassVar[str] = "milestone: demo-booked\nwhen: {event: demo_booked}\nup_to: 10 days"
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
    example: ClassVar[str] = (
        "choose:\n"
        "  - {when: {field: country, eq: DE}, then: [{send: offer-de}]}\n"
        "  - {else: [{send: offer}]}"
    )
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
    example: ClassVar[str] = "{share: 50%, steps: [{send: offer}]}"
    share: Share = Field(description="How many of all take it")
    steps: Many["AnyStep"] = Field(description="The steps they pass")


class WinnerArm(Model):
    """The way of those who wait to see which arm did best."""

    keyword: ClassVar[str] = "measure"
    example: ClassVar[str] = (
        "{share: 80%, after: 4 hours, measure: clicked, at_least: 500, fallback: plain}"
    )
    share: Share = Field(description="How many of all wait for the best arm")
    after: DurationText = Field(description="How long after the first send of an arm")
    measure: Annotated[
        Literal["opened", "clicked", "replied", "goal"],
        Meanings(
            opened="opened the message",
            clicked="clicked in the message",
            replied="answered the message",
            goal="met the recipe's goal",
        ),
    ] = Field(description="Which share of those written to decides")
    at_least: int = Field(1, ge=1, description="How many sends each arm needs")
    fallback: str = Field(description="The arm taken where one has fewer")


class SplitStep(Step):
    """Draw lots: each contact takes one arm, the same on every machine and in every run."""

    keyword: ClassVar[str] = "split"
    example: ClassVar[str] = (
        "split: subject\n"
        "arms:\n"
        "  plain: {share: 50%, steps: [{send: offer}]}\n"
        "  short: {share: 50%, steps: [{send: offer-short}]}"
    )
    split: str = Field(description="The draw's name")
    per: Annotated[
        Literal["contact", "enrollment"],
        Meanings(
            contact="the same arm each time they enter",
            enrollment="a new draw each time they enter",
        ),
    ] = Field("contact", description="enrollment: draw anew each time they enter")
    arms: dict[str, one_of((WinnerArm, Arm), "an arm", "AnyArm")] = Field(  # type: ignore[valid-type]
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
    example: ClassVar[str] = "go_to: profile"
    go_to: str = Field(description="The step's id")


class ExitStep(Step):
    """Leave the journey."""

    keyword: ClassVar[str] = "exit"
    example: ClassVar[str] = "exit: not sold there"
    exit: str = Field(description="Why, as reports show it")


# Acting


class SetStep(Step):
    """Set fields of the contact, in mactl's state, over what the sources say."""

    keyword: ClassVar[str] = "set"
    example: ClassVar[str] = "set: {lifecycle: nurtured}"
    set: dict[str, Scalar | None] = Field(
        min_length=1, description="Field → value; null empties it"
    )


_Tags = Annotated[
    Many[str], BeforeValidator(lambda value: [value] if isinstance(value, str) else value), TEXT
]


class TagStep(Step):
    """Give the contact a tag."""

    keyword: ClassVar[str] = "tag"
    example: ClassVar[str] = "tag: vip"
    tag: _Tags = Field(description="The tag, or several")


class UntagStep(Step):
    """Take a tag from the contact."""

    keyword: ClassVar[str] = "untag"
    example: ClassVar[str] = "untag: cold"
    untag: _Tags = Field(description="The tag, or several")


class Suppression(Model):
    """What the contact must not be written to about any more."""

    topic: str | None = Field(None, description="The topic; all mail where left out")
    reason: str = Field(description="Why, as it is shown where it holds")


class SuppressStep(Step):
    """Write to the contact no more."""

    keyword: ClassVar[str] = "suppress"
    example: ClassVar[str] = "suppress: {topic: offers, reason: no proof}"
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
    example: ClassVar[str] = 'notify: {to: sales, message: "{{ contact.email }} is hot"}'
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
    example: ClassVar[str] = (
        'task: {id: call, to: sales, title: "Call {{ contact.first_name }}", due: 2 business days}'
    )
    task: Assignment = Field(description="Whom, what and by when")


class Export(Model):
    """A row in a file."""

    to: str = Field(description="A CSV file below exports/")
    columns: Many[str] = Field(min_length=1, description="Fields of the contact")


class ExportStep(Step):
    """Append the contact to a file."""

    keyword: ClassVar[str] = "export"
    example: ClassVar[str] = "export: {to: exports/hot.csv, columns: [email, first_name]}"
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
    example: ClassVar[str] = 'webhook: {to: crm, body: {email: "{{ contact.email }}"}}'
    webhook: WebhookCall = Field(description="Which webhook, and what it gets")


class EnrollStep(Step):
    """Hand the contact over to another recipe's journey."""

    keyword: ClassVar[str] = "enroll"
    example: ClassVar[str] = "enroll: decision"
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
    AnyStep = one_of(STEP_KINDS, "a step", "Step")
    AnyActingStep = one_of(
        ACTING_KINDS, "a step that is done at once, such as {enroll: …},", "ActingStep"
    )
