"""What is wrong with the conditions of a cookbook: names, circles, regular expressions, types."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
from pydantic import BaseModel

from mactl.columns import FieldType
from mactl.document import Route
from mactl.findings import Finding, Place, Severity
from mactl.recipe.conditions import (
    EventCondition,
    FieldCondition,
    LabelCondition,
    StageCondition,
    ValueTest,
    operand,
)
from mactl.recipe.cookbook import Cookbook
from mactl.recipe.definitions import EventRule
from mactl.recipe.journey import EnterByEvent, Goal
from mactl.recipe.recipe import Recipe
from mactl.recipe.walk import walk
from mactl.rules.moments import Present
from mactl.rules.names import (
    BREAK_CIRCLE,
    Definition,
    circle_in_words,
    circles_in,
    definitions_of,
    home,
    needs,
    referred,
    suggest,
)
from mactl.rules.prepared import pattern_error
from mactl.rules.source import Source
from mactl.rules.text import describe_test
from mactl.rules.values import misfits
from mactl.validation import did_you_mean

_SECTIONS = {"segment": "segments", "score": "scoring", "stage": "stages", "label": "labels"}
_WITH_WHERE = (EventCondition, EventRule, EnterByEvent, Goal)


def find_circular_definitions(cookbook: Cookbook) -> list[Finding]:
    """`circular-definition`: segments, scores, stages or labels that need each other in a circle."""
    graph = {d: needs(d, cookbook) for d in definitions_of(cookbook)}
    return [
        Finding(
            "circular-definition", Severity.ERROR, circle_in_words(circle),
            _place(circle[0], cookbook), BREAK_CIRCLE,
        )
        for circle in circles_in(graph)
    ]  # fmt: skip


def _place(definition: Definition, cookbook: Cookbook) -> Place:
    recipe = cookbook.recipes[home(definition, cookbook)]
    name = definition.name.partition(".")[2]
    return recipe.document.place((_SECTIONS[definition.kind], name), key=True)


def find_unknown_names(cookbook: Cookbook) -> list[Finding]:
    """`unknown-segment`, `unknown-score`, `unknown-label`, `unknown-bucket` and `unknown-stage`."""
    known = definitions_of(cookbook)
    return [
        finding
        for recipe in cookbook
        for route, part in walk(recipe.file)
        for finding in _unknown_names(route, part, recipe, cookbook, known)
    ]


def _unknown_names(
    route: Route,
    part: BaseModel,
    recipe: Recipe,
    cookbook: Cookbook,
    known: Sequence[Definition],
) -> Iterator[Finding]:
    definition = referred(part, recipe.id, cookbook)
    if definition is None:
        return
    if isinstance(part, StageCondition):
        at_least = not isinstance(part.stage, str)
        stage = part.stage if isinstance(part.stage, str) else part.stage.at_least
        if stage not in cookbook.stages:
            place = recipe.document.place((*route, "stage", *(("at_least",) if at_least else ())))
            hint = did_you_mean(stage, cookbook.stages) or "add it to `stages`"
            yield _unknown("stage", stage, place, hint)
        return
    if definition not in known:
        hint = suggest(definition, known, recipe.id) or f"add it to `{_SECTIONS[definition.kind]}`"
        written = getattr(part, definition.kind)
        place = recipe.document.place((*route, definition.kind))
        yield _unknown(definition.kind, written, place, hint)
    elif isinstance(part, LabelCondition):
        buckets = cookbook.labels[definition.name]
        for operator in part.operators:
            wanted = operand(part, operator)
            for bucket in wanted if isinstance(wanted, tuple) else (wanted,):
                if isinstance(bucket, str) and bucket not in buckets:
                    place = recipe.document.place((*route, operator))
                    hint = did_you_mean(bucket, buckets) or f"known here: {', '.join(buckets)}"
                    yield _unknown("bucket", bucket, place, hint)


def _unknown(kind: str, name: str, place: Place, hint: str) -> Finding:
    return Finding(f"unknown-{kind}", Severity.ERROR, f"{name!r} is not defined", place, hint)


def find_bad_patterns(cookbook: Cookbook) -> list[Finding]:
    """`bad-pattern`: a `matches` that is no regular expression in RE2's syntax."""
    return [
        Finding(
            "bad-pattern", Severity.ERROR, f"{part.matches!r} is no regular expression: {problem}",
            recipe.document.place((*route, "matches")),
            "RE2 has no backreferences and no lookaround; quote special characters with a backslash",
            "https://github.com/google/re2/wiki/Syntax",
        )
        for recipe in cookbook
        for route, part in walk(recipe.file)
        if isinstance(part, ValueTest)
        and part.matches is not None
        and (problem := pattern_error(part.matches))
    ]  # fmt: skip


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
    """`type-mismatch`: comparisons that never hold, or always, as of a number with text."""
    return [
        Finding(
            "type-mismatch", Severity.WARNING,
            f"{mismatch.test}: {mismatch.column} holds {_NOUNS[mismatch.type]}, so this "
            f"{'always' if mismatch.always else 'never'} holds",
            recipe.document.place(mismatch.route),
            f"compare it with {_NOUNS[mismatch.type]}, or declare another type under `columns`",
        )
        for recipe in cookbook
        for mismatch in type_mismatches(recipe.file, fields, properties)
    ]  # fmt: skip


_NOUNS = {
    FieldType.TEXT: "text",
    FieldType.NUMBER: "numbers",
    FieldType.BOOLEAN: "true or false",
    FieldType.DATE: "dates",
    FieldType.INSTANT: "instants",
    FieldType.LIST: "lists",
}


def type_mismatches(
    part: Any, fields: Mapping[str, FieldType], properties: Mapping[str, FieldType]
) -> Iterator[TypeMismatch]:
    """Every test of a field or property in a part of a recipe that compares what never compares.

    Columns that are in neither mapping are passed over: what is unknown is another matter.
    """
    contacts, events = _columns(fields), _columns(properties)
    for route, inner in walk(part):
        if isinstance(inner, FieldCondition):
            yield from _mismatches(route, inner.field, inner, contacts, contacts)
        elif isinstance(inner, _WITH_WHERE):
            for name, test in inner.where.items():
                yield from _mismatches((*route, "where", name), name, test, events, contacts)
        if isinstance(inner, EventCondition):
            yield from _unsummable(route, inner, events)


_ONE_BY_ONE = {"in": "eq", "not_in": "ne", "has_any": "has", "has_all": "has"}


def _columns(types: Mapping[str, FieldType]) -> Source:
    """A table without rows: the rules say of it what they say of any."""
    table = pa.schema([pa.field(name, type_.arrow) for name, type_ in types.items()]).empty_table()
    return Source(table, types, Present(datetime(2000, 1, 1, tzinfo=UTC), ZoneInfo("UTC")), "x")


def _mismatches(
    route: Route, name: str, test: ValueTest, source: Source, others: Source
) -> Iterator[TypeMismatch]:
    cell = source.cell(name)
    if cell.type is None:
        return
    for operator in test.operators:
        if operator == "matches" and pattern_error(operand(test, operator)):
            continue
        for item in misfits(cell, operator, operand(test, operator), others):
            words = describe_test(name, ValueTest(**{_ONE_BY_ONE.get(operator, operator): item}))
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
