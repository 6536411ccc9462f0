"""What lets people into a journey."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, Field

from mactl.declaring import AlsoWritten, DurationText, Many, Meanings, Model, TimeOfDay, one_of
from mactl.durations import Duration
from mactl.recipe.conditions import Condition
from mactl.recipe.operators import InstantText, Where

_SOME_DAY = datetime(2000, 1, 1)
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class EnterBase(Model):
    """What lets people in, and which of them."""

    is_aside: ClassVar[bool] = True
    if_: Condition | None = Field(None, alias="if", description="Only contacts for whom this holds")


class EnterBySegment(EnterBase):
    """Its members enter, now and later."""

    keyword: ClassVar[str] = "segment"
    example: ClassVar[str] = "{segment: customers, existing: false}"
    segment: str = Field(description="The segment whose members enter")
    existing: bool = Field(True, description="false: only who joins from now on")


class EnterByEvent(EnterBase):
    """Who does this enters."""

    keyword: ClassVar[str] = "event"
    example: ClassVar[str] = "{event: cart_abandoned, key: cart_id, if: {trigger: value, gte: 50}}"
    event: str = Field(description="The event that lets them in")
    where: Where = Field({}, description="Property → what it must be")
    key: str | None = Field(
        None, description="The property that tells one occurrence from the next"
    )


class EnterByDate(EnterBase):
    """A date of the contact lets them in."""

    keyword: ClassVar[str] = "date"
    example: ClassVar[str] = '{date: contract_end, offset: -90 days, at: "09:00"}'
    date: str = Field(description="The field that holds the date")
    offset: DurationText = Field(Duration(), description="How long before (-90 days) or after it")
    at: TimeOfDay | None = Field(
        None, description="The time of day in the contact's zone; 00:00 where left out"
    )
    yearly: bool = Field(False, description="Every year on its day, as birthdays")
    feb_29: Annotated[
        Literal["feb_28", "mar_1", "skip"],
        Meanings(feb_28="on the day before", mar_1="on the day after", skip="not in that year"),
    ] = Field("feb_28", description="When a year lacks 29 February")


class EnterBySlot(EnterBase):
    """The members of a segment enter together, time after time."""

    segment: str = Field(description="Who enters at each slot")


def _days(value: object) -> object:
    if value == "day":
        return list(get_args(Weekday))
    return [value] if isinstance(value, str) else value


class EnterEvery(EnterBySlot):
    """On some days of each week."""

    keyword: ClassVar[str] = "every"
    example: ClassVar[str] = '{every: tue, at: "09:00", segment: subscribers}'
    every: Annotated[
        Many[Weekday],
        BeforeValidator(_days),
        AlsoWritten({"type": "string", "enum": [*get_args(Weekday), "day"]}),
    ] = Field(min_length=1, description="A weekday, several, or day")
    at: TimeOfDay = Field(description="The time of day in the contact's zone")


def _cron(text: str) -> str:
    from cronsim import CronSim, CronSimError  # loads only where a recipe has a cron line

    try:
        CronSim(text, _SOME_DAY)
    except CronSimError as bad:
        raise ValueError(
            f"{text!r} is not a cron line: {bad}; write minute, hour, day, month and weekday: 0 9 * * tue"
        ) from bad
    return text


class EnterByCron(EnterBySlot):
    """At the instants of a cron line."""

    keyword: ClassVar[str] = "cron"
    example: ClassVar[str] = '{cron: "0 9 1 * *", segment: subscribers}'
    cron: Annotated[str, AfterValidator(_cron)] = Field(
        description="Minute, hour, day, month, weekday, in the contact's zone"
    )


class EnterOnce(EnterBySlot):
    """At one instant."""

    keyword: ClassVar[str] = "once"
    example: ClassVar[str] = "{once: 2026-12-15T09:00, segment: subscribers}"
    once: InstantText = Field(description="The date and time; without a zone in the contact's")


class EnterByHandover(EnterBase):
    """Only whom another recipe's `enroll` hands over."""

    keyword: ClassVar[str] = "handover"
    example: ClassVar[str] = "{handover: true}"
    handover: Literal[True] = Field(description="true")


AnyEnter = (
    EnterEvery | EnterByCron | EnterOnce | EnterByHandover | EnterBySegment | EnterByEvent | EnterByDate
)  # fmt: skip

if TYPE_CHECKING:
    Enter = AnyEnter
else:
    Enter = one_of(get_args(AnyEnter), "an `enter` such as {segment: customers}", "Enter")
