"""A condition as a line that people read: in `explain`, in a plan's reasons, in the docs."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

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
    Reaction,
    SampleCondition,
    ScoreCondition,
    SegmentCondition,
    Sequel,
    StageCondition,
    TagCondition,
    TaskCondition,
    TriggerCondition,
)
from mactl.recipe.definitions import EventRule
from mactl.recipe.operators import FieldValue, NumberTest, ValueTest, Window, operand, written
from mactl.rules.steps import ANY, step_of

_WORDS = {
    "eq": "is {}",
    "ne": "is not {}",
    "in": "is one of {}",
    "not_in": "is none of {}",
    "lt": "is less than {}",
    "lte": "is at most {}",
    "gt": "is more than {}",
    "gte": "is at least {}",
    "between": "is between {} and {}",
    "contains": "contains {}",
    "starts_with": "starts with {}",
    "ends_with": "ends with {}",
    "word": "has the word {}",
    "matches": "matches {}",
    "anniversary_in": "has its anniversary within {}",
    "has": "has {}",
    "has_any": "has any of {}",
    "has_all": "has all of {}",
    "within_last": "is within the last {}",
    "older_than": "is longer ago than {}",
    "within_next": "is within the next {}",
    "further_than": "is further ahead than {}",
    "before": "is before {}",
    "after": "is after {}",
}
_MEASURES = {"sum": "the sum of", "avg": "the mean of", "min": "the least", "max": "the greatest"}


def describe(condition: Kind) -> str:
    """`country is one of NL, BE`; `page_view where path contains /pricing, at least 3 times`."""
    return _DESCRIBE[type(condition)](condition)


def _joined(conditions: Sequence[Kind], word: str, none: str) -> str:
    parts = [
        f"({text})" if len(conditions) > 1 and isinstance(inner, (All, AnyOf)) else text
        for inner in conditions
        for text in [describe(inner)]
    ]
    return f" {word} ".join(parts) or none


def describe_test(name: str, test: ValueTest) -> str:
    """`nps is at most 4`; `email is empty`."""
    case = " (case counts)" if test.case else ""
    return f"{name} {_compared(test, test.operators)}{case}"


def describe_rule(rule: EventRule) -> str:
    """`page_view where path contains pricing within the last 30 days`."""
    return _matching(rule) + _window(rule)


def _event(condition: EventCondition) -> str:
    what = _matching(condition)
    if condition.same:
        what += f" with the same {condition.same} as the trigger"
    for sequel, word in ((condition.followed_by, ""), (condition.not_followed_by, "not ")):
        if sequel:
            what += f" {word}followed by {_matching(sequel)} within {sequel.within}"
    if condition.never:
        what = f"no {what}"
    return ", ".join([*_happening(condition, what), *_measures(condition)])


def _reaction(condition: Reaction) -> str:
    step = step_of(condition)
    what = f"{_REACTED[condition.keyword]} {'any message' if step == ANY else step}"
    if condition.where:
        what += f" where {_tests(condition.where)}"
    return ", ".join(_happening(condition, f"never {what}" if condition.never else what))


_REACTED = {
    "sent": "sent",
    "opened": "opened",
    "clicked": "clicked in",
    "replied": "replied to",
    "bounced": "bounced:",
}


def _happening(condition: Happening, what: str) -> list[str]:
    """What happened, how often, when first and when last."""
    when = _window(condition)
    if condition.since:
        when += f" since {_SINCE[condition.since]}"
    parts = [what + ("" if condition.count else when)]
    if condition.count:
        parts.append(_times(condition.count) + when)
    parts += [
        f"the {measure} {_compared(test, test.operators)}"
        for measure in ("first", "last")
        if (test := getattr(condition, measure))
    ]
    return parts


_SINCE = {"ever": "ever", "trigger": "the trigger"}


def _measures(condition: EventCondition) -> list[str]:
    return [
        f"{words} {test.of} {_compared(test, test.operators)}"
        for measure, words in _MEASURES.items()
        if (test := getattr(condition, measure))
    ]


def _field(condition: FieldCondition) -> str:
    parts = [describe_test(condition.field, condition)] if condition.operators else []
    if condition.changed:
        parts.append(f"{condition.field} last changed{_window(condition.changed)}")
    return " and ".join(parts)


def _segment(condition: SegmentCondition) -> str:
    for way in ("joined", "left"):
        test = getattr(condition, way)
        if test:
            return f"last {way} segment {condition.segment}{_window(test)}"
    return f"in segment {condition.segment}"


def _score(condition: ScoreCondition) -> str:
    parts = [_compared(condition, condition.operators)] if condition.operators else []
    if condition.rose_by is not None:
        rise = f"rose by at least {_show(condition.rose_by)}"
        parts.append(f"{rise} within the last {condition.within_last}")
    return f"score {condition.score} {' and '.join(parts)}"


def _stage(condition: StageCondition) -> str:
    stage = condition.stage
    return (
        f"in stage {stage}" if isinstance(stage, str) else f"in stage {stage.at_least} or further"
    )


def _none(condition: NoneOf) -> str:
    return f"not ({_joined(condition.none, 'or', '')})" if condition.none else "everyone"


def _consent(condition: ConsentCondition) -> str:
    by = "" if condition.channel == "email" else f" by {condition.channel}"
    return f"consent for {condition.consent}{by} is {condition.is_}"


_DESCRIBE: Mapping[type, Callable[[Any], str]] = {
    All: lambda what: _joined(what.all, "and", "everyone"),
    AnyOf: lambda what: _joined(what.any, "or", "nobody"),
    NoneOf: _none,
    FieldCondition: _field,
    EventCondition: _event,
    **dict.fromkeys(REACTIONS, _reaction),
    SegmentCondition: _segment,
    StageCondition: _stage,
    ScoreCondition: _score,
    LabelCondition: lambda what: f"label {what.label} {_compared(what, what.operators)}",
    TagCondition: lambda what: f"tagged {what.tag}",
    ConsentCondition: _consent,
    EnrolledCondition: lambda what: f"in the journey of {what.enrolled}",
    CompletedCondition: lambda what: f"went through the journey of {what.completed}",
    TaskCondition: lambda what: f"task {what.task} is {what.is_}",
    TriggerCondition: lambda what: describe_test(f"the trigger's {what.trigger}", what),
    SampleCondition: lambda what: f"in the {what.sample * 100:g}% sample {what.seed}",
    AnyoneCondition: lambda what: f"someone with the same {what.anyone}: {describe(what.has)}",
}


def _matching(what: EventCondition | EventRule | Sequel) -> str:
    return f"{what.event} where {_tests(what.where)}" if what.where else what.event


def _tests(tests: Mapping[str, ValueTest]) -> str:
    return " and ".join(describe_test(name, test) for name, test in tests.items())


def _window(test: Window) -> str:
    """` within the last 30 days`, with a space before it; empty where there is none."""
    operators = written(test, Window)
    words = _compared(test, operators).replace(" and is ", " and ").removeprefix("is ")
    return f" {words}" if operators else ""


def _times(test: NumberTest) -> str:
    counts = []
    for operator in test.operators:
        wanted = operand(test, operator)
        words = _WORDS[operator].format(*_shown(operator, wanted)).removeprefix("is ")
        counts.append(f"{words} {'time' if wanted == 1 else 'times'}")
    return " and ".join(counts)


def _compared(test: Any, operators: Sequence[str]) -> str:
    return " and ".join(_compare(operator, operand(test, operator)) for operator in operators)


def _compare(operator: str, wanted: Any) -> str:
    if operator == "empty":
        return "is empty" if wanted else "is filled"
    if operator == "any":
        return f"lists one whose {_tests(wanted)}" if wanted else "lists anything"
    return _WORDS[operator].format(*_shown(operator, wanted))


def _shown(operator: str, wanted: Any) -> list[str]:
    if operator == "between":
        return [_show(end) for end in wanted]
    if isinstance(wanted, tuple):
        word = " or " if operator == "word" else ", "
        return [word.join(_show(item) for item in wanted) or "nothing"]
    return [_show(wanted)]


def _show(value: Any) -> str:
    if isinstance(value, FieldValue):
        return f"the field {value.field}"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and (not value or value != value.strip()):
        return repr(value)
    return str(value)
