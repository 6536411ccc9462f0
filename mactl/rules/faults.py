"""What is wrong with the conditions of a cookbook: names, circles, regular expressions, what is out of place."""

from collections.abc import Collection, Iterator
from typing import Any

from pydantic import BaseModel

from mactl.document import Route
from mactl.findings import Finding, Place, Severity
from mactl.recipe.conditions import (
    REACTIONS,
    AnyoneCondition,
    CompletedCondition,
    EnrolledCondition,
    EventCondition,
    LabelCondition,
    StageCondition,
    TaskCondition,
    TriggerCondition,
)
from mactl.recipe.cookbook import Cookbook
from mactl.recipe.enter import EnterByEvent, EnterByHandover
from mactl.recipe.operators import FieldValue, PropertyValueTest, ValueTest, operand
from mactl.recipe.recipe import Recipe
from mactl.recipe.steps import EnrollStep
from mactl.recipe.walk import walk
from mactl.rules.names import (
    BREAK_CIRCLE,
    Definition,
    circle_in_words,
    circles_in,
    definitions_of,
    derived_field,
    field_named,
    home,
    needs,
    referred,
    suggest,
)
from mactl.rules.steps import ANY, sending_names, step_of, task_names
from mactl.validation import did_you_mean

_SECTIONS = {
    "segment": "segments", "score": "scoring", "stage": "stages", "label": "labels", "field": "fields",
}  # fmt: skip


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
    """`unknown-segment`, `unknown-score`, `unknown-label`, `unknown-bucket`, `unknown-stage`, `unknown-field` (a
    derived one), `unknown-recipe`, `unknown-step` and `unknown-task`."""
    known = dict.fromkeys(definitions_of(cookbook))
    return [
        finding
        for recipe in cookbook
        for finding in (
            *_unknown_in_formulas(recipe, cookbook, known),
            *(
                finding
                for route, part in walk(recipe.file)
                for finding in _unknown_names(route, part, recipe, cookbook, known)
            ),
        )
    ]


def _unknown_in_formulas(
    recipe: Recipe, cookbook: Cookbook, known: Collection[Definition]
) -> Iterator[Finding]:
    for name, formula in recipe.file.fields.items():
        for part in formula.names:
            yield from _unknown_field(part.name, ("fields", name), recipe, cookbook, known)


def _unknown_names(
    route: Route,
    part: BaseModel,
    recipe: Recipe,
    cookbook: Cookbook,
    known: Collection[Definition],
) -> Iterator[Finding]:
    field = field_named(part)
    if field is not None:
        key = "anyone" if isinstance(part, AnyoneCondition) else "field"
        yield from _unknown_field(field, (*route, key), recipe, cookbook, known)
    if isinstance(part, (EnrolledCondition, CompletedCondition, EnrollStep)):
        name: str = getattr(part, part.keyword)
        yield from _unknown_journey(name, (*route, part.keyword), recipe, cookbook)
    elif isinstance(part, REACTIONS):
        if step_of(part) != ANY:
            yield from _unknown_step(step_of(part), (*route, part.keyword), recipe, cookbook)
    elif isinstance(part, TaskCondition):
        yield from _unknown_step(part.task, (*route, "task"), recipe, cookbook)
    elif isinstance(part, StageCondition):
        yield from _unknown_stage(part, route, recipe, cookbook)
    else:
        yield from _undefined(part, route, recipe, cookbook, known)


def _undefined(
    part: BaseModel,
    route: Route,
    recipe: Recipe,
    cookbook: Cookbook,
    known: Collection[Definition],
) -> Iterator[Finding]:
    """A segment, score or label that nothing defines, or a bucket that a label lacks."""
    definition = referred(part, recipe.id, cookbook)
    if definition is None:
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


def _unknown_stage(
    part: StageCondition, route: Route, recipe: Recipe, cookbook: Cookbook
) -> Iterator[Finding]:
    at_least = not isinstance(part.stage, str)
    stage = part.stage if isinstance(part.stage, str) else part.stage.at_least
    if stage not in cookbook.stages:
        place = recipe.document.place((*route, "stage", *(("at_least",) if at_least else ())))
        hint = did_you_mean(stage, cookbook.stages) or "add it to `stages`"
        yield _unknown("stage", stage, place, hint)


def _unknown_field(
    name: str, route: Route, recipe: Recipe, cookbook: Cookbook, known: Collection[Definition]
) -> Iterator[Finding]:
    """A RECIPE.NAME whose recipe has no such derived field; what names no recipe may be a column."""
    owner = name.partition(".")[0]
    if "." in name and owner in cookbook.recipes and not derived_field(name, "", cookbook):
        hint = suggest(Definition("field", name), known, recipe.id)
        place = recipe.document.place(route)
        yield _unknown("field", name, place, hint or f"add it to `fields` of {owner}")


