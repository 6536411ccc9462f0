"""Operators: what a value, a number, an instant must be.

An empty cell is unknown, and every comparison with it is false, except that `ne` and `not_in` are true and `empty`
says what it says.
"""

from functools import cache
from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from mactl.clock import parse_local
from mactl.declaring import AlsoWritten, Defined, DurationText, Many, Model

TestType = TypeVar("TestType", bound=Model)
Scalar = str | int | float | bool


def _instant_text(text: str) -> str:
    parse_local(text)
    return text


InstantText = Annotated[
    str,
    AfterValidator(_instant_text),
    Defined("Instant", {"type": "string", "examples": ["2026-12-01T09:00", "2026-12-01"]}),
]
"""An ISO 8601 date or instant; without a zone it is read in the project's."""


class FieldValue(Model):
    """The value of another field of the same contact."""

    field: str = Field(description="The other field's name")


Operand = Annotated[Scalar | FieldValue, Defined("Operand")]
Number = int | float


class NumberTest(Model):
    """What a number must be; several operators must all hold."""

    eq: Number | None = Field(None, description="equals")
    ne: Number | None = Field(None, description="differs from, or is empty")
    in_: Many[Number] | None = Field(None, alias="in", description="is one of")
    not_in: Many[Number] | None = Field(None, description="is none of, or is empty")
    lt: Number | None = Field(None, description="is less than")
    lte: Number | None = Field(None, description="is at most")
    gt: Number | None = Field(None, description="is more than")
    gte: Number | None = Field(None, description="is at least")
    between: tuple[Number, Number] | None = Field(
        None, description="lies between two numbers, both ends in", strict=False
    )

    @property
    def operators(self) -> tuple[str, ...]:
        """The operators that were written, in the schema's order, as they are spelled in a recipe."""
        return written(self, NumberTest)


class PropertyNumberTest(NumberTest):
    """What a number made from a property of the matching events must be."""

    of: str = Field(description="The property")

    @model_validator(mode="after")
    def _compares(self) -> "PropertyNumberTest":
        return needs_operator(self)


class CountTest(NumberTest):
    """How many matching events there must be."""

    @model_validator(mode="after")
    def _compares(self) -> "CountTest":
        return needs_operator(self)


class Window(Model):
    """When something must have been."""

    is_aside: ClassVar[bool] = True
    within_last: DurationText | None = Field(None, description="not longer ago than this")
    older_than: DurationText | None = Field(None, description="longer ago than this")
    within_next: DurationText | None = Field(None, description="ahead, but not further than this")
    further_than: DurationText | None = Field(None, description="further ahead than this")
    before: InstantText | FieldValue | None = Field(
        None, description="earlier than this date or instant"
    )
    after: InstantText | FieldValue | None = Field(
        None, description="later than this date or instant"
    )


class TimeTest(Window):
    """When the first or last matching event must have been."""

    @property
    def operators(self) -> tuple[str, ...]:
        """The operators that were written."""
        return written(self, Window)

    @model_validator(mode="after")
    def _compares(self) -> "TimeTest":
        return needs_operator(self)


class ValueTest(Window):
    """What a field or a property must be; several operators must all hold."""

    eq: Operand | None = Field(None, description="equals; text regardless of case")
    ne: Operand | None = Field(None, description="differs from, or is empty")
    in_: Many[Scalar] | None = Field(None, alias="in", description="is one of")
    not_in: Many[Scalar] | None = Field(None, description="is none of, or is empty")
    empty: bool | None = Field(None, description="has no value (true) or has one (false)")
    lt: Operand | None = Field(None, description="is less than")
    lte: Operand | None = Field(None, description="is at most")
    gt: Operand | None = Field(None, description="is more than")
    gte: Operand | None = Field(None, description="is at least")
    between: tuple[Scalar, Scalar] | None = Field(
        None, description="lies between two values, both ends in", strict=False
    )
    contains: str | None = Field(None, description="text: has this in it")
    starts_with: str | None = Field(None, description="text: begins with this")
    ends_with: str | None = Field(None, description="text: ends with this")
    word: str | Many[str] | None = Field(
        None, description="text: has this, or one of these, as a whole word"
    )
    matches: str | None = Field(
        None, description="text: has a part that this regular expression (RE2) fits"
    )
    case: bool = Field(False, description="text: tell upper from lower case")
    anniversary_in: DurationText | None = Field(
        None, description="a date: its day and month come again within this time"
    )
    has: Scalar | None = Field(None, description="a list: holds this")
    has_any: Many[Scalar] | None = Field(None, description="a list: holds at least one of these")
    has_all: Many[Scalar] | None = Field(None, description="a list: holds all of these")

    @property
    def operators(self) -> tuple[str, ...]:
        """The operators that were written, in the schema's order, as they are spelled in a recipe."""
        return tuple(name for name in written(self, ValueTest) if name != "case")

    @model_validator(mode="after")
    def _compares(self) -> "ValueTest":
        return needs_operator(self)


def written(test: Model, declared_by: type[Model]) -> tuple[str, ...]:
    """The keys among those that `declared_by` declares which were given a value in `test`."""
    given = test.model_fields_set
    return tuple(
        key
        for name, key in _keys_of(declared_by)
        if name in given and getattr(test, name) is not None
    )


@cache
def _keys_of(model: type[Model]) -> tuple[tuple[str, str], ...]:
    """Each field's name in Python and in a recipe."""
    return tuple((name, info.alias or name) for name, info in model.model_fields.items())


def needs_operator(test: TestType) -> TestType:
    """`test` itself; ValueError where it compares with nothing."""
    if not test.operators:  # type: ignore[attr-defined]
        raise ValueError("this compares with nothing; add an operator such as eq, gte or empty")
    return test


_SPELLED = {"in": "in_", "any": "any_"}


def operand(test: Model, operator: str) -> Any:
    """What `operator`, spelled as in a recipe, compares with in `test`."""
    return getattr(test, _SPELLED.get(operator, operator))


def _equals(value: Any) -> Any:
    return {"eq": value} if isinstance(value, (str, int, float, bool)) else value


_PLAIN = AlsoWritten(
    {"type": ["string", "number", "boolean"], "description": "equals; text regardless of case"}
)
ItemTest = Annotated[ValueTest, BeforeValidator(_equals), _PLAIN]
"""What a property of an item of a list must be: a test, or a plain value for equality."""


class PropertyValueTest(ValueTest):
    """What a property of an event must be."""

    any_: dict[str, ItemTest] | None = Field(
        None, alias="any", description="a list of things: one of them has all of these properties"
    )

    @property
    def operators(self) -> tuple[str, ...]:
        """The operators that were written, in the schema's order, as they are spelled in a recipe."""
        return (*super().operators, *(("any",) if self.any_ is not None else ()))


PropertyTest = Annotated[
    PropertyValueTest, BeforeValidator(_equals), _PLAIN, Defined("PropertyTest")
]
"""In `where`: a test, or a plain value for equality."""
Where = Annotated[dict[str, PropertyTest], Defined("Where")]
