"""Who may enter a journey now, at which trigger, as which occurrence: before `again` has its say."""

import calendar
from collections.abc import Container
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
from cronsim import CronSim

from mactl.clock import from_day, parse_local, resolve_local, to_epoch, zone_named
from mactl.durations import add_duration, add_to_date
from mactl.journey.distinct import per_distinct
from mactl.journey.legal import WEEKDAYS
from mactl.recipe.enter import (
    EnterByCron,
    EnterByDate,
    EnterByEvent,
    EnterBySlot,
    EnterEvery,
    EnterOnce,
)
from mactl.recipe.journey import Journey

Frame = pd.DataFrame

ENTRANT = ["contact", "occurrence", "trigger_at", "trigger"]
"""Columns of a table of people who enter: instants in epoch seconds, `trigger` a dict of properties."""


@dataclass(frozen=True)
class Entry:
    """What may let people in at `now`: a table of candidates, made by one of the functions below."""

    now: datetime
    zone: ZoneInfo
    holidays: Container[date] = ()
    """The days that business days skip beside weekends."""

    def oldest(self, journey: Journey) -> int:
        """The trigger instant from which on a candidate is not too overdue to enter (rule 2)."""
        return to_epoch(add_duration(self.now, -journey.latest, self.zone, self.holidays))


def candidates_by_segment(members: "pd.Index[Any]", entry: Entry) -> Frame:
    """The members of the entry segment; their trigger is now, their occurrence is counted later."""
    trigger = to_epoch(entry.now)
    return _candidates(list(members), pd.NA, trigger, [{}] * len(members))


def candidates_by_event(
    events: Frame, enter: EnterByEvent, journey: Journey, entry: Entry
) -> Frame:
    """The matching `events` (contact, at, id, properties as a dict) that are not too overdue."""
    recent = events[(events["at"] > entry.oldest(journey)) & (events["at"] <= to_epoch(entry.now))]
    recent = recent.sort_values(["at", "contact"], kind="stable")
    occurrence = recent["id"]
    if enter.key is not None:
        key = pd.Series(
            [_as_key(p.get(enter.key)) for p in recent["properties"]], index=recent.index
        )
        occurrence = key.astype("object").where(key.notna(), occurrence)
    return _candidates(recent["contact"], occurrence, recent["at"], list(recent["properties"]))


def _as_key(value: Any) -> str | None:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return None if value is None else str(value)


def candidates_by_date(days: Frame, enter: EnterByDate, journey: Journey, entry: Entry) -> Frame:
    """Contacts whose date has come: `days` has contact, day (days since 1970, not null) and zone."""
    oldest, now = entry.oldest(journey), to_epoch(entry.now)

    def latest_anchor(day: int, zone: str) -> tuple[str, int] | None:
        for anchor in _anchors(from_day(int(day)), enter, entry.now):
            moment = to_epoch(_trigger(anchor, enter, zone_named(zone), entry.holidays))
            if oldest < moment <= now:
                return anchor.isoformat(), moment
        return None

    if days.empty:
        return _candidates([], pd.NA, 0, [])
    found = per_distinct(latest_anchor, days["day"], days["zone"].fillna(entry.zone.key))
    due = days[found.notna()]
    pairs = found[found.notna()]
    return _candidates(
        due["contact"],
        [p[0] for p in pairs],
        [p[1] for p in pairs],
        [{"date": p[0]} for p in pairs],
    )


def _anchors(day: date, enter: EnterByDate, now: datetime) -> list[date]:
    """The dates that `day` stands for: itself, or its anniversaries around `now`."""
    if not enter.yearly:
        return [day]
    found = (_anniversary(day, year, enter) for year in range(now.year + 2, now.year - 3, -1))
    return [anchor for anchor in found if anchor is not None and anchor >= day]


def _anniversary(day: date, year: int, enter: EnterByDate) -> date | None:
    if (day.month, day.day) == (2, 29) and not calendar.isleap(year):
        return {"feb_28": date(year, 2, 28), "mar_1": date(year, 3, 1), "skip": None}[enter.feb_29]
    return day.replace(year=year)


def _trigger(
    anchor: date, enter: EnterByDate, zone: ZoneInfo, holidays: Container[date]
) -> datetime:
    day = add_to_date(anchor, enter.offset, holidays)
    start = resolve_local(day, enter.at or time(), zone)
    return start + enter.offset.exact


