"""Conditions as expressions over a frame of contacts, or of subjects joined to theirs."""

from collections.abc import Callable, Mapping
from typing import Any

import narwhals as nw
import pyarrow as pa

from mactl.columns import CONTACT
from mactl.draws import draw_all
from mactl.errors import ConfigurationError
from mactl.own_events import TAGGED, UNTAGGED
from mactl.recipe.conditions import (
    REACTIONS,
    All,
    AnyOf,
    AnyoneCondition,
    CompletedCondition,
    ConsentCondition,
    EnrolledCondition,
    EventCondition,
    FieldCondition,
    Happening,
    Kind,
    LabelCondition,
    NoneOf,
    SampleCondition,
    ScoreCondition,
    SegmentCondition,
    StageCondition,
    TagCondition,
    TaskCondition,
    TriggerCondition,
)
from mactl.recipe.cookbook import Cookbook
from mactl.recipe.operators import PropertyNumberTest, operand
from mactl.rules.comparisons import NEVER, every, known, number_passes, round_six, some, time_passes
from mactl.rules.consent import consent_stands, standing_of
from mactl.rules.names import Definition, definitions_of, referred, undefined
from mactl.rules.reactions import reactions_meant
from mactl.rules.scope import Scope
from mactl.rules.steps import is_of_own_step
from mactl.rules.tally import Tally
from mactl.rules.traces import (
    has_tag,
    last_change,
    last_passing,
    last_tagging,
    standing_of_task,
    task_stands,
    went_through,
)
from mactl.rules.values import passes
from mactl.validation import did_you_mean

MEASURES = ("sum", "avg", "min", "max")


def hold(condition: Kind, scope: Scope) -> nw.Expr:
    """Whether `condition` holds: true or false, never null."""
    return _HOLD[type(condition)](condition, scope)


def measured(condition: Kind, measure: str, scope: Scope) -> nw.Expr:
    """One value of what a condition looks at; see `questions.Measured` for the measures of each kind."""
    if isinstance(condition, Happening):
        return _measured_events(condition, measure, scope)
    return _LOOKED_AT[type(condition)](condition, measure, scope)


def stages_meant(condition: StageCondition, cookbook: Cookbook) -> list[str]:
    """The stages that `condition` speaks of; ConfigurationError where the ladder lacks the one it names."""
    ladder = list(cookbook.stages)
    wanted = condition.stage
    named = wanted if isinstance(wanted, str) else wanted.at_least
    if named not in ladder:
        raise ConfigurationError(f"stage {named} is not defined", did_you_mean(named, ladder))
    return [named] if isinstance(wanted, str) else ladder[ladder.index(named) :]


def _column(condition: Kind, scope: Scope) -> nw.Expr:
    """The column of the definition that `condition` refers to."""
    return scope.definitions[_definition(condition, scope)]


def _definition(condition: Kind, scope: Scope) -> Definition:
    definition = referred(condition, scope.recipe, scope.cookbook)
    assert definition is not None
    return definition


def _field(condition: FieldCondition, scope: Scope) -> nw.Expr:
    tests = [passes(scope.fields.cell(condition.field), condition, scope.fields)]
    if condition.changed is not None:
        tests.append(
            time_passes(last_change(condition.field, scope), condition.changed, scope.fields)
        )
    return every(tests)


def _in_segment(condition: SegmentCondition, scope: Scope) -> nw.Expr:
    for way in ("joined", "left"):
        test = getattr(condition, way)
        if test is not None:
            definition = _definition(condition, scope)
            if definition.name not in scope.cookbook.segments:
                raise undefined(definition, definitions_of(scope.cookbook))
            return time_passes(last_passing(condition, way, scope), test, scope.fields)
    return _column(condition, scope)


def _scored(condition: ScoreCondition, scope: Scope) -> nw.Expr:
    score = _column(condition, scope)
    tests = [number_passes(score, condition)]
    if condition.rose_by is not None:
        rise = round_six(score - _earlier(condition, scope))
        tests.append(rise >= float(condition.rose_by))
    return every(tests)


def _earlier(condition: ScoreCondition, scope: Scope) -> nw.Expr:
    assert condition.within_last is not None
    score = _definition(condition, scope)
    return scope.asides.earlier(score, condition.within_last, scope.fields)


def _staged(condition: StageCondition, scope: Scope) -> nw.Expr:
    return known(_column(condition, scope).is_in(stages_meant(condition, scope.cookbook)))


def _labelled(condition: LabelCondition, scope: Scope) -> nw.Expr:
    bucket, tests = _column(condition, scope), []
    for operator in condition.operators:
        wanted = operand(condition, operator)
        if operator == "empty":
            tests.append(bucket.is_null() if wanted else ~bucket.is_null())
            continue
        buckets = list(wanted) if isinstance(wanted, tuple) else [wanted]
        within = known(bucket.is_in(buckets))
        tests.append(~within if operator in ("ne", "not_in") else within)
    return every(tests)


