"""What recipes and mactl.yaml are declared with: closed mappings, lists, and values as people write them."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import time
from typing import Annotated, Any, Literal, TypeVar, Union

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    GetJsonSchemaHandler,
    Strict,
    Tag,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from mactl.clock import parse_time_of_day, zone_named
from mactl.durations import Duration, parse_duration
from mactl.validation import did_you_mean


class Model(BaseModel):
    """What every declared mapping of a recipe or of mactl.yaml is: closed, immutable, strict."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        populate_by_name=False,
        arbitrary_types_allowed=True,
        # The models name each other: one validator of a whole recipe has those of all its parts.
        defer_build=True,
    )


Item = TypeVar("Item")

Many = Annotated[tuple[Item, ...], Strict(False)]
"""A YAML list, kept as a tuple."""


DEFINED, CHOICE = "$defined", "$choice"
"""Keys that mark parts of a JSON Schema for `mactl.recipe.schema`, which makes definitions of them."""


class Defined:
    """For the JSON Schema: a definition of its own called `name`, which every place refers to.

    `schema` is what it says, where that is not made from the type.
    """

    def __init__(self, name: str, schema: JsonSchemaValue | None = None) -> None:
        self._name = name
        self._schema = schema

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {DEFINED: {self._name: self._schema or handler(core)}}


class Meanings:
    """For the JSON Schema: what each of some fixed words means; there is one for each of them."""

    def __init__(self, **meanings: str) -> None:
        self._meanings = meanings

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        usual = handler(core)
        if "const" in usual:
            return {**usual, "description": self._meanings[usual["const"]]}
        return {**usual, "enumDescriptions": [self._meanings[word] for word in usual["enum"]]}


class _Choice:
    """For the JSON Schema: a definition called `name` of mappings that are told apart by their keywords."""

    def __init__(self, name: str, kinds: tuple[type[BaseModel], ...], *, or_list: bool) -> None:
        self._name = name
        self._kinds = kinds
        self._or_list = or_list

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        keywords = [kind.keyword for kind in self._kinds]  # type: ignore[attr-defined]
        choice = {
            "keywords": keywords,
            "kinds": handler(core)["oneOf"],
            # An earlier kind may have the keyword of a later one among its keys.
            "unless": [
                [
                    earlier.keyword  # type: ignore[attr-defined]
                    for earlier in self._kinds[:number]
                    if keyword in earlier.model_fields
                ]
                for number, keyword in enumerate(keywords)
            ],
            "or_list": self._or_list,
        }
        return {CHOICE: {self._name: choice}}


class AlsoWritten:
    """For the JSON Schema: a value may also be written as `schema` says, which a validator makes it from."""

    def __init__(self, schema: JsonSchemaValue) -> None:
        self._schema = schema

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"anyOf": [self._schema, handler(core)]}


TEXT = AlsoWritten({"type": "string"})


def from_text(parse: Callable[[str], Any]) -> BeforeValidator:
    """Text is read by `parse`, which raises ValueError; anything else is left to the type."""
    return BeforeValidator(lambda value: parse(value) if isinstance(value, str) else value)


def one_of(
    kinds: tuple[type[BaseModel], ...], what: str, name: str, *, or_list: bool = False
) -> Any:
    """The type of a mapping that is one of `kinds`, told apart by the key that is each kind's `keyword`.

    `what` says in a finding what is expected here: "a step". `name` is what the JSON Schema calls it; with
    `or_list` that also takes a list of them, which a validator has to make one of.
    """
    tags = [kind.keyword for kind in kinds]  # type: ignore[attr-defined]
    names = ", ".join(tags)

    members_of = {tag: f"<{tag}>" for tag in tags}

    def tag_of(value: Any) -> str | None:
        if isinstance(
            value, dict
        ):  # first: Pydantic's own `isinstance` is slow, and asked of each kind
            for tag, member in members_of.items():
                if tag in value:
                    return member
            return None
        return members_of[value.keyword] if isinstance(value, kinds) else None  # type: ignore[attr-defined]

    def is_known(value: Any) -> Any:
        if tag_of(value) is None:
            if not isinstance(value, dict):
                raise ValueError(f"{what} is expected here; it is a mapping with one of {names}")
            hint = next(filter(None, (did_you_mean(str(key), tags) for key in value)), None)
            raise ValueError(f"this is not {what}; {hint or f'it has one of {names}'}")
        return value

    members = tuple(Annotated[kind, Tag(f"<{tag}>")] for kind, tag in zip(kinds, tags, strict=True))
    return Annotated[
        Union[members],  # noqa: UP007
        Discriminator(tag_of),
        BeforeValidator(is_known),
        _Choice(name, kinds, or_list=or_list),
    ]


def _zone_name(name: str) -> str:
    zone_named(name)
    return name


ZoneName = Annotated[
    str,
    from_text(_zone_name),
    Defined("ZoneName", {"type": "string", "examples": ["Europe/Amsterdam"]}),
]
"""An IANA time zone: `Europe/Amsterdam`."""
DurationText = Annotated[
    Duration,
    from_text(parse_duration),
    Defined(
        "Duration",
        {"type": "string", "examples": ["3 days", "2 weeks", "2 business days"]},
    ),
]
"""A length of time as people write it: `3 days`."""
TimeOfDay = Annotated[
    time,
    from_text(parse_time_of_day),
    Defined("TimeOfDay", {"type": "string", "examples": ["09:00"]}),
]
"""A time of day as people write it: `"09:00"`."""


def parse_share(text: str) -> float:
    """`12%` as 0.12; ValueError where it is no share of a whole."""
    found = re.fullmatch(r"(\d{1,3}(?:\.\d+)?)\s*%", text.strip())
    if not found or float(found[1]) > 100:
        raise ValueError(f"{text!r} is not a share; write 10%")
    return float(found[1]) / 100


def _not_a_number(value: Any) -> Any:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        raise ValueError(f"{value} is not a share; write {value:g}%")
    return value


Share = Annotated[
    float,
    from_text(parse_share),
    BeforeValidator(_not_a_number),
    Defined("Share", {"type": "string", "pattern": r"^\d{1,3}(\.\d+)?\s*%$", "examples": ["10%"]}),
]
"""A part of a whole, from 0.0 to 1.0, as people write it: `10%`."""


@dataclass(frozen=True, slots=True)
class Rate:
    """So many in each unit of time."""

    count: int
    per: str
    """second, minute, hour, day, week or month."""

    def __str__(self) -> str:
        return f"{self.count}/{self.per}"


def parse_rate(text: str) -> Rate:
    """`500/day`, `200 per month`; ValueError otherwise."""
    units = "second|minute|hour|day|week|month"
    found = re.fullmatch(rf"(\d+)\s*(?:/|per)\s*({units})", text.strip())
    if not found or not int(found[1]):
        raise ValueError(f"{text!r} is not a rate; write 500/day or 200 per month")
    return Rate(int(found[1]), found[2])


RateText = Annotated[
    Rate,
    from_text(parse_rate),
    Defined("Rate", {"type": "string", "examples": ["500/day", "200 per month"]}),
]
"""So many in each unit of time: `500/day`."""

ChannelName = Literal["email", "sms", "push", "whatsapp", "post", "ads"]
"""The ways in which a message can reach people; `ads` is an audience of an advertising platform."""
CHANNEL_MEANINGS = {
    "email": "by mail",
    "sms": "a text message to their `phone`",
    "push": "to the app on their telephone",
    "whatsapp": "to their `phone`",
    "post": "on paper, by way of a printer",
    "ads": "into an audience of an advertising platform",
}
