"""Conditions as expressions over a frame of contacts, or of subjects joined to theirs."""

from collections.abc import Mapping
from dataclasses import dataclass

import narwhals as nw

from mactl.errors import ConfigurationError
from mactl.recipe.conditions import (
    All,
    AnyOf,
    EventCondition,
    FieldCondition,
    Kind,
    LabelCondition,
    NoneOf,
    PropertyNumberTest,
    ScoreCondition,
    StageCondition,
    operand,
)
from mactl.recipe.cookbook import Cookbook
from mactl.rules.comparisons import (
    every,
    known,
    number_passes,
    some,
    time_passes,
)
from mactl.rules.names import Definition, referred
from mactl.rules.source import Source
from mactl.rules.tally import Tally
from mactl.rules.values import passes
from mactl.validation import did_you_mean

MEASURES = ("sum", "avg", "min", "max")


@dataclass(frozen=True, slots=True)
class Scope:
    """Where the names in a condition lead: its recipe, the columns, and whose events count."""

    cookbook: Cookbook
    recipe: str
    fields: Source
    definitions: Mapping[Definition, nw.Expr]
    """The columns of the segments, scores, stage and labels that conditions may refer to."""
    of_contacts: Tally
    of_subjects: Tally | None = None
    """Events counted for each subject; None where the condition is about contacts."""
    is_limited: bool = False
    """Whether subjects have an instant after which events no longer count."""


def hold(condition: Kind, scope: Scope) -> nw.Expr:
    """Whether `condition` holds: true or false, never null."""
    if isinstance(condition, All):
        return every(hold(inner, scope) for inner in condition.all)
    if isinstance(condition, AnyOf):
        return some(hold(inner, scope) for inner in condition.any)
    if isinstance(condition, NoneOf):
        return ~some(hold(inner, scope) for inner in condition.none)
    if isinstance(condition, FieldCondition):
        return passes(scope.fields.cell(condition.field), condition, scope.fields)
    if isinstance(condition, EventCondition):
        return _happened(condition, scope)
    definition = referred(condition, scope.recipe, scope.cookbook)
    assert definition is not None
    column = scope.definitions[definition]
    if isinstance(condition, ScoreCondition):
        return number_passes(column, condition)
    if isinstance(condition, StageCondition):
        return known(column.is_in(stages_meant(condition, scope.cookbook)))
    if isinstance(condition, LabelCondition):
        return _labelled(column, condition)
    return column


def stages_meant(condition: StageCondition, cookbook: Cookbook) -> list[str]:
    """The stages that `condition` speaks of; ConfigurationError where the ladder lacks the one it names."""
    ladder = list(cookbook.stages)
    wanted = condition.stage
    named = wanted if isinstance(wanted, str) else wanted.at_least
    if named not in ladder:
        raise ConfigurationError(f"stage {named} is not defined", did_you_mean(named, ladder))
    return [named] if isinstance(wanted, str) else ladder[ladder.index(named) :]


def _labelled(bucket: nw.Expr, condition: LabelCondition) -> nw.Expr:
    tests = []
    for operator in condition.operators:
        wanted = operand(condition, operator)
        if operator == "empty":
            tests.append(bucket.is_null() if wanted else ~bucket.is_null())
            continue
        buckets = list(wanted) if isinstance(wanted, tuple) else [wanted]
        within = known(bucket.is_in(buckets))
        tests.append(~within if operator in ("ne", "not_in") else within)
    return every(tests)


def counting(condition: EventCondition, scope: Scope) -> tuple[Tally, str]:
    """The tally that `condition` reads and the name of its events in it.

    For subjects, events without a window count from the trigger on unless it says `since: ever`. What
    counts alike for all subjects of a contact is counted for the contact.
    """
    since_trigger = condition.since == "trigger" or (
        condition.since is None and not condition.has_window
    )
    tally = scope.of_contacts
    if scope.of_subjects is not None and (since_trigger or scope.is_limited):
        tally = scope.of_subjects
    else:
        since_trigger = False
    return tally, tally.matching(condition, since_trigger=since_trigger)


def measured(condition: EventCondition, measure: str, scope: Scope) -> nw.Expr:
    """What `count`, `first`, `last`, `sum`, `avg`, `min` or `max` of a condition comes to."""
    tally, match = counting(condition, scope)
    if measure in MEASURES:
        of = {"sum": tally.sum, "avg": tally.mean, "min": tally.least, "max": tally.greatest}
        test: PropertyNumberTest = getattr(condition, measure)
        return of[measure](match, test.of)
    return {"count": tally.count, "first": tally.first, "last": tally.last}[measure](match)


def _happened(condition: EventCondition, scope: Scope) -> nw.Expr:
    tests = [
        number_passes(measured(condition, measure, scope), test)
        for measure in ("count", *MEASURES)
        if (test := getattr(condition, measure)) is not None
    ]
    tests += [
        time_passes(measured(condition, measure, scope), test, scope.fields)
        for measure in ("first", "last")
        if (test := getattr(condition, measure)) is not None
    ]
    if condition.never:
        tests.append(measured(condition, "count", scope) == 0)
    return every(tests) if tests else measured(condition, "count", scope) > 0
