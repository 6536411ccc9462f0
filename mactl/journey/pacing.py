"""Pace: how many are let in at a time, in a stable random order; the others wait."""

import sys
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd

from mactl.clock import from_epoch, resolve_local, to_epoch
from mactl.draws import draw_all
from mactl.durations import Duration, add_duration
from mactl.recipe.journey import Pace

Frame = pd.DataFrame

_UNITS = {
    "second": Duration(seconds=1),
    "minute": Duration(minutes=1),
    "hour": Duration(hours=1),
    "day": Duration(days=1),
    "week": Duration(weeks=1),
    "month": Duration(months=1),
}


def begin_of_unit(moment: datetime, unit: str, zone: ZoneInfo) -> datetime:
    """When the second, minute, hour, day, week (from Monday) or month that `moment` lies in began in `zone`, in UTC."""
    local = moment.astimezone(zone)
    day = local.date()
    if unit in ("second", "minute", "hour"):
        seconds = {"second": 1, "minute": 60, "hour": 3600}[unit]
        return from_epoch(to_epoch(moment) // seconds * seconds)
    if unit == "week":
        day -= timedelta(days=day.weekday())
    elif unit == "month":
        day = day.replace(day=1)
    return resolve_local(day, datetime.min.time(), zone)


def next_unit(moment: datetime, unit: str, zone: ZoneInfo) -> datetime:
    """When the next one begins, in UTC."""
    return add_duration(begin_of_unit(moment, unit, zone), _UNITS[unit], zone)


def room(pace: Pace, entered: "pd.Series[int]", now: datetime, zone: ZoneInfo) -> int:
    """How many more may enter now; `entered` are the instants at which people were let in so far."""
    unit = pace.start.per
    current = begin_of_unit(now, unit, zone)
    past = entered[entered <= to_epoch(now)]
    first = begin_of_unit(from_epoch(int(past.min())), unit, zone) if len(past) else current
    allowed = _allowance(pace, _units_between(first, current, unit, zone))
    return max(allowed - int((past >= to_epoch(current)).sum()), 0)


def _units_between(first: datetime, last: datetime, unit: str, zone: ZoneInfo) -> int:
    if unit == "month":
        a, b = first.astimezone(zone), last.astimezone(zone)
        return (b.year - a.year) * 12 + b.month - a.month
    if unit in ("day", "week"):
        days = (last.astimezone(zone).date() - first.astimezone(zone).date()).days
        return days // (7 if unit == "week" else 1)
    return int((last - first) / _UNITS[unit].exact)


def _allowance(pace: Pace, unit: int) -> int:
    """How many may enter in unit number `unit`, counted from 0."""
    try:
        grown = int(pace.start.count * (1 + pace.grow) ** unit)
    except OverflowError:
        grown = sys.maxsize
    return min(grown, pace.max.count) if pace.max else grown


def in_turn(people: Frame, recipe: str) -> Frame:
    """`people` (with contact) in the order in which they are let in: random, and the same in every run."""
    turns = draw_all(people["contact"], f"{recipe} pace")
    return people.assign(_turn=turns).sort_values(["_turn", "contact"]).drop(columns="_turn")
