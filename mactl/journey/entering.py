"""Who enters a journey now, at which trigger, as which occurrence."""

import calendar
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from mactl.clock import from_day, resolve_local, to_epoch, zone_named
from mactl.durations import add_duration, add_to_date
from mactl.journey.distinct import per_distinct
from mactl.recipe.journey import AgainAfter, EnterByDate, EnterByEvent, EnterBySegment, Journey

Frame = pd.DataFrame

ENTRANT = ["contact", "occurrence", "trigger_at", "trigger"]
"""Columns of a table of people who enter: instants in epoch seconds, `trigger` a dict of properties."""


@dataclass(frozen=True)
class Past:
    """Enrollments in one journey so far: contact, occurrence, status, trigger_at, ended_at, outside_at."""

    enrollments: Frame

    @property
    def active(self) -> Frame:
        """Those that are still going on."""
        return self.enrollments[self.enrollments["status"] == "active"]


@dataclass(frozen=True)
class Entry:
    """What may let people in at `now`: a table of candidates, made by one of the functions below."""

    now: datetime
    zone: ZoneInfo

    def oldest(self, journey: Journey) -> int:
        """The trigger instant from which on a candidate is not too overdue to enter (rule 2)."""
        return to_epoch(add_duration(self.now, -journey.latest, self.zone))


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
            moment = to_epoch(_trigger(anchor, enter, zone_named(zone)))
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


def _trigger(anchor: date, enter: EnterByDate, zone: ZoneInfo) -> datetime:
    start = resolve_local(add_to_date(anchor, enter.offset), enter.at or time(), zone)
    return start + enter.offset.exact


def _candidates(contacts: Any, occurrences: Any, at: Any, triggers: list[dict[str, Any]]) -> Frame:
    table = {"contact": list(contacts), "trigger": triggers}
    frame = pd.DataFrame(table, columns=["contact", "trigger"])
    frame["occurrence"] = _listed(occurrences)
    frame["trigger_at"] = pd.Series(_listed(at), index=frame.index, dtype="int64")
    return frame[ENTRANT]


def _listed(values: Any) -> Any:
    return values.to_numpy() if isinstance(values, pd.Series) else values


def choose_entrants(candidates: Frame, journey: Journey, past: Past, entry: Entry) -> Frame:
    """Of `candidates` those whom `again` lets in, each once, with their occurrence (rule 2).

    A contact is not enrolled while already in the journey (per key where there is one), and never twice
    for the same occurrence.
    """
    keyed = isinstance(journey.enter, EnterByEvent) and journey.enter.key is not None
    per_key = keyed and journey.again != "never"
    allowed = candidates[_is_allowed(candidates, journey, past, entry, per_key=per_key)]
    allowed = allowed.sort_values(["trigger_at", "contact"], kind="stable")
    allowed = allowed.drop_duplicates(["contact", "occurrence"] if per_key else ["contact"])
    before = past.enrollments["contact"].value_counts()
    nth = allowed["contact"].map(before).fillna(0).astype("int64") + 1
    occurrence = allowed["occurrence"].astype("object")
    return allowed.assign(occurrence=occurrence.where(occurrence.notna(), nth.astype(str)))


def _is_allowed(
    candidates: Frame, journey: Journey, past: Past, entry: Entry, *, per_key: bool
) -> "pd.Series[bool]":
    whose = ["contact", "occurrence"] if per_key else ["contact"]

    def have(enrollments: Frame, columns: list[str]) -> "pd.Series[bool]":
        known = pd.MultiIndex.from_frame(enrollments[columns])
        found = pd.MultiIndex.from_frame(candidates[columns]).isin(known)
        return pd.Series(found, index=candidates.index)

    if journey.again == "never":
        return ~have(past.enrollments, ["contact"])
    allowed = ~have(past.active, whose) & ~have(past.enrollments, ["contact", "occurrence"])
    if past.enrollments.empty:
        return allowed
    by_contact = past.enrollments.groupby("contact")
    if not isinstance(journey.enter, EnterBySegment) and not per_key:
        # An event that was seen before the last entry can't let them in once more.
        last_trigger = candidates["contact"].map(by_contact["trigger_at"].max())
        allowed &= ~(candidates["trigger_at"] <= last_trigger)
    if journey.again == "on rejoin":
        last = past.enrollments.sort_values("trigger_at").drop_duplicates("contact", keep="last")
        outside = candidates["contact"].map(last.set_index("contact")["outside_at"])
        new = ~candidates["contact"].isin(past.enrollments["contact"])
        allowed &= new | outside.notna()
    if isinstance(journey.again, AgainAfter):
        since = to_epoch(add_duration(entry.now, -journey.again.after, entry.zone))
        last_end = candidates["contact"].map(by_contact["ended_at"].max())
        allowed &= ~(last_end > since)
    return allowed
