"""`30 days`, `2026-12-01` and `now` as the numbers that dates and instants stand for in the tables."""

from collections.abc import Container
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cached_property
from typing import NamedTuple
from zoneinfo import ZoneInfo

from mactl.clock import from_day, parse_instant, parse_local, resolve_local, to_day, to_epoch
from mactl.columns import FieldType
from mactl.durations import Duration, add_duration

_SECONDS_A_DAY = 86_400
LEAP_DAY = 229
"""29 February as `month * 100 + day`."""


class Span(NamedTuple):
    """From `first` to `last`, both ends in: seconds, or days where the column holds dates."""

    first: int
    last: int


@dataclass(frozen=True)
class Present:
    """The `now` that rules reckon from, in the project's time zone."""

    now: datetime
    zone: ZoneInfo
    holidays: Container[date] = ()

    @cached_property
    def epoch(self) -> int:
        """`now` in epoch seconds."""
        return to_epoch(self.now)

    @cached_property
    def today(self) -> int:
        """The calendar day of `now` in the project's zone, as epoch days."""
        return self._day(self.now)

    @property
    def day(self) -> date:
        """The calendar day of `now` in the project's zone."""
        return from_day(self.today)

    def moved(self, length: Duration, type_: FieldType) -> int:
        """`now`, `length` later: an instant, or its calendar day where the column holds dates.

        Calendar units keep the wall clock of the project's zone, business days skip its holidays.
        """
        moment = add_duration(self.now, length, self.zone, self.holidays)
        return self._day(moment) if type_ is FieldType.DATE else to_epoch(moment)

    def span(self, text: str, type_: FieldType) -> Span | None:
        """What an ISO 8601 date or instant stands for; None where `text` is neither.

        A date is its whole day in the project's zone, and so is an instant where the column holds dates.
        """
        try:
            day = date.fromisoformat(text.strip())
        except ValueError:
            pass
        else:
            number = to_day(day)
            if type_ is FieldType.DATE:
                return Span(number, number)
            return Span(self.midnight(number), self.midnight(number + 1) - 1)
        try:
            moment = parse_instant(text, self.zone)
        except ValueError:
            return None
        except OverflowError:  # in the first or last day of the calendar
            moment = parse_local(text).replace(tzinfo=UTC)
        found = self._day(moment) if type_ is FieldType.DATE else to_epoch(moment)
        return Span(found, found)

    def midnight(self, day: int) -> int:
        """The instant at which an epoch day begins in the project's zone, as epoch seconds."""
        try:
            return to_epoch(resolve_local(from_day(day), time(), self.zone))
        except (ValueError, OverflowError):  # 9999-12-31, say, has no next day
            return day * _SECONDS_A_DAY

    def month_days(self, length: Duration) -> list[int]:
        """`month * 100 + day` of every day from today until `length` from now, that day included.

        29 February stands beside the 28th in years that lack it.
        """
        last = min(self.moved(length, FieldType.DATE), self.today + 366)
        found: set[int] = set()
        for number in range(self.today, last + 1):
            day = from_day(number)
            found.add(day.month * 100 + day.day)
            if (day.month, day.day) == (2, 28) and from_day(number + 1).month == 3:
                found.add(LEAP_DAY)
        return sorted(found)

    def _day(self, moment: datetime) -> int:
        try:
            return to_day(moment.astimezone(self.zone).date())
        except OverflowError:
            return to_day(moment.date())
