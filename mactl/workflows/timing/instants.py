"""When something is due next in a world: the instants at which its clock stops."""

from collections.abc import Container, Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from sqlalchemy import Connection, func, select

from mactl.clock import from_epoch, resolve_local, to_epoch, zone_named
from mactl.durations import Duration, add_duration
from mactl.journey.candidates import Entry, candidates_by_date, last_slot
from mactl.journey.pacing import next_unit
from mactl.recipe.enter import EnterByDate, EnterBySegment, EnterBySlot
from mactl.recipe.journey import AgainAfter
from mactl.recipe.recipe import Recipe
from mactl.store.tables import SendStatus, Standing, enrollments, sends
from mactl.workflows.timing.crowd import Crowd, Places
from mactl.workflows.timing.stirring import unevenness

_PROBE = Duration(days=360)
"""How far a look at dates reaches: less than a year, so that of yearly ones none is passed over."""


class Triggers:
    """Every instant at which a date or a slot lets somebody in, from `begin` (not in) to `end`.

    `zone` is the project's, for contacts who have none.
    """

    def __init__(
        self,
        crowd: Crowd,
        recipes: Sequence[Recipe],
        zone: ZoneInfo,
        begin: datetime,
        end: datetime,
        holidays: Container[date] = (),
    ) -> None:
        self._zone, self._begin, self._end = zone, begin, end
        self._holidays = holidays
        zones = crowd.people.contacts.column("_zone").to_pandas()
        self._dates = [
            self._by_date(crowd, zones, recipe, recipe.journey.enter)
            for recipe in recipes
            if isinstance(recipe.journey.enter, EnterByDate)
        ]
        self._slots = _in_order(
            slot
            for recipe in recipes
            if isinstance(recipe.journey.enter, EnterBySlot)
            for key in {zone.key, *zones.dropna().unique()}
            for slot in self._by_slot(recipe.journey.enter, zone_named(key))
        )
        dates = [frame["trigger_at"].to_numpy() for frame in self._dates]
        self.instants: Places = _in_order(np.concatenate([self._slots, *dates]))

    def whom(self, since: int, until: int) -> set[str] | None:
        """Whose date comes after `since`, at the latest at `until`; None for everybody, where a slot does."""
        if np.any((self._slots > since) & (self._slots <= until)):
            return None
        found: set[str] = set()
        for frame in self._dates:
            at = frame["trigger_at"]
            found.update(frame.loc[(at > since) & (at <= until), "contact"])
        return found

    def _by_date(
        self, crowd: Crowd, zones: "pd.Series[str]", recipe: Recipe, enter: EnterByDate
    ) -> pd.DataFrame:
        """contact, trigger_at of everyone whose date comes."""
        found = crowd.dates_as_days(enter.date, self._zone)
        days = pd.DataFrame({"contact": crowd.ids, "zone": zones.to_numpy(), "day": found})
        days = days[days["day"].notna()]
        journey = recipe.journey.model_copy(update={"latest": _PROBE})
        parts = [pd.DataFrame({"contact": [], "trigger_at": pd.Series([], dtype="int64")})]
        probe = self._end
        while probe > self._begin:
            entry = Entry(probe, self._zone, self._holidays)
            due = candidates_by_date(days, enter, journey, entry)
            parts.append(
                due.loc[due["trigger_at"] > to_epoch(self._begin), ["contact", "trigger_at"]]
            )
            probe = from_epoch(entry.oldest(journey))
        return pd.concat([part for part in parts if len(part)] or parts, ignore_index=True)

    def _by_slot(self, enter: EnterBySlot, zone: ZoneInfo) -> Iterator[int]:
        moment = self._end
        while (slot := last_slot(enter, moment, zone)) and slot[1] > to_epoch(self._begin):
            yield slot[1]
            moment = from_epoch(slot[1] - 1)


def _in_order(instants: Iterable[int] | Places) -> Places:
    return np.unique(np.fromiter(instants, np.int64))


def next_due(connection: Connection, after: int) -> int | None:
    """The first instant after `after` at which a step passes, a send may go, or one that is held is too late."""
    standing, send = enrollments.c, sends.c
    on = standing.status.in_([Standing.ACTIVE, Standing.WAITING])
    kept = send.status.in_([SendStatus.HELD, SendStatus.DEFERRED])
    queries = (
        select(func.min(standing.due_at)).where(on, standing.due_at > after),
        select(func.min(send.hold_until)).where(kept, send.hold_until > after),
        select(func.min(send.latest_at) + 1).where(kept, send.latest_at >= after),
    )
    found = [connection.execute(query).scalar() for query in queries]
    return min((instant for instant in found if instant is not None), default=None)


def whose_due(connection: Connection, now: int) -> set[str]:
    """Whose step passes, or whose send may go or is too late, at `now` at the latest."""
    standing, send = enrollments.c, sends.c
    queries = (
        select(standing.contact).where(
            standing.status.in_([Standing.ACTIVE, Standing.WAITING]), standing.due_at <= now
        ),
        select(send.contact).where(
            send.status.in_([SendStatus.HELD, SendStatus.DEFERRED]),
            (send.hold_until <= now) | (send.latest_at < now),
        ),
    )
    return {contact for query in queries for contact in connection.execute(query).scalars()}


def let_in_next(
    connection: Connection, recipes: Sequence[Recipe], zone: ZoneInfo, after: datetime
) -> int | None:
    """When a recipe whose pace keeps people waiting lets in some more."""
    found = []
    for recipe in recipes:
        pace = recipe.journey.pace
        if (
            pace is not None
            and connection.execute(
                select(enrollments.c.id)
                .where(
                    enrollments.c.recipe == recipe.origin, enrollments.c.status == Standing.WAITING
                )
                .limit(1)
            ).first()
        ):
            found.append(to_epoch(next_unit(after, pace.start.per, zone)))
    return min(found, default=None)


def come_back(recipes: Iterable[Recipe]) -> bool:
    """Whether time alone lets people enter one of `recipes` once more."""
    return any(
        isinstance(recipe.journey.again, AgainAfter)
        and isinstance(recipe.journey.enter, EnterBySegment)
        for recipe in recipes
    )


def returns(
    connection: Connection,
    recipes: Sequence[Recipe],
    zone: ZoneInfo,
    since: datetime,
    until: datetime,
    holidays: Container[date] = (),
) -> Iterator[tuple[str, int]]:
    """Whose `again: after` passes after `since`, at the latest at `until`, and when, of those who need nothing else
    to enter once more: an event, a date, a slot or a handover lets nobody in by it that came before."""
    for recipe in recipes:
        again = recipe.journey.again
        if not isinstance(again, AgainAfter) or not come_back([recipe]):
            continue
        uneven = unevenness(again.after)
        first = to_epoch(add_duration(since, -again.after, zone, holidays)) - uneven
        last = to_epoch(add_duration(until, -again.after, zone, holidays)) + uneven
        query = select(enrollments.c.contact, enrollments.c.ended_at).where(
            enrollments.c.recipe == recipe.origin, enrollments.c.ended_at.between(first, last)
        )
        for row in connection.execute(query):
            back = add_duration(from_epoch(row.ended_at), again.after, zone, holidays)
            if since < back <= until:
                yield str(row.contact), to_epoch(back)


def next_midnight(after: datetime, zone: ZoneInfo) -> datetime:
    """When the next day begins in `zone`, in UTC."""
    day = after.astimezone(zone).date() + timedelta(days=1)
    return resolve_local(day, datetime.min.time(), zone)
