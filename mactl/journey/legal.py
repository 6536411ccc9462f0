"""When a message may go out: quiet hours and the recipe's window, in the contact's own time zone."""

import heapq
from collections.abc import Container, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from mactl.clock import resolve_local
from mactl.project.limits import Limits

if TYPE_CHECKING:
    from mactl.recipe.journey import SendWindow

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NEVER_OPEN = timedelta(days=400)


class Span(NamedTuple):
    """From `begin` (in) to `end` (out), UTC instants."""

    begin: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class QuietTime:
    """Hours of each local day in which nothing goes out; they pass midnight where `begin` > `end`."""

    begin: time
    end: time

    @classmethod
    def of(cls, limits: Limits) -> "QuietTime | None":
        """The quiet hours of `limits`; None where they name none."""
        hours = limits.quiet_hours
        return cls(hours.from_, hours.to) if hours else None

    def covers(self, at: time) -> bool:
        """Whether it is quiet at `at` of each local day."""
        if self.begin <= self.end:
            return self.begin <= at < self.end
        return at >= self.begin or at < self.end

    def spans(self, since: datetime, zone: ZoneInfo) -> Iterator[Span]:
        """Quiet spans, in order and without end, from the one that `since` is in or before."""
        if self.begin == self.end:
            return
        day = since.astimezone(zone).date() - timedelta(days=1)
        while True:
            closing = day if self.begin < self.end else day + timedelta(days=1)
            span = Span(
                resolve_local(day, self.begin, zone), resolve_local(closing, self.end, zone)
            )
            # A gap of daylight saving can swallow a span whole.
            if span.begin < span.end and span.end > since:
                yield span
            day += timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Window:
    """Some hours of some local days, outside of which nothing goes out."""

    days: tuple[str, ...]
    opens: time
    closes: time | None
    """None for the end of the day."""
    closed: Container[date] = ()
    """Days on which it does not open."""

    @classmethod
    def of(cls, window: "SendWindow | None", holidays: Container[date]) -> "Window | None":
        """The `send_window` of a recipe; None where it has none."""
        if window is None:
            return None
        closed = holidays if window.holidays == "skip" else ()
        return cls(window.days, window.from_ or time(), window.to, closed)

    def spans(self, since: datetime, zone: ZoneInfo) -> Iterator[Span]:
        """The spans in which it is shut, in order, from the one that `since` is in or before."""
        shut = since - timedelta(days=2)
        day = shut.astimezone(zone).date()
        while resolve_local(day, time(), zone) - max(shut, since) < _NEVER_OPEN:
            if WEEKDAYS[day.weekday()] in self.days and day not in self.closed:
                opening = resolve_local(day, self.opens, zone)
                if opening > max(since, shut):
                    yield Span(shut, opening)
                last = day if self.closes else day + timedelta(days=1)
                shut = resolve_local(last, self.closes or time(), zone)
            day += timedelta(days=1)
        # Sundays alone, in a country where every Sunday is a holiday: shut for as long as anybody looks.
        yield Span(shut, resolve_local(day, time(), zone))


@dataclass(frozen=True, slots=True)
class LegalTime:
    """When messages may go out: outside quiet hours, inside the window."""

    quiet: QuietTime | None = None
    window: Window | None = None

    def shut(self, since: datetime, zone: ZoneInfo) -> Iterator[Span]:
        """The spans in which nothing goes out, in order and apart, from the one that `since` is in or before."""
        several = [kind.spans(since, zone) for kind in (self.quiet, self.window) if kind]
        current: Span | None = None
        for span in heapq.merge(*several):
            if current is None:
                current = span
            elif span.begin <= current.end:
                current = Span(current.begin, max(current.end, span.end))
            else:
                yield current
                current = span
        if current is not None:
            yield current

    def next_legal(self, moment: datetime, zone: ZoneInfo) -> datetime:
        """`moment` itself where messages may go out, else the end of that span; in UTC."""
        span = next(self.shut(moment, zone), None)
        return span.end if span and span.begin <= moment else moment

    def legal_until(self, moment: datetime, zone: ZoneInfo) -> datetime | None:
        """When the legal time that `moment` lies in ends; None where it never does."""
        span = next((span for span in self.shut(moment, zone) if span.begin > moment), None)
        return span.begin if span else None

    def is_quiet(self, moment: datetime, zone: ZoneInfo) -> bool:
        """Whether it is quiet hours at `moment`."""
        span = next(self.quiet.spans(moment, zone), None) if self.quiet else None
        return bool(span and span.begin <= moment)

    def deadline(self, due: datetime, allowance: timedelta, zone: ZoneInfo) -> datetime:
        """The UTC instant at which `allowance` of legal time has passed since `due`."""
        moment, left = due.astimezone(UTC), allowance
        for begin, end in self.shut(moment, zone):
            until_shut = max(begin - moment, timedelta())
            if until_shut >= left:
                break
            left -= until_shut
            moment = end
        return moment + left