def _unknown_journey(
    name: str, route: Route, recipe: Recipe, cookbook: Cookbook
) -> Iterator[Finding]:
    place = recipe.document.place(route)
    journeys = [other.id for other in cookbook if other.file.journey is not None]
    hint = did_you_mean(name, journeys)
    if name not in cookbook.recipes:
        yield _unknown("recipe", name, place, hint or "name a recipe of this cookbook")
    elif name not in journeys:
        yield Finding(
            "unknown-recipe", Severity.ERROR, f"{name!r} has no journey to be in", place,
            hint or "name a recipe that has one",
        )  # fmt: skip


def _unknown_step(
    written: str, route: Route, recipe: Recipe, cookbook: Cookbook
) -> Iterator[Finding]:
    """A message or task that no step of its recipe sends or gives."""
    kind = "task" if route[-1] == "task" else "step"
    place = recipe.document.place(route)
    owner, _, name = cookbook.qualify(written, recipe.id).partition(".")
    if owner not in cookbook.recipes:
        hint = did_you_mean(owner, cookbook.recipes) or "name a recipe of this cookbook"
        yield _unknown("recipe", owner, place, hint)
        return
    names = (task_names if kind == "task" else sending_names)(cookbook.recipes[owner].file)
    if name not in names:
        known = f"{owner} has {', '.join(names)}" if names else f"{owner} has none"
        yield _unknown(kind, written, place, did_you_mean(name, names) or known)


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
        and (problem := _pattern_error(part.matches))
    ]  # fmt: skip


def _pattern_error(pattern: str) -> str | None:
    from mactl.rules.prepared import pattern_error  # Arrow takes longer to import than most checks

    return pattern_error(pattern)


def find_misplaced(cookbook: Cookbook) -> list[Finding]:
    """`no-trigger`: `same` or `trigger` where nothing enrolled anybody; `field-of-nobody`: a thing in a list compared
    with a field, though only contacts have those."""
    return [
        finding
        for recipe in cookbook
        for finding in (*_without_trigger(recipe), *_fields_of_things(recipe))
    ]


def _without_trigger(recipe: Recipe) -> Iterator[Finding]:
    others: list[Route] = []
    for route, part in walk(recipe.file):
        if isinstance(part, AnyoneCondition):
            others.append((*route, "has"))
        same = isinstance(part, EventCondition) and part.same is not None
        if not same and not isinstance(part, TriggerCondition):
            continue
        place = recipe.document.place((*route, "same" if same else "trigger"))
        what = "`same`" if same else "`trigger`"
        where = _about_contacts(route, others)
        if where:
            yield Finding(
                "no-trigger", Severity.ERROR,
                f"{what} never holds {where}: it is about contacts, whom nothing enrolled",
                place, "ask it in `leave`, `wait_for` or a step's `when`",
            )  # fmt: skip
        elif not _has_trigger(recipe):
            yield Finding(
                "no-trigger", Severity.WARNING,
                f"{what} never holds of who enters here: no event enrols them",
                place, "enter by an event, or ask about a field",
            )  # fmt: skip


_ABOUT_CONTACTS = {
    ("segments",): "in a segment",
    ("scoring",): "in a score",
    ("stages",): "in a stage",
    ("labels",): "in a label",
    ("journey", "exclude"): "in `exclude`",
}


def _about_contacts(route: Route, others: list[Route]) -> str | None:
    """Where in a recipe this is, if what stands there is about contacts rather than enrollments."""
    if any(route[: len(other)] == other for other in others):
        return "in `anyone`"
    found = (where for begin, where in _ABOUT_CONTACTS.items() if route[: len(begin)] == begin)
    return next(found, None)


def _has_trigger(recipe: Recipe) -> bool:
    journey = recipe.file.journey
    return journey is not None and isinstance(journey.enter, (EnterByEvent, EnterByHandover))


def _fields_of_things(recipe: Recipe) -> Iterator[Finding]:
    for route, part in walk(recipe.file):
        if not isinstance(part, PropertyValueTest) or part.any_ is None:
            continue
        tests: dict[str, Any] = part.any_
        for inner, value in walk(tests, (*route, "any")):
            if isinstance(value, FieldValue):
                yield Finding(
                    "field-of-nobody", Severity.ERROR,
                    f"a thing in a list can't be compared with the field {value.field}",
                    recipe.document.place(inner), "compare it with a value",
                )  # fmt: skip
