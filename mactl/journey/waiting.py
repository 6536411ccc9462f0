"""Steps at which people stand until a time, a date or a condition."""

from collections.abc import Container
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from mactl.clock import from_epoch, parse_local, resolve_local, to_epoch, zone_named
from mactl.durations import Duration, add_duration, add_to_date
from mactl.journey.distinct import per_distinct
from mactl.journey.graph import ELSE, THEN, Node
from mactl.journey.legal import WEEKDAYS
from mactl.journey.situation import Column
from mactl.journey.walk import Walk
from mactl.recipe.conditions import Kind
from mactl.recipe.steps import (
    LengthBy,
    MilestoneStep,
    TriggerValue,
    UntilDate,
    WaitForStep,
    WaitStep,
    WaitTarget,
    WaitUntilStep,
)


def wait(walk: Walk, node: Node, here: "Column[bool]") -> None:
    """A length of time, then perhaps until a day and an hour."""
    assert isinstance(node.step, WaitStep)
    target, situation = node.step.wait, walk.situation
    people = walk.people.loc[here]
    lengths = _lengths(walk, target, here)
    due = per_distinct(
        lambda at, zone, length: to_epoch(
            end_of_wait(from_epoch(at), length, target, zone_named(zone), situation.holidays)
        ),
        people["arrived_at"],
        walk.zones[here],
        lengths,
    ).astype("int64")
    # A wait is worked out anew in each run: a shortened one releases, a lengthened one applies (rule 6).
    _until(walk, node, here, due)


def _lengths(walk: Walk, target: WaitTarget, here: "Column[bool]") -> "Column[Any]":
    """How long each of those here waits."""
    people = walk.people.loc[here]
    if isinstance(target.for_, Duration):
        return pd.Series([target.for_] * len(people), index=people.index, dtype="object")
    chosen: LengthBy = target.for_
    by = chosen.by
    if by.trigger is not None:
        values = [trigger.get(by.trigger) for trigger in people["trigger"]]
    else:
        kind, name = ("field", by.field) if by.field is not None else ("label", by.label)
        values = list(walk.situation.value(kind, name or "", people["contact"]))
    return pd.Series([chosen.length(value) for value in values], index=people.index, dtype="object")


def _until(walk: Walk, node: Node, here: "Column[bool]", due: "Column[int]") -> None:
    walk.people.loc[here, "due_at"] = due.astype("Int64")
    passes = due.index[due <= to_epoch(walk.situation.now)]
    walk.pass_on(passes, node.after, due[passes])


def end_of_wait(
    start: datetime,
    length: Duration,
    target: WaitTarget,
    zone: ZoneInfo,
    holidays: Container[date] = (),
) -> datetime:
    """When a wait of `length` that begins at `start` is over: then the next of its days, then its hour.

    In UTC; days and the time of day are the contact's. A time of day that has passed on the day means the
    next day that fits.
    """
    moment = add_duration(start, length, zone, holidays)
    if not target.days and target.at is None:
        return moment
    local = moment.astimezone(zone)
    for ahead in range(9):
        day = local.date() + timedelta(days=ahead)
        if target.days and WEEKDAYS[day.weekday()] not in target.days:
            continue
        as_it_is = local.time() if ahead == 0 else time()
        ends = resolve_local(day, target.at or as_it_is, zone)
        if ends >= moment or (ahead == 0 and target.at is None):
            return ends
    return moment


def wait_until(walk: Walk, node: Node, here: "Column[bool]") -> None:
    """Until a date of the contact, of the trigger, or one that is written; who has none leaves."""
    assert isinstance(node.step, WaitUntilStep)
    target, situation = node.step.wait_until, walk.situation
    people = walk.people.loc[here]
    due = per_distinct(
        lambda value, zone: _end_of_countdown(value, target, zone_named(zone), situation.holidays),
        _dates(walk, target, here),
        walk.zones[here],
    ).astype("Int64")
    lacking = due.isna()
    walk.finish(people.index[lacking], f"no date: {_name(target)} is empty")
    found = here & ~walk.people["exit"].notna()
    _until(walk, node, found, due[~lacking].astype("int64"))


