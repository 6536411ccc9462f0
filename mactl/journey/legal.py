"""When a message may go out: quiet hours in the contact's own time zone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from mactl.clock import resolve_local
from mactl.project import Limits


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

    def spans(self, since: datetime, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
        """Quiet spans as UTC instants, in order and without end, from the one that `since` is in or before."""
        if self.begin == self.end:
            return
        day = since.astimezone(zone).date() - timedelta(days=1)
        while True:
            closing = day if self.begin < self.end else day + timedelta(days=1)
            span = resolve_local(day, self.begin, zone), resolve_local(closing, self.end, zone)
            # A gap of daylight saving can swallow a span whole.
            if span[0] < span[1] and span[1] > since:
                yield span
            day += timedelta(days=1)


def next_legal(moment: datetime, zone: ZoneInfo, quiet: QuietTime | None) -> datetime:
    """`moment` itself where it is not quiet in `zone`, else the end of that quiet span; in UTC."""
    if quiet is not None:
        for begin, end in quiet.spans(moment, zone):
            return end if begin <= moment else moment
    return moment


def legal_deadline(
    due: datetime, allowance: timedelta, zone: ZoneInfo, quiet: QuietTime | None
) -> datetime:
    """The UTC instant at which `allowance` of legal time has passed since `due`; quiet time is not counted."""
    moment, left = due.astimezone(UTC), allowance
    if quiet is not None:
        for begin, end in quiet.spans(moment, zone):
            until_quiet = max(begin - moment, timedelta())
            if until_quiet >= left:
                break
            left -= until_quiet
            moment = end
    return moment + left
