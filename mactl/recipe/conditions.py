"""Conditions: who is meant, as a tree of immutable values.

Every condition is evaluated on all contacts at once; an empty cell is unknown, and every comparison
with it is false, except that `ne` and `not_in` are true and `empty` says what it says.
"""

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, TypeVar, get_args

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from mactl.clock import parse_local
from mactl.declaring import LIST_OF_THEM, AlsoWritten, DurationText, Many, Model, one_of

TestType = TypeVar("TestType", bound=Model)
Scalar = str | int | float | bool


def _instant_text(text: str) -> str:
    parse_local(text)
    return text


InstantText = Annotated[str, AfterValidator(_instant_text)]
"""An ISO 8601 date or instant; without a zone it is read in the project's."""


class FieldValue(Model):
    """The value of another field of the same contact."""

    field: str = Field(description="The other field's name")


Operand = Scalar | FieldValue
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
    return tuple(
        info.alias or name
        for name, info in declared_by.model_fields.items()
        if name in test.model_fields_set and getattr(test, name) is not None
    )


def needs_operator(test: TestType) -> TestType:
    """`test` itself; ValueError where it compares with nothing."""
    if not test.operators:  # type: ignore[attr-defined]
        raise ValueError("this compares with nothing; add an operator such as eq, gte or empty")
    return test


def operand(test: Model, operator: str) -> Any:
    """What `operator`, spelled as in a recipe, compares with in `test`."""
    return getattr(test, "in_" if operator == "in" else operator)


def _equals(value: Any) -> Any:
    return {"eq": value} if isinstance(value, (str, int, float, bool)) else value


PropertyTest = Annotated[
    ValueTest,
    BeforeValidator(_equals),
    AlsoWritten(
        {"type": ["string", "number", "boolean"], "description": "equals; text regardless of case"}
    ),
]
"""In `where`: a test, or a plain value for equality."""
Where = dict[str, PropertyTest]


class All(Model):
    """Every one of the conditions holds; a plain list means the same."""

    tag: ClassVar[str] = "all"
    all: Many["Condition"] = Field(description="Every one of these holds")


class AnyOf(Model):
    """At least one of the conditions holds."""

    tag: ClassVar[str] = "any"
    any: Many["Condition"] = Field(description="At least one of these holds")


class NoneOf(Model):
    """None of the conditions holds: plain negation."""

    tag: ClassVar[str] = "none"
    none: Many["Condition"] = Field(description="None of these holds")


class FieldCondition(ValueTest):
    """A field of the contact passes a test."""

    tag: ClassVar[str] = "field"
    field: str = Field(description="The field's name")


class EventCondition(Window):
    """The contact did or underwent something: at least once, unless `count`, `never` … say otherwise."""

    tag: ClassVar[str] = "event"
    event: str = Field(description="The event's name")
    where: Where = Field({}, description="Property → what it must be")
    count: CountTest | None = Field(
        None, description="How often; at least once where it is left out"
    )
    never: bool | None = Field(None, description="true: not once")
    first: TimeTest | None = Field(None, description="When the first of them was")
    last: TimeTest | None = Field(None, description="When the last of them was")
    sum: PropertyNumberTest | None = Field(
        None, description="The sum of a property; 0 without events"
    )
    avg: PropertyNumberTest | None = Field(None, description="The mean of a property")
    min: PropertyNumberTest | None = Field(None, description="The least value of a property")
    max: PropertyNumberTest | None = Field(None, description="The greatest value of a property")
    since: Literal["ever", "trigger"] | None = Field(
        None, description="Within a journey: also what came before the trigger (ever)"
    )

    @model_validator(mode="after")
    def _agrees(self) -> "EventCondition":
        if self.never is False:
            raise ValueError("never: false says nothing; leave it out, or write count: {gte: 1}")
        measured = (self.count, self.first, self.last, self.sum, self.avg, self.min, self.max)
        if self.never and any(measured):
            raise ValueError(
                "what never happened has no count, first, last or sum; keep one of them"
            )
        return self

    @property
    def has_window(self) -> bool:
        """Whether it says when the events must have been."""
        return bool(written(self, Window))


class SegmentCondition(Model):
    """The contact is in a segment."""

    tag: ClassVar[str] = "segment"
    segment: str = Field(description="A segment of this recipe, or RECIPE.NAME")


class ScoreCondition(NumberTest):
    """The contact's score passes a test."""

    tag: ClassVar[str] = "score"
    score: str = Field(description="A score of this recipe, or RECIPE.NAME")

    @model_validator(mode="after")
    def _compares(self) -> "ScoreCondition":
        return needs_operator(self)


class StageAtLeast(Model):
    """A stage or one further up the ladder."""

    at_least: str = Field(description="The lowest stage that is meant")


class StageCondition(Model):
    """The contact is in a stage of the ladder."""

    tag: ClassVar[str] = "stage"
    stage: str | StageAtLeast = Field(description="The stage, or {at_least: STAGE}")


class LabelCondition(Model):
    """A label has put the contact in a bucket."""

    tag: ClassVar[str] = "label"
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
)
KINDS: tuple[type[Kind], ...] = get_args(Kind)
"""Every kind of condition, told apart by the key named as its tag."""


def _from_list(value: Any) -> Any:
    return {"all": value} if isinstance(value, list) else value


if TYPE_CHECKING:
    Condition = Kind
else:
    Condition = Annotated[
        one_of(KINDS, "a condition such as {field: country, eq: NL}"),
        BeforeValidator(_from_list),
        LIST_OF_THEM,
    ]
"""A condition: a mapping of one kind, or a list, which means `all`."""

for _model in (All, AnyOf, NoneOf):
    _model.model_rebuild()

ALWAYS = All(all=())
"""The condition that holds for everyone."""
