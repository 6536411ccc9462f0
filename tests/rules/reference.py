"""The contract's conditions on one contact at a time, in plain Python: slow, and obviously what is meant."""

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from mactl.clock import resolve_local
from mactl.draws import draw
from mactl.durations import add_duration
from mactl.project import ConsentColumns
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
from mactl.recipe.definitions import EventRule
from mactl.recipe.operators import FieldValue, Window, operand, written

TIMES = ("date", "instant")
TRUE, FALSE = ("true", "yes", "1"), ("false", "no", "0")


@dataclass(frozen=True)
class Consent:
    topic: str
    state: str
    at: datetime | None
    complete: bool = True
    channels: tuple[str, ...] = ("email",)
    origin: str = "command"


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
    contact: str = ""
    since: datetime | None = None
    until: datetime | None = None
    subject: str | None = None
    trigger: Mapping[str, Any] = field(default_factory=dict)
    everyone: Sequence["World"] = ()
    passages: Sequence[tuple[str, str, str]] = ()
    opted_out: Sequence[tuple[str, str]] = ()
    consents: Sequence[Consent] = ()
    """The contact's own entries in the ledger, in their order."""
    consent: Mapping[str, ConsentColumns] = field(default_factory=dict)

    def elsewhere(self, recipe: str) -> "World":
        """The same contact as definitions see it: without a trigger."""
        return replace(self, recipe=recipe, since=None, until=None, subject=None, trigger={})

    def at(self, now: datetime) -> "World":
        """The same contact at another time."""
        people: list[World] = []
        people += [replace(other, now=now, everyone=people) for other in self.everyone]
        return replace(self, now=now, everyone=people)


def holds(condition: Kind, world: World) -> bool:
    if isinstance(condition, All):
        return all(holds(inner, world) for inner in condition.all)
    if isinstance(condition, AnyOf):
        return any(holds(inner, world) for inner in condition.any)
    if isinstance(condition, NoneOf):
        return not any(holds(inner, world) for inner in condition.none)
    if isinstance(condition, FieldCondition):
        name = condition.field
        if condition.changed and not last_passes(
            "field_changed", condition.changed, world, field=name
        ):
            return False
        return passes(world.fields.get(name), world.field_types.get(name), condition, world)
    if isinstance(condition, (EventCondition, *REACTIONS)):
        return happened(condition, world)
    if isinstance(condition, SegmentCondition):
        name = world.cookbook.qualify(condition.segment, world.recipe)
        if condition.joined:
            return last_passes("segment_joined", condition.joined, world, segment=name)
        if condition.left:
            return last_passes("segment_left", condition.left, world, segment=name)
        return in_segment(condition.segment, world)
    if isinstance(condition, ScoreCondition):
        if condition.rose_by is not None:
            then = add_duration(world.now, -condition.within_last, world.zone)
            rise = six(score(condition.score, world) - score(condition.score, world.at(then)))
            if rise < condition.rose_by:
                return False
        return number_passes(score(condition.score, world), condition)
    if isinstance(condition, TagCondition):
        given, taken = (last(name, world, tag=condition.tag) for name in ("tagged", "untagged"))
        return given is not None and (taken is None or given >= taken)
    if isinstance(condition, ConsentCondition):
        return consent(condition, world) == condition.is_
    if isinstance(condition, EnrolledCondition):
        return (world.contact, condition.enrolled, "active") in world.passages
    if isinstance(condition, CompletedCondition):
        return (world.contact, condition.completed, "completed") in world.passages
    if isinstance(condition, TaskCondition):
        return condition.is_ in task(condition.task, world)
    if isinstance(condition, TriggerCondition):
        if world.subject is None:
            return False
        name = condition.trigger
        type_ = world.property_types.get(name)
        return passes(world.trigger.get(name), type_, condition, world)
    if isinstance(condition, SampleCondition):
        return draw(world.contact, condition.seed) < condition.sample
    if isinstance(condition, AnyoneCondition):
        mine = folded(world.fields.get(condition.anyone), False)
        return mine is not None and any(
            folded(other.fields.get(condition.anyone), False) == mine
            and holds(condition.has, other.elsewhere(world.recipe))
            for other in world.everyone
        )
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


def told(name: str, world: World, **properties: str) -> list[Event]:
    """Events that mactl told, within what counts of the subject."""
    return [
        event
        for event in world.events
        if event.name == name
        and event.at <= world.now
        and (world.until is None or event.at <= world.until)
        and all(event.properties.get(key) == value for key, value in properties.items())
    ]


def last(name: str, world: World, **properties: str) -> datetime | None:
    return max((event.at for event in told(name, world, **properties)), default=None)


def last_passes(name: str, test: Any, world: World, **properties: str) -> bool:
    at = last(name, world, **properties)
    return at is not None and all(
        moment_passes(at, "instant", operator, operand(test, operator), world)
        for operator in test.operators
    )


def task(name: str, world: World) -> tuple[str, ...]:
    recipe, _, name = world.cookbook.qualify(name, world.recipe).partition(".")
    given = told("task_created", world, recipe=recipe, task=name)
    if not given:
        return ()
    latest = max(event.at for event in given)
    done = last("task_done", world, recipe=recipe, task=name)
    if done is not None and done >= latest:
        return ("done",)
    dues = [event.properties.get("due") for event in given if event.at == latest]
    late = any(due and datetime.fromisoformat(due) < world.now for due in dues)
    return ("open", "overdue") if late else ("open",)