def _triggered(condition: TriggerCondition, scope: Scope) -> nw.Expr:
    """Of contacts, who were not enrolled by anything, never; of subjects as of any property."""
    if scope.trigger is None or scope.of_subjects is None:
        return NEVER
    return passes(scope.trigger.cell(condition.trigger), condition, scope.fields)


def _sampled(condition: SampleCondition, scope: Scope) -> nw.Expr:
    def make() -> pa.ChunkedArray:
        ids = scope.fields.table.own(CONTACT).to_pylist()
        return pa.chunked_array([pa.array(draw_all(ids, condition.seed) < condition.sample)])

    key = ("sample", condition.seed, condition.sample)
    return scope.fields.column(key, lambda: scope.fields.table.once(key, make))


def _counted(condition: Happening, scope: Scope) -> tuple[Tally, str]:
    """The tally that `condition` reads and the name of its events in it.

    For subjects, events without a window count from the trigger on unless it says `since: ever`; those of the
    recipe's own messages are those of this enrollment.
    """
    inside = scope.of_subjects is not None
    mine = same = False
    if isinstance(condition, EventCondition):
        same = condition.same is not None
    elif isinstance(condition, REACTIONS):
        mine = inside and is_of_own_step(condition, scope.recipe) and condition.since != "ever"
    since_trigger = (
        inside
        and not mine
        and (condition.since == "trigger" or (condition.since is None and not condition.has_window))
    )
    tally = scope.tally(by_subject=since_trigger or mine or same)
    if isinstance(condition, EventCondition):
        meaning = scope.happenings.named(condition, by_subject=tally.of_subjects)
    else:
        assert isinstance(condition, REACTIONS)
        meaning = reactions_meant(condition, scope)
    own = scope.happenings.of_this_enrollment() if mine else None
    return tally, tally.matching(meaning, since_trigger=since_trigger, own=own)


def _measured_events(condition: Happening, measure: str, scope: Scope) -> nw.Expr:
    tally, match = _counted(condition, scope)
    if measure in MEASURES:
        of = {"sum": tally.sum, "avg": tally.mean, "min": tally.least, "max": tally.greatest}
        test: PropertyNumberTest = getattr(condition, measure)
        return of[measure](match, test.of)
    return {"count": tally.count, "first": tally.first, "last": tally.last}[measure](match)


def _happened(condition: Happening, scope: Scope) -> nw.Expr:
    def found(measure: str) -> nw.Expr:
        return _measured_events(condition, measure, scope)

    tests = [
        number_passes(found(measure), test)
        for measure in ("count", *MEASURES)
        if (test := getattr(condition, measure, None)) is not None
    ]
    tests += [
        time_passes(found(measure), test, scope.fields)
        for measure in ("first", "last")
        if (test := getattr(condition, measure)) is not None
    ]
    if condition.never:
        tests.append(found("count") == 0)
    return every(tests) if tests else found("count") > 0


def _everyone(what: AnyoneCondition, measure: str, scope: Scope) -> nw.Expr:
    if measure == "sharing":
        return scope.asides.sharing(what, scope.fields)
    return scope.asides.fitting(what, scope.recipe, scope.fields)


_HOLD: Mapping[type, Callable[[Any, Scope], nw.Expr]] = {
    All: lambda what, scope: every(hold(inner, scope) for inner in what.all),
    AnyOf: lambda what, scope: some(hold(inner, scope) for inner in what.any),
    NoneOf: lambda what, scope: ~some(hold(inner, scope) for inner in what.none),
    FieldCondition: _field,
    EventCondition: _happened,
    **dict.fromkeys(REACTIONS, _happened),
    SegmentCondition: _in_segment,
    ScoreCondition: _scored,
    StageCondition: _staged,
    LabelCondition: _labelled,
    TagCondition: has_tag,
    ConsentCondition: consent_stands,
    EnrolledCondition: lambda what, scope: went_through(what.enrolled, "active", scope),
    CompletedCondition: lambda what, scope: went_through(what.completed, "completed", scope),
    TaskCondition: task_stands,
    TriggerCondition: _triggered,
    SampleCondition: _sampled,
    AnyoneCondition: lambda what, scope: scope.asides.anyone(what, scope.recipe, scope.fields),
}
_LOOKED_AT: Mapping[type, Callable[[Any, str, Scope], nw.Expr]] = {
    FieldCondition: lambda what, _, scope: last_change(what.field, scope),
    SegmentCondition: last_passing,
    ScoreCondition: lambda what, _, scope: _earlier(what, scope),
    TagCondition: lambda what, way, scope: last_tagging(
        what, TAGGED if way == "tagged" else UNTAGGED, scope
    ),
    ConsentCondition: lambda what, _, scope: standing_of(what, scope),
    TaskCondition: lambda what, _, scope: standing_of_task(what, scope),
    AnyoneCondition: _everyone,
}
