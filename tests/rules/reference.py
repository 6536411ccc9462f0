"""The contract's conditions on one contact at a time, in plain Python: slow, and obviously what is meant."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from mactl.durations import add_duration
from mactl.recipe.conditions import (
    All,
    AnyOf,
    EventCondition,
    FieldCondition,
    FieldValue,
    Kind,
    LabelCondition,
    NoneOf,
    ScoreCondition,
    SegmentCondition,
    StageCondition,
    Window,
    operand,
    written,
)
from mactl.recipe.cookbook import Cookbook
from mactl.recipe.definitions import EventRule

TIMES = ("date", "instant")
TRUE, FALSE = ("true", "yes", "1"), ("false", "no", "0")


@dataclass(frozen=True)
class Event:
    name: str
    at: datetime
    properties: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class World:
    """One contact: values are str, float, bool, date, datetime or a list of str; None or missing is empty."""

    now: datetime
    zone: ZoneInfo
    cookbook: Cookbook
    recipe: str
    fields: Mapping[str, Any]
    field_types: Mapping[str, str]
    events: tuple[Event, ...]
    property_types: Mapping[str, str]
    since: datetime | None = None
    until: datetime | None = None
    subject: bool = False

    def elsewhere(self, recipe: str) -> "World":
        """The same contact as definitions see it: without a trigger."""
        return World(
            self.now, self.zone, self.cookbook, recipe, self.fields, self.field_types,
            self.events, self.property_types,
        )  # fmt: skip


def holds(condition: Kind, world: World) -> bool:
    if isinstance(condition, All):
        return all(holds(inner, world) for inner in condition.all)
    if isinstance(condition, AnyOf):
        return any(holds(inner, world) for inner in condition.any)
    if isinstance(condition, NoneOf):
        return not any(holds(inner, world) for inner in condition.none)
    if isinstance(condition, FieldCondition):
        name = condition.field
        return passes(world.fields.get(name), world.field_types.get(name), condition, world)
    if isinstance(condition, EventCondition):
        return happened(condition, world)
    if isinstance(condition, SegmentCondition):
        return in_segment(condition.segment, world)
    if isinstance(condition, ScoreCondition):
        return number_passes(score(condition.score, world), condition)
    if isinstance(condition, StageCondition):
        ladder = list(world.cookbook.stages)
        mine = stage(world)
        if isinstance(condition.stage, str):
            return mine == condition.stage
        return mine is not None and ladder.index(mine) >= ladder.index(condition.stage.at_least)
    assert isinstance(condition, LabelCondition)
    mine = label(condition.label, world)
    results = []
    for operator in condition.operators:
        wanted = operand(condition, operator)
        results.append(
            {
                "eq": lambda w: mine == w,
                "ne": lambda w: mine != w,
                "in": lambda w: mine in w,
                "not_in": lambda w: mine not in w,
                "empty": lambda w: (mine is None) == w,
            }[operator](wanted)
        )
    return all(results)


def in_segment(name: str, world: World) -> bool:
    name = world.cookbook.qualify(name, world.recipe)
    inner = world.elsewhere(name.partition(".")[0])
    return holds(world.cookbook.segments[name], inner)


def stage(world: World) -> str | None:
    ladder = world.cookbook.ladder
    inner = world.elsewhere(ladder.id if ladder else "")
    found = [name for name, who in world.cookbook.stages.items() if holds(who, inner)]
    return found[-1] if found else None


def label(name: str, world: World) -> str | None:
    name = world.cookbook.qualify(name, world.recipe)
    inner = world.elsewhere(name.partition(".")[0])
    buckets = world.cookbook.labels[name]
    return next((bucket for bucket, who in buckets.items() if holds(who, inner)), None)


def score(name: str, world: World) -> float:
    name = world.cookbook.qualify(name, world.recipe)
    inner = world.elsewhere(name.partition(".")[0])
    what = world.cookbook.scores[name]
    total = sum(rule_points(rule, inner) for rule in what.rules)
    if what.cap is not None:
        total = min(total, what.cap)
    if what.floor is not None:
        total = max(total, what.floor)
    return six(total)


def rule_points(rule: Any, world: World) -> float:
    if not isinstance(rule, EventRule):
        return rule.points if holds(rule.when, world) else 0.0
    total = 0.0
    for event in matching(rule, world):
        worth = float(rule.points)
        if rule.half_life is not None:
            age = (world.now - event.at) / timedelta(days=1)
            worth *= 0.5 ** (age / rule.half_life.mean_days)
        total += worth
    if rule.at_most is not None:
        total = max(-abs(rule.at_most), min(abs(rule.at_most), total))
    return total


def matching(what: Any, world: World) -> list[Event]:
    return [
        event
        for event in world.events
        if event.name == what.event
        and event.at <= world.now
        and all(
            passes(event.properties.get(name), world.property_types.get(name), test, world)
            for name, test in what.where.items()
        )
        and all(
            moment_passes(event.at, "instant", operator, operand(what, operator), world)
            for operator in written(what, Window)
        )
    ]


def happened(condition: EventCondition, world: World) -> bool:
    events = matching(condition, world)
    if world.subject:
        counts_from_trigger = condition.since == "trigger" or (
            condition.since is None and not written(condition, Window)
        )
        if counts_from_trigger and world.since is not None:
            events = [event for event in events if event.at >= world.since]
        if world.until is not None:
            events = [event for event in events if event.at <= world.until]
    results = []
    if condition.never:
        results.append(not events)
    if condition.count:
        results.append(number_passes(len(events), condition.count))
    for measure, make in {"sum": sum, "avg": mean, "min": min, "max": max}.items():
        test = getattr(condition, measure)
        if test is None:
            continue
        is_number = world.property_types.get(test.of) == "number"
        values = [event.properties.get(test.of) for event in events] if is_number else []
        known = [value for value in values if value is not None]
        empty = 0.0 if measure == "sum" else None
        value = make(known) if known else empty
        if value is not None and measure in ("sum", "avg"):
            value = six(value)
        results.append(number_passes(value, test))
    for measure, pick in {"first": min, "last": max}.items():
        test = getattr(condition, measure)
        if test is not None:
            at = pick((event.at for event in events), default=None)
            results += [
                at is not None
                and moment_passes(at, "instant", operator, operand(test, operator), world)
                for operator in test.operators
            ]
    return all(results) if results else bool(events)


def mean(values: list[float]) -> float:
    return sum(values) / len(values)


def six(value: float) -> float:
    """To six decimals; what comes that close under a half goes up with it."""
    return math.floor(value * 1e6 + 0.5001) / 1e6


def number_passes(value: float | None, test: Any) -> bool:
    return all(
        number_compares(value, operator, operand(test, operator)) for operator in test.operators
    )


def number_compares(value: float | None, operator: str, wanted: Any) -> bool:
    if operator in ("ne", "not_in"):
        return not number_compares(value, "eq" if operator == "ne" else "in", wanted)
    if value is None:
        return False
    return {
        "eq": lambda: value == wanted,
        "in": lambda: value in wanted,
        "lt": lambda: value < wanted,
        "lte": lambda: value <= wanted,
        "gt": lambda: value > wanted,
        "gte": lambda: value >= wanted,
        "between": lambda: wanted[0] <= value <= wanted[1],
    }[operator]()


def passes(value: Any, type_: str | None, test: Any, world: World) -> bool:
    """Whether a cell of a column of `type_` (None: no such column) passes every operator."""
    if type_ is None:
        value = None
    return all(
        compares(value, type_, operator, operand(test, operator), test.case, world)
        for operator in test.operators
    )


def compares(value: Any, type_: Any, operator: str, wanted: Any, case: bool, world: World) -> bool:
    if operator == "empty":
        return (value is None) == wanted
    if operator == "ne":
        return not compares(value, type_, "eq", wanted, case, world)
    if operator == "not_in":
        return not compares(value, type_, "in", wanted, case, world)
    if value is None:
        return False
    if operator in ("in", "has_any"):
        one = "eq" if operator == "in" else "has"
        return any(compares(value, type_, one, item, case, world) for item in wanted)
    if operator == "has_all":
        return all(compares(value, type_, "has", item, case, world) for item in wanted)
    if operator == "has":
        return has(value, type_, wanted, case, world)
    if type_ in TIMES:
        return moment_passes(value, type_, operator, wanted, world)
    if isinstance(wanted, FieldValue):
        other_type = world.field_types.get(wanted.field)
        other = world.fields.get(wanted.field)
        if other is None or other_type != type_:
            return False
        if operator == "eq":
            return folded(value, case) == folded(other, case)
        ordered = type_ == "number" and operator in ("lt", "lte", "gt", "gte")
        return ordered and number_compares(value, operator, other)
    if operator == "eq":
        return equals(value, type_, wanted, case)
    if operator in ("lt", "lte", "gt", "gte", "between"):
        ends = wanted if operator == "between" else (wanted,)
        plain = all(isinstance(end, (int, float)) and not isinstance(end, bool) for end in ends)
        return type_ == "number" and plain and number_compares(value, operator, wanted)
    if type_ != "text":
        return False
    if operator == "matches":
        return bool(re.search(wanted, value, 0 if case else re.IGNORECASE))
    text = folded(value, case)
    if operator == "word":
        words = [wanted] if isinstance(wanted, str) else wanted
        return any(
            re.search(rf"(?<!\w){spaced(folded(word, case))}(?!\w)", text)
            for word in words
            if word.strip()
        )
    return {
        "contains": lambda w: w in text,
        "starts_with": lambda w: text.startswith(w),
        "ends_with": lambda w: text.endswith(w),
    }.get(operator, lambda w: False)(folded(wanted, case))


def spaced(word: str) -> str:
    return r"\s+".join(re.escape(part) for part in word.split())


def folded(value: Any, case: bool) -> Any:
    if case:
        return value
    if isinstance(value, list):
        return [item.lower() for item in value]
    return value.lower() if isinstance(value, str) else value


def equals(value: Any, type_: str, wanted: Any, case: bool) -> bool:
    if type_ == "number":
        return isinstance(wanted, (int, float)) and value == wanted
    if type_ == "boolean":
        return as_text(wanted).lower() in (TRUE if value else FALSE)
    if type_ == "list":
        texts = (TRUE if wanted else FALSE) if isinstance(wanted, bool) else (as_text(wanted),)
        lists = [[item.strip() for item in text.split(";") if item.strip()] for text in texts]
        return folded(value, case) in [folded(items, case) for items in lists]
    if isinstance(wanted, bool):
        return folded(value, case) in (TRUE if wanted else FALSE)
    return isinstance(wanted, str) and folded(value, case) == folded(wanted, case)


def has(value: Any, type_: str, wanted: Any, case: bool, world: World) -> bool:
    texts = (TRUE if wanted else FALSE) if isinstance(wanted, bool) else (as_text(wanted),)
    if type_ == "list":
        return any(folded(text, case) in folded(value, case) for text in texts)
    if type_ == "text":
        return any(folded(text, case) == folded(value, case) for text in texts)
    return compares(value, type_, "eq", wanted, case, world)


def as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def moment_passes(value: Any, type_: str, operator: str, wanted: Any, world: World) -> bool:
    zone, now = world.zone, world.now
    today = now.astimezone(zone).date()

    def reach(length: Any) -> Any:
        moment = add_duration(now, length, zone)
        return moment.astimezone(zone).date() if type_ == "date" else moment

    if operator == "anniversary_in":
        day = value if type_ == "date" else value.astimezone(zone).date()
        last = add_duration(now, wanted, zone).astimezone(zone).date()
        ahead = [today + timedelta(days=n) for n in range((last - today).days + 1)]
        return any(recurs(day, coming) for coming in ahead)
    here = today if type_ == "date" else now
    if operator == "within_last":
        return bool(reach(-wanted) <= value <= here)
    if operator == "older_than":
        return bool(value < reach(-wanted))
    if operator == "within_next":
        return bool(here <= value <= reach(wanted))
    if operator == "further_than":
        return bool(value > reach(wanted))
    if operator == "between":
        low, high = (moment_relation(value, type_, end, world) for end in wanted)
        return low is not None and high is not None and low >= 0 and high <= 0
    relation = moment_relation(value, type_, wanted, world)
    if relation is None:
        return False
    return {
        "eq": relation == 0,
        "lt": relation < 0,
        "before": relation < 0,
        "lte": relation <= 0,
        "gt": relation > 0,
        "after": relation > 0,
        "gte": relation >= 0,
    }.get(operator, False)


def recurs(day: date, coming: date) -> bool:
    if (day.month, day.day) == (coming.month, coming.day):
        return True
    leap = coming.year % 4 == 0 and (coming.year % 100 != 0 or coming.year % 400 == 0)
    return not leap and (day.month, day.day, coming.month, coming.day) == (2, 29, 2, 28)


def moment_relation(value: Any, type_: str, wanted: Any, world: World) -> int | None:
    """-1, 0 or 1: `value` lies before, in or after `wanted`; a date on either side compares by days."""
    if isinstance(wanted, FieldValue):
        other = world.fields.get(wanted.field)
        if world.field_types.get(wanted.field) not in TIMES or other is None:
            return None
    elif not isinstance(wanted, str):
        return None
    else:
        try:
            other = date.fromisoformat(wanted)
        except ValueError:
            try:
                other = datetime.fromisoformat(wanted)
            except ValueError:
                return None
            other = other if other.tzinfo else other.replace(tzinfo=world.zone)
    if isinstance(value, datetime) and isinstance(other, datetime):
        return (value > other) - (value < other)
    mine, theirs = (
        moment.astimezone(world.zone).date() if isinstance(moment, datetime) else moment
        for moment in (value, other)
    )
    return (mine > theirs) - (mine < theirs)
