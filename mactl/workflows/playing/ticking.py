"""A world's clock: runs at every instant at which something may be due, and at no other.

It is as if cron ran each minute (or hour), only that runs are left out of which it is certain that they would do
nothing: until a wait, a hold or a countdown ends, an event happens, a date or slot comes, or midnight passes where a
condition looks at the calendar.
"""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime

import numpy as np
from sqlalchemy import select

from mactl.clock import from_epoch, to_epoch
from mactl.errors import MactlError
from mactl.store.tables import SendStatus, events, sends
from mactl.workflows.playing.world import Tick, World
from mactl.workflows.timing.instants import (
    Triggers,
    again_next,
    let_in_next,
    next_due,
    next_midnight,
    who_returns,
    whose_due,
)

MINUTE, HOUR = 60, 3600
_MOST = 60
"""Runs in a row that nothing but the one before brought about."""


class Restless(MactlError):
    """A world that comes to no rest: something starts itself again and again."""

    exit_code = 1


class Clock:
    """The clock of `world` from `begin` to `end`, which stops at whole multiples of `every` seconds.

    `few`: each run is of those alone whom something awaits, wherever contacts have nothing to do with each other.
    """

    def __init__(
        self,
        world: World,
        begin: datetime,
        end: datetime,
        *,
        every: int = MINUTE,
        few: bool = False,
    ) -> None:
        self._world, self._begin, self._end, self._every = world, begin, end, every
        self._few = few and not world.is_wide
        self._asked = world.tests.asked
        self._instants = world.crowd.instants_of(self._asked)
        self._triggers = Triggers(world.crowd, world.running, world.zone, begin, end)
        self._looked = begin
        """When everybody's conditions were last looked at."""

    def ticks(self) -> Iterator[tuple[datetime, Tick]]:
        """Every run that may do something, in order; the first is at `begin`.

        Raises Restless where there is no end of them.
        """
        now, last = self._begin, self._world.tick(self._begin)
        yield now, last
        in_a_row = 0
        while now < self._end:
            then = min(self._next(now, last.stirred), self._end)
            among = self._whom(now, then, last.stirred)
            is_brought_about = bool(last.stirred) and to_epoch(then) - to_epoch(now) <= self._every
            in_a_row = in_a_row + 1 if is_brought_about else 0
            now = then
            if among is not None and not among:
                continue
            if in_a_row > _MOST and self._every == MINUTE:
                raise Restless(
                    f"nothing came to rest in {_MOST} runs, until {now:%Y-%m-%dT%H:%M}",
                    "look for a journey that people enter again as soon as they leave it",
                )
            if not self._few or among is None:
                among, self._looked = None, now
            last = self._world.tick(now, among)
            yield now, last

    def _next(self, now: datetime, stirred: Collection[str]) -> datetime:
        """The next whole multiple at which something may be due."""
        world, epoch = self._world, to_epoch(now)
        found = [to_epoch(self._end), *(h.at for h in world.coming if h.event in self._asked)]
        if stirred:
            found.append(epoch + 1)
        if not world.tests.is_empty:
            found.append(to_epoch(next_midnight(now, world.zone)))
        for instants in (self._instants, self._triggers.instants):
            place = np.searchsorted(instants, epoch, "right")
            found += [int(instant) for instant in instants[place : place + 1]]
        with world.state.reading() as connection:
            due = (
                next_due(connection, epoch),
                let_in_next(connection, world.running, world.zone, now),
                again_next(connection, world.running, world.zone, epoch),
            )
        found += [instant for instant in due if instant is not None]
        return from_epoch(-(-min(found) // self._every) * self._every)

    def _whom(self, since: datetime, until: datetime, stirred: Collection[str]) -> set[str] | None:
        """Whom something awaits after `since`, at the latest at `until`; None for everybody."""
        world, first, last = self._world, to_epoch(since) + 1, to_epoch(until)
        found = set(stirred) | world.crowd.who_did(self._asked, first, last)
        found.update(h.contact for h in world.coming if h.at <= last and h.event in self._asked)
        dated = self._triggers.whom(first - 1, last)
        with world.state.reading() as connection:
            found |= whose_due(connection, last)
            found |= who_returns(connection, world.running, world.zone, since, until)
            paced = let_in_next(connection, world.running, world.zone, since)
        if dated is None or (paced is not None and paced <= last):
            return None
        found |= dated
        is_new_day = next_midnight(self._looked, world.zone) <= until
        if not world.tests.is_empty and (is_new_day or until == self._end):
            moved = self._moved_by_time(until)
            self._looked = until
            return None if moved is None else found | moved
        return found

    def _moved_by_time(self, until: datetime) -> set[str] | None:
        world = self._world
        return world.tests.stirred(
            world.crowd, self._told_by_state, world.zone, self._looked, until
        )

    def _told_by_state(self, names: Iterable[str], first: int, last: int) -> set[str]:
        """Who did one of the events `names` from `first` to `last`, by what the state tells."""
        told = select(events.c.contact).where(
            events.c.event.in_(list(names)), events.c.at.between(first, last)
        )
        sent = [name.removesuffix("_sent") for name in names if name.endswith("_sent")]
        went = select(sends.c.contact).where(
            sends.c.channel.in_(sent),
            sends.c.status == SendStatus.SENT,
            sends.c.settled_at.between(first, last),
        )
        with self._world.state.reading() as connection:
            return {
                contact for query in (told, went) for contact in connection.execute(query).scalars()
            }
