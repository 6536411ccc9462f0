"""A world's clock: runs at every instant at which something may be due, and at no other.

It is as if cron ran each minute (or hour), only that runs are left out of which it is certain that they would do
nothing: until a wait, a hold or a countdown ends, an event happens, a date or slot comes, or the passing of time alone
changes the answer of a condition. What fades all the time (a `half_life`, `rose_by`, a window on a property of an
event, on a derived instant, or on a field that a step sets) is looked at at midnight and whenever something else
happens; so are, where runs are hours apart, windows of more than two days.
"""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta

import numpy as np

from mactl.clock import from_epoch, to_epoch
from mactl.errors import MactlError
from mactl.people.people import People
from mactl.recipe.steps import SetStep
from mactl.rules.moments import Present
from mactl.workflows.playing.world import Tick, World
from mactl.workflows.timing.chronicle import WorldChronicle
from mactl.workflows.timing.crowd import Crowd
from mactl.workflows.timing.flips import flips
from mactl.workflows.timing.instants import (
    Triggers,
    come_back,
    let_in_next,
    next_due,
    next_midnight,
    returns,
    whose_due,
)
from mactl.workflows.timing.stirring import TimeTests
from mactl.working_days import PublicHolidays

MINUTE, HOUR = 60, 3600
_A_DAY = timedelta(days=1)
_NEAR = timedelta(days=2)
"""The longest window at whose ends a clock stops that does so every hour: those of weeks end for somebody each hour."""
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
        self._holidays = PublicHolidays(world.project.settings.country)
        self._chronicle = WorldChronicle(world.crowd, world.state)
        self._sharp, self._blunt = world.tests.parted(timedelta.max if every == MINUTE else _NEAR)
        """What is looked at at the very instant, and what at midnight."""
        self._looked = begin
        """When everybody's conditions were last looked at."""
        self._goes_by_days = self._sharp.has_edges or come_back(world.running)
        """Whether there is something that is looked for a day ahead, and no further."""

    def ticks(self) -> Iterator[tuple[datetime, Tick]]:
        """Every run that may do something, in order; the first is at `begin`.

        Raises Restless where there is no end of them.
        """
        now, last = self._begin, self._world.tick(self._begin)
        # Earlier runs may have set dates that the sources do not have.
        self._triggers = self._triggers_of(last.plan.gathered.people)
        self._follow(last)
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
            self._follow(last)
            yield now, last

    def _follow(self, tick: Tick) -> None:
        """See when dates and slots come to those for whom a step of `tick` set a date, or where they live."""
        effects = tick.plan.table("effects")
        specs = effects["spec"] if len(effects) else ()
        fields = {field for spec in specs if isinstance(spec, SetStep) for field in spec.set}
        if fields & self._world.tests.moving:
            self._triggers = self._triggers_of(self._world.gathered(tick.plan.now).people)

    def _triggers_of(self, people: People) -> Triggers:
        world, crowd = self._world, Crowd(people, self._world.crowd.events)
        return Triggers(crowd, world.running, world.zone, self._begin, self._end, self._holidays)

    def _next(self, now: datetime, stirred: Collection[str]) -> datetime:
        """The next whole multiple at which something may be due."""
        world, epoch = self._world, to_epoch(now)
        tomorrow = now + _A_DAY  # what is looked for beforehand is looked for so far ahead
        found = [to_epoch(self._end)]
        found += [h.at for h in world.coming if h.event in self._asked]
        if stirred:
            found.append(epoch + 1)
        if not self._blunt.is_empty:
            found.append(to_epoch(next_midnight(now, world.zone)))
        if self._sharp.has_edges:
            flipping = flips(
                self._sharp, self._chronicle, now, tomorrow, world.zone, self._holidays
            )
            found += [to_epoch(moment) for moment in flipping]
        for instants in (self._instants, self._triggers.instants):
            place = np.searchsorted(instants, epoch, "right")
            found += [int(instant) for instant in instants[place : place + 1]]
        with world.state.reading() as connection:
            due = (
                next_due(connection, epoch),
                let_in_next(connection, world.running, world.zone, now),
            )
            back = returns(connection, world.running, world.zone, now, tomorrow, self._holidays)
            found += [at for _, at in back]
            # Who was due and did not move is looked at each day.
            if self._goes_by_days or whose_due(connection, epoch):
                found.append(to_epoch(tomorrow))
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
            back = returns(connection, world.running, world.zone, since, until, self._holidays)
            found.update(who for who, _ in back)
            paced = let_in_next(connection, world.running, world.zone, since)
        if dated is None or (paced is not None and paced <= last):
            return None
        found |= dated | self._flipped(since, until)
        is_new_day = next_midnight(self._looked, world.zone) <= until
        if not self._blunt.is_empty and (is_new_day or until == self._end):
            moved = self._stirred(self._blunt, self._looked, until)
            self._looked = until
            return None if moved is None else found | moved
        return found

    def _flipped(self, since: datetime, until: datetime) -> set[str]:
        """For whom something flipped at an instant that could be told."""
        found = self._stirred(self._sharp, since, until) or set()
        if self._sharp.has_due_tasks:
            found |= self._chronicle.whose_tasks_end(to_epoch(since), to_epoch(until))
        return found

    def _stirred(self, tests: TimeTests, since: datetime, until: datetime) -> set[str] | None:
        before, after = (
            Present(moment, self._world.zone, self._holidays) for moment in (since, until)
        )
        return tests.stirred(self._world.crowd, self._chronicle.told_by_state, before, after)
