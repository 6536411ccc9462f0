"""When the passing of time next changes an answer: the first whole minute at which something flips."""

from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from mactl.clock import from_epoch, to_epoch
from mactl.columns import FieldType
from mactl.durations import add_duration
from mactl.rules.moments import Present
from mactl.workflows.timing.chronicle import Chronicle
from mactl.workflows.timing.stirring import Edge, TimeTests, unevenness

MINUTE = timedelta(minutes=1)


def flips(
    tests: TimeTests,
    chronicle: Chronicle,
    now: datetime,
    limit: datetime,
    zone: ZoneInfo,
    holidays: Container[date] = (),
) -> Iterator[datetime]:
    """The first whole minute after `now` at which each of `tests` may turn out otherwise for somebody.

    `limit` stands for all that comes later, at most some days after `now`. None is too late; what fades all the time
    is not among them. Where the clocks change before `limit`, nothing beyond that is told.
    """
    turn = _turn_of_clocks(now, limit, zone)
    if turn is not None:
        yield turn
    ahead = _Ahead(chronicle, now, turn or limit, zone, holidays)
    found = [ahead.by_field(edge) for edge in tests.fields]
    found += [ahead.by_anniversary(edge) for edge in tests.anniversaries]
    found += [ahead.by_event(edge) for edge in tests.events]
    found += [ahead.by_sequel(edge) for edge in tests.sequels]
    found += [ahead.by_task()] if tests.has_due_tasks else []
    yield from (moment for moment in found if moment is not None)


@dataclass(frozen=True)
class _Ahead:
    """What lies between `now` and `limit`, which stands for all beyond; None is where nothing comes at all."""

    chronicle: Chronicle
    now: datetime
    limit: datetime
    zone: ZoneInfo
    holidays: Container[date]

    def by_field(self, edge: Edge) -> datetime | None:
        field = edge.names[0]
        type_ = self.chronicle.type_of(field)
        if type_ is None:
            return None
        return self._passing(edge, type_, partial(self.chronicle.next_date, field))

    def by_anniversary(self, edge: Edge) -> datetime:
        days = self._at(self.now).month_days(edge.length)
        return self._first_minute(lambda then: then.month_days(edge.length) != days)

    def by_event(self, edge: Edge) -> datetime | None:
        next_ = partial(self.chronicle.next_event, edge.names)
        return self._passing(edge, FieldType.INSTANT, next_)

    def by_sequel(self, edge: Edge) -> datetime | None:
        """The first time that is over in which something might have followed an event."""
        uneven = unevenness(edge.length)
        first, last = (
            self._at(moment).moved(-edge.length, FieldType.INSTANT)
            for moment in (self.now, self.limit)
        )
        over = (
            add_duration(from_epoch(at), edge.length, self.zone, self.holidays)
            for at in self.chronicle.events_within(edge.names, first - uneven, last + uneven)
        )
        return self._until(min((moment for moment in over if moment > self.now), default=None))

    def by_task(self) -> datetime | None:
        due = self.chronicle.next_task_due(to_epoch(self.now))
        return self._until(None if due is None else from_epoch(due + 1))

    def _at(self, moment: datetime) -> Present:
        return Present(moment, self.zone, self.holidays)

    def _until(self, moment: datetime | None) -> datetime | None:
        return None if moment is None else min(whole_minute_from(moment), self.limit)

    def _passing(
        self, edge: Edge, type_: FieldType, next_: Callable[[int], int | None]
    ) -> datetime | None:
        """When `now`, moved by the edge's length, passes the next of its values."""
        begin = self._at(self.now).moved(edge.length, type_)
        value = next_(begin)
        if value is None:
            return None
        reached = max(value, begin + 1)
        return self._first_minute(lambda then: then.moved(edge.length, type_) >= reached)

    def _first_minute(self, is_other: Callable[[Present], bool]) -> datetime:
        return _first_minute(self.now, self.limit, lambda then: is_other(self._at(then)))


def _turn_of_clocks(now: datetime, limit: datetime, zone: ZoneInfo) -> datetime | None:
    """When the clocks change before `limit`: where they go back, what had flipped may flip again."""
    offset = now.astimezone(zone).utcoffset()
    if limit.astimezone(zone).utcoffset() == offset:
        return None
    return _first_minute(now, limit, lambda then: then.astimezone(zone).utcoffset() != offset)


def _first_minute(now: datetime, limit: datetime, is_other: Callable[[datetime], bool]) -> datetime:
    """The first whole minute after `now` at which `is_other`, which goes on being so; `limit` where it is later."""
    low, high = 0, int((limit - now) / MINUTE)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if is_other(now + middle * MINUTE) else (middle, high)
    return now + high * MINUTE


def whole_minute_from(moment: datetime) -> datetime:
    """The first whole minute that is not before `moment`."""
    return from_epoch(-(-to_epoch(moment) // 60) * 60)