def candidates_by_slot(members: Frame, enter: EnterBySlot, journey: Journey, entry: Entry) -> Frame:
    """Members of the segment whose slot has come: `members` has contact and zone (null for the project's)."""
    if members.empty:
        return _candidates([], pd.NA, 0, [])
    oldest = entry.oldest(journey)

    def latest_slot(zone: str) -> tuple[str, int] | None:
        slot = last_slot(enter, entry.now, zone_named(zone))
        return slot if slot is not None and slot[1] > oldest else None

    found = per_distinct(latest_slot, members["zone"].fillna(entry.zone.key))
    due, slots = members[found.notna()], found[found.notna()]
    return _candidates(
        due["contact"],
        [slot[0] for slot in slots],
        [slot[1] for slot in slots],
        [{"slot": slot[0]} for slot in slots],
    )


def last_slot(enter: EnterBySlot, now: datetime, zone: ZoneInfo) -> tuple[str, int] | None:
    """The last slot at or before `now` on the wall clock of `zone`: its name, and epoch seconds.

    A slot goes by its local date; a cron line that may come several times a day by date and time (2026-12-01T0900).
    None where there was none in the last ten days or, for `cron`, in the last year.
    """
    if isinstance(enter, EnterEvery):
        return _last_weekday(enter, now, zone)
    if isinstance(enter, EnterByCron):
        return _last_cron(enter, now, zone)
    assert isinstance(enter, EnterOnce)
    local = parse_local(enter.once)
    moment = local if local.tzinfo else resolve_local(local.date(), local.time(), zone)
    return (local.date().isoformat(), to_epoch(moment)) if moment <= now else None


def _last_weekday(enter: EnterEvery, now: datetime, zone: ZoneInfo) -> tuple[str, int] | None:
    today = now.astimezone(zone).date()
    for ago in range(10):
        day = date.fromordinal(today.toordinal() - ago)
        if WEEKDAYS[day.weekday()] in enter.every:
            moment = resolve_local(day, enter.at, zone)
            if moment <= now:
                return day.isoformat(), to_epoch(moment)
    return None


def _last_cron(enter: EnterByCron, now: datetime, zone: ZoneInfo) -> tuple[str, int] | None:
    # The wall clock without a zone: each of its times is resolved as all others of the language are.
    local = now.astimezone(zone).replace(tzinfo=None)
    # What a skipped hour moved lies up to a day after its own time on the wall clock.
    backward = CronSim(enter.cron, local.replace(second=0, microsecond=0), reverse=True)
    for wall in (local.replace(second=0, microsecond=0), *_some(backward)):
        if wall == local.replace(second=0, microsecond=0) and not _fits(enter.cron, wall):
            continue
        moment = resolve_local(wall.date(), wall.time(), zone)
        if moment <= now:
            name = wall.date().isoformat()
            once_a_day = all(part.isdigit() for part in enter.cron.split()[:2])
            return (name if once_a_day else f"{name}T{wall:%H%M}"), to_epoch(moment)
    return None


def _some(times: CronSim) -> list[datetime]:
    """The first two of `times`: the last one before now may be one that daylight saving puts after it."""
    found = []
    for _ in range(2):
        try:
            found.append(next(times))
        except StopIteration:
            break
    return found


def _fits(cron: str, wall: datetime) -> bool:
    """Whether `wall` is one of the times of a cron line."""
    try:
        return next(CronSim(cron, wall - timedelta(minutes=1))) == wall
    except StopIteration:
        return False


def candidates_by_handover(handovers: Frame, journey: Journey, entry: Entry) -> Frame:
    """Whom another recipe handed over: contact, at, enrollment (the one that did it), trigger (a dict).

    Each handover is an occurrence of its own, so that the same one lets nobody in twice.
    """
    recent = handovers[
        (handovers["at"] > entry.oldest(journey)) & (handovers["at"] <= to_epoch(entry.now))
    ]
    return _candidates(
        recent["contact"], recent["enrollment"], recent["at"], list(recent["trigger"])
    )


def _candidates(contacts: Any, occurrences: Any, at: Any, triggers: list[dict[str, Any]]) -> Frame:
    table = {"contact": list(contacts), "trigger": triggers}
    frame = pd.DataFrame(table, columns=["contact", "trigger"])
    frame["occurrence"] = _listed(occurrences)
    frame["trigger_at"] = pd.Series(_listed(at), index=frame.index, dtype="int64")
    return frame[ENTRANT]


def _listed(values: Any) -> Any:
    return values.to_numpy() if isinstance(values, pd.Series) else values
