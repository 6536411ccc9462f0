"""A condition as a line that people read: in `explain`, in a plan's reasons, in the docs."""

from collections.abc import Sequence
from typing import Any

from mactl.recipe.conditions import (
    All,
    AnyOf,
    EventCondition,
    FieldCondition,
    FieldValue,
    Kind,
    NoneOf,
    NumberTest,
    ScoreCondition,
    SegmentCondition,
    StageAtLeast,
    StageCondition,
    ValueTest,
    Window,
    operand,
    written,
)
from mactl.recipe.definitions import EventRule

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
    if isinstance(condition, All):
        return _joined(condition.all, "and", "everyone")
    if isinstance(condition, AnyOf):
        return _joined(condition.any, "or", "nobody")
    if isinstance(condition, NoneOf):
        if not condition.none:
            return "everyone"
        return f"not ({_joined(condition.none, 'or', '')})"
    if isinstance(condition, FieldCondition):
        return describe_test(condition.field, condition)
    if isinstance(condition, EventCondition):
        return _event(condition)
    if isinstance(condition, SegmentCondition):
        return f"in segment {condition.segment}"
    if isinstance(condition, StageCondition):
        stage = condition.stage
        if isinstance(stage, StageAtLeast):
            return f"in stage {stage.at_least} or further"
        return f"in stage {stage}"
    if isinstance(condition, ScoreCondition):
        return f"score {condition.score} {_compared(condition, condition.operators)}"
    return f"label {condition.label} {_compared(condition, condition.operators)}"


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
    what, when = _matching(condition), _window(condition)
    since = f" since {_SINCE[condition.since]}" if condition.since else ""
    if condition.never:
        what = f"no {what}"
    parts = [what + ("" if condition.count else when + since)]
    if condition.count:
        parts.append(_times(condition.count) + when + since)
    parts += [
        f"{words} {test.of} {_compared(test, test.operators)}"
        for measure, words in _MEASURES.items()
        if (test := getattr(condition, measure))
    ]
    parts += [
        f"the {measure} {_compared(test, test.operators)}"
        for measure in ("first", "last")
        if (test := getattr(condition, measure))
    ]
    return ", ".join(parts)


_SINCE = {"ever": "ever", "trigger": "the trigger"}


def _matching(what: EventCondition | EventRule) -> str:
    tests = " and ".join(describe_test(name, test) for name, test in what.where.items())
    return f"{what.event} where {tests}" if tests else what.event


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