def _name(target: UntilDate) -> str:
    return target.date.trigger if isinstance(target.date, TriggerValue) else target.date


def _dates(walk: Walk, target: UntilDate, here: "Column[bool]") -> "Column[Any]":
    people = walk.people.loc[here]
    if isinstance(target.date, TriggerValue):
        name = target.date.trigger
        values = [trigger.get(name) for trigger in people["trigger"]]
    elif _read_moment(target.date) is not None:
        values = [target.date] * len(people)
    else:
        values = list(walk.situation.value("field", target.date, people["contact"]))
    return pd.Series(values, index=people.index, dtype="object")


def _read_moment(value: Any) -> date | datetime | None:
    """A date, or an instant with or without a zone, from what a cell holds; None where it is neither."""
    if isinstance(value, date):
        return value
    if not isinstance(value, str):
        return None
    try:
        return date.fromisoformat(value.strip())
    except ValueError:
        pass
    try:
        return parse_local(value)
    except ValueError:
        return None


def _end_of_countdown(
    value: Any, target: UntilDate, zone: ZoneInfo, holidays: Container[date]
) -> int | None:
    moment = _read_moment(value)
    if moment is None:
        return None
    at = target.at or time()
    if isinstance(moment, datetime):
        local = moment.astimezone(zone) if moment.tzinfo else moment
        moment, at = local.date(), target.at or local.time()
    day = add_to_date(moment, target.offset, holidays)
    return to_epoch(resolve_local(day, at, zone) + target.offset.exact)


def wait_for(walk: Walk, node: Node, here: "Column[bool]") -> None:
    """Until a condition holds, at most `up_to`: `then` if it held by then, though it be seen after it."""
    assert isinstance(node.step, WaitForStep)
    hold_up(walk, node, here, node.step.wait_for, node.step.up_to, node.ways[THEN], node.ways[ELSE])


def milestone(walk: Walk, node: Node, here: "Column[bool]") -> None:
    """Those who arrive without having met it wait for it."""
    assert isinstance(node.step, MilestoneStep)
    hold_up(walk, node, here, node.step.when, node.step.up_to, node.after, node.ways[ELSE])


def hold_up(
    walk: Walk,
    node: Node,
    here: "Column[bool]",
    condition: Kind,
    up_to: Duration,
    held: str,
    missed: str,
) -> None:
    """Those at `node` go to `held` once `condition` holds, to `missed` when `up_to` has passed without."""
    situation, people = walk.situation, walk.people.loc[here]
    now = to_epoch(situation.now)
    deadline = per_distinct(
        lambda at, zone: to_epoch(
            add_duration(from_epoch(at), up_to, zone_named(zone), situation.holidays)
        ),
        people["arrived_at"],
        walk.zones[here],
    ).astype("int64")
    holds = situation.ask_about(people, condition, deadline.clip(upper=now))
    # Who came in this run finds it true at once; who stood here is seen to meet it now.
    met_at = people["arrived_at"].where(people["is_fresh"].astype(bool), deadline.clip(upper=now))
    walk.people.loc[here, "due_at"] = deadline.astype("Int64")
    met = people.index[holds]
    late = people.index[~holds & (deadline <= now)]
    walk.pass_on(met, held, met_at[met])
    walk.pass_on(late, missed, deadline[late])


def jump_to_milestones(walk: Walk) -> None:
    """Who meets a milestone further up the journey goes on right after it, from the last milestone they meet."""
    situation = walk.situation
    stones = [node for node in situation.graph if isinstance(node.step, MilestoneStep)]
    stones.sort(key=lambda node: situation.graph.written.index(node.id), reverse=True)
    for node in stones:
        assert isinstance(node.step, MilestoneStep)
        before = walk.people["step"].isin(situation.graph.upstream(node.id))
        if not before.any():
            continue
        people = walk.people.loc[before]
        met = people.index[situation.ask_about(people, node.step.when)]
        walk.jumped += list(walk.people.loc[met, "id"])
        walk.people.loc[met, "step"] = node.id  # a jump is forward, wherever they stood
        walk.pass_on(met, node.after, to_epoch(situation.now))