def consent(condition: ConsentCondition, world: World) -> str:
    topic = condition.consent
    columns = world.consent.get(topic)
    value = {} if columns is None else {
        name: world.fields.get(getattr(columns, name) or "")
        for name in ("state", "at", "source", "wording", "withdrawn", "confirmed")
    }  # fmt: skip
    given = value.get("state") is True
    at = value.get("at")
    if at is not None and not isinstance(at, datetime):
        at = resolve_local(at, time(), world.zone)
    confirmed = columns is None or columns.confirmed is None or value["confirmed"] is not None
    proven = bool(
        given and at is not None and value["source"] is not None and value["wording"] is not None and confirmed
        and columns.free and columns.unambiguous and condition.channel in columns.channel
    )  # fmt: skip
    words = [word for word in world.consents if word.topic in (topic, "")]
    grants = [word for word in words if word.state == "granted" and word.topic == topic]
    proofs = [word.at for word in grants if word.complete and condition.channel in word.channels]
    by_columns = [word.state for word in words if word.origin == "columns" and word.topic == topic]
    if value.get("withdrawn") is True:
        return "withdrawn"
    if value.get("state") is False and by_columns[-1:] == ["granted"]:
        return "withdrawn"
    if {(world.contact, topic), (world.contact, "")} & set(world.opted_out):
        return "withdrawn"
    ends = [word.at for word in words if word.state == "withdrawn"]
    for event in (*told("unsubscribed", world), *told("complained", world)):
        if event.properties.get("topic") in (topic, None):
            ends.append(event.at)
    since = [at] * proven + proofs
    if ends and not any(instant > max(ends) for instant in since):
        return "withdrawn"
    if since:
        return "proven"
    asked = [event.at for event in told("consent_asked", world, topic=topic)]
    asked += [word.at for word in words if word.state == "pending" and word.topic == topic]
    given_at = [word.at for word in grants if word.at is not None]
    since_column = not given or at is None or (bool(asked) and max(asked) >= at)
    since_ledger = not given_at or (bool(asked) and max(asked) >= max(given_at))
    if asked and since_column and since_ledger:
        return "pending"
    if given and not confirmed:
        return "pending"
    return "unproven" if given or grants else "none"


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
    names = [what.event] if hasattr(what, "event") else [f"email_{what.keyword}"]
    return [
        event
        for event in world.events
        if event.name in names
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


def followed(event: Event, sequel: Any, world: World) -> bool:
    return any(
        event.at < later.at <= add_duration(event.at, sequel.within, world.zone)
        and (world.until is None or later.at <= world.until)
        and all(
            passes(later.properties.get(name), world.property_types.get(name), test, world)
            for name, test in sequel.where.items()
        )
        for later in world.events
        if later.name == sequel.event and later.at <= world.now
    )


def is_over(event: Event, sequel: Any, world: World) -> bool:
    end = add_duration(event.at, sequel.within, world.zone)
    return end <= world.now and (world.until is None or end <= world.until)


def of_step(event: Event, condition: Any, world: World) -> bool:
    name = getattr(condition, condition.keyword)
    if name == "any":
        return True
    recipe, _, step = world.cookbook.qualify(name, world.recipe).partition(".")
    told_step = event.properties.get("step")
    told_name = event.properties.get("template") if told_step is None else told_step
    return event.properties.get("recipe") == recipe and told_name == step


def happened(condition: Any, world: World) -> bool:
    events = matching(condition, world)
    mine = False
    if isinstance(condition, REACTIONS):
        events = [event for event in events if of_step(event, condition, world)]
        name = getattr(condition, condition.keyword)
        own = name != "any" and world.cookbook.qualify(name, world.recipe).startswith(
            f"{world.recipe}."
        )
        mine = own and world.subject is not None and condition.since != "ever"
    else:
        if condition.followed_by:
            events = [event for event in events if followed(event, condition.followed_by, world)]
        if condition.not_followed_by:
            sequel = condition.not_followed_by
            events = [
                event
                for event in events
                if is_over(event, sequel, world) and not followed(event, sequel, world)
            ]
        if condition.same:
            name = condition.same
            type_ = world.property_types.get(name)
            wanted = world.trigger.get(name) if type_ and world.subject is not None else None
            events = [
                event
                for event in events
                if wanted is not None
                and folded(event.properties.get(name), False) == folded(wanted, False)
            ]
    if mine:
        events = [
            event
            for event in events
            if event.properties.get("enrollment") == world.subject
            or (
                event.properties.get("enrollment") is None
                and (world.since is None or event.at >= world.since)
            )
        ]
    if world.subject is not None:
        counts_from_trigger = condition.since == "trigger" or (
            condition.since is None and not written(condition, Window)
        )
        if counts_from_trigger and not mine and world.since is not None:
            events = [event for event in events if event.at >= world.since]
        if world.until is not None:
            events = [event for event in events if event.at <= world.until]
    results = []
    if condition.never:
        results.append(not events)
    if condition.count:
        results.append(number_passes(len(events), condition.count))
    for measure, make in {"sum": sum, "avg": mean, "min": min, "max": max}.items():
        test = getattr(condition, measure, None)
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
    if operator == "any":
        return type_ == "text" and value is not None and lists_one(value, wanted, world)
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


ITEM_TYPES = {"n": "number", "t": "text", "b": "boolean", "d": "date"}


def lists_one(text: str, tests: Mapping[str, Any], world: World) -> bool:
    """In these tests the name of a thing's property tells its type."""
    try:
        listed = json.loads(text)
    except ValueError:
        return False
    nobody = replace(world, fields={}, field_types={})
    return any(
        all(
            passes(
                date.fromisoformat(item[name]) if name == "d" and item.get(name) else item.get(name),
                ITEM_TYPES.get(name), test, nobody,
            )
            for name, test in tests.items()
        )
        for item in (listed if isinstance(listed, list) else [listed])
        if isinstance(item, dict)
    )  # fmt: skip


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
