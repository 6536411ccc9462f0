"""Comparisons of what never compares: a number with text, text with a date."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from mactl.columns import FieldType
from mactl.document import Route
from mactl.findings import Finding, Severity
from mactl.recipe.conditions import (
    EventCondition,
    FieldCondition,
    Happening,
    Sequel,
    TriggerCondition,
)
from mactl.recipe.cookbook import Cookbook
from mactl.recipe.definitions import EventRule
from mactl.recipe.derived import NOUNS
from mactl.recipe.enter import EnterByEvent
from mactl.recipe.journey import Goal
from mactl.recipe.operators import PropertyValueTest, ValueTest, operand
from mactl.recipe.walk import walk
from mactl.rules.derive import Fields
from mactl.rules.moments import Present
from mactl.rules.names import Definition
from mactl.rules.prepared import pattern_error
from mactl.rules.source import Source
from mactl.rules.tables import Memory, Table
from mactl.rules.text import describe_test
from mactl.rules.values import misfits

_WITH_WHERE = (Happening, EventRule, EnterByEvent, Goal, Sequel)
_PRESENT = Present(datetime(2000, 1, 1, tzinfo=UTC), ZoneInfo("UTC"))
_NO_RECIPES = Cookbook()


@dataclass(frozen=True, slots=True)
class TypeMismatch:
    """A test that no value of its column can pass, or that none can fail (`ne`, `not_in`)."""

    route: Route
    """To the operator, in the part of the recipe that was looked through."""
    column: str
    type: FieldType
    test: str
    """The test in words."""
    always: bool = False
    """Whether it always holds rather than never."""


def find_type_mismatches(
    cookbook: Cookbook, fields: Mapping[str, FieldType], properties: Mapping[str, FieldType]
) -> list[Finding]:
    """`type-mismatch`: comparisons that never hold, or always, as of a number with text, and derived fields that are
    empty for everyone, as text less a number."""
    found = [
        Finding(
            "type-mismatch", Severity.WARNING,
            f"{mismatch.test}: {mismatch.column} holds {NOUNS[mismatch.type]}, so this "
            f"{'always' if mismatch.always else 'never'} holds",
            recipe.document.place(mismatch.route),
            f"compare it with {NOUNS[mismatch.type]}, or declare another type under `columns`",
        )
        for recipe in cookbook
        for mismatch in type_mismatches(recipe.file, fields, properties, cookbook, recipe.id)
    ]  # fmt: skip
    return [*found, *_wrong_formulas(cookbook, fields)]


def _wrong_formulas(cookbook: Cookbook, fields: Mapping[str, FieldType]) -> Iterator[Finding]:
    columns = _fields(fields, cookbook)
    for recipe in cookbook:
        for name in recipe.file.fields:
            wrong = columns.mismatch(Definition("field", f"{recipe.id}.{name}"))
            if wrong:
                message, _, hint = wrong.partition("; ")
                place = recipe.document.place(("fields", name))
                yield Finding(
                    "type-mismatch", Severity.WARNING,
                    f"{name}: {message}, so it is empty for everyone", place, hint,
                )  # fmt: skip


def type_mismatches(
    part: Any,
    fields: Mapping[str, FieldType],
    properties: Mapping[str, FieldType],
    cookbook: Cookbook = _NO_RECIPES,
    recipe: str = "",
) -> Iterator[TypeMismatch]:
    """Every test of a field or property in a part of a recipe that compares what never compares.

    Columns that are in neither mapping are passed over: what is unknown is another matter.
    """
    contacts = Source(_fields(fields, cookbook), _PRESENT, "x").within(recipe)
    events = Source(Table(_empty(properties), properties, Memory()), _PRESENT, "x")
    for route, inner in walk(part):
        if isinstance(inner, FieldCondition):
            yield from _mismatches(route, inner.field, inner, contacts, contacts)
        elif isinstance(inner, TriggerCondition):
            yield from _mismatches(route, inner.trigger, inner, events, contacts, "the trigger's ")
        elif isinstance(inner, _WITH_WHERE):
            for name, test in inner.where.items():
                yield from _mismatches((*route, "where", name), name, test, events, contacts)
        if isinstance(inner, EventCondition):
            yield from _unsummable(route, inner, events)


def _fields(types: Mapping[str, FieldType], cookbook: Cookbook) -> Fields:
    """Contacts without rows: the rules say of them what they say of any."""
    return Fields(_empty(types), types, Memory(), cookbook, _PRESENT)


def _empty(types: Mapping[str, FieldType]) -> pa.Table:
    return pa.schema([pa.field(name, type_.arrow) for name, type_ in types.items()]).empty_table()


_ONE_BY_ONE = {"in": "eq", "not_in": "ne", "has_any": "has", "has_all": "has"}


def _mismatches(
    route: Route, name: str, test: ValueTest, source: Source, others: Source, whose: str = ""
) -> Iterator[TypeMismatch]:
    cell = source.cell(name)
    if cell.type is None:
        return
    for operator in test.operators:
        if operator == "matches" and pattern_error(operand(test, operator)):
            continue
        for item in misfits(cell, operator, operand(test, operator), others):
            one = {_ONE_BY_ONE.get(operator, operator): item}
            words = describe_test(f"{whose}{name}", PropertyValueTest.model_validate(one))
            always = operator in ("ne", "not_in")
            yield TypeMismatch((*route, operator), name, cell.type, words, always)


def _unsummable(route: Route, condition: EventCondition, events: Source) -> Iterator[TypeMismatch]:
    for measure in ("sum", "avg", "min", "max"):
        test = getattr(condition, measure)
        if test is None:
            continue
        type_ = events.cell(test.of).type
        if type_ not in (FieldType.NUMBER, None):
            words = f"the {measure} of {test.of}"
            yield TypeMismatch((*route, measure, "of"), test.of, type_, words)
