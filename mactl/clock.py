"""The time of a run, and local times that daylight saving skips or repeats."""

import re
import time as system
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_TIME_OF_DAY = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?")


def whole_minute(instant: datetime) -> datetime:
    """`instant` in UTC with seconds dropped: a run has one `now`, in whole minutes."""
    return instant.astimezone(UTC).replace(second=0, microsecond=0)


@cache
def zone_named(name: str) -> ZoneInfo:
    """The IANA time zone called `name`; ValueError where there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as unknown:
        raise ValueError(
            f"{name!r} is not a time zone; one is written like Europe/Amsterdam"
        ) from unknown


def resolve_local(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The UTC instant of a wall-clock time: a skipped one moves to the next valid instant, a repeated
    one counts the first time."""
    local = datetime.combine(day, at.replace(fold=0), zone)
    instant = local.astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None):
        return instant
    # The gap: fold=1 reads the wall clock with the later offset, fold=0 with the earlier one; the
    # instant at which the clocks change lies between the two.
    return _transition(local.replace(fold=1).astimezone(UTC), instant, zone)


def _transition(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The first whole minute in (before, after] that has the offset in force at `after`."""
    offset = after.astimezone(zone).utcoffset()
    while after - before > timedelta(minutes=1):
        middle = before + (after - before) / 2
        middle = middle.replace(second=0, microsecond=0)
        if middle <= before:
            break
        if middle.astimezone(zone).utcoffset() == offset:
            after = middle
        else:
            before = middle
    return after


def parse_time_of_day(text: str) -> time:
    """`"09:00"` as a time; ValueError where it is none."""
    match = _TIME_OF_DAY.fullmatch(text.strip())
    if not match:
        raise ValueError(f"{text!r} is not a time of day; one is written like 09:00")
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return time(hours, minutes, seconds)


def parse_local(text: str) -> datetime:
    """An ISO 8601 date or instant; naive where it names no zone, a bare date at 00:00.

    Raises ValueError where it is neither.
    """
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(
            f"{text!r} is not a date or an instant; write 2026-12-01 or 2026-12-01T09:00"
        ) from None


def parse_instant(text: str, zone: ZoneInfo) -> datetime:
    """An ISO 8601 date or instant as UTC; without a zone of its own it is read in `zone`."""
    moment = parse_local(text)
    if moment.tzinfo is not None:
        return moment.astimezone(UTC)
    return resolve_local(moment.date(), moment.time(), zone)


def to_epoch(instant: datetime) -> int:
    """Whole seconds since 1970-01-01T00:00Z: how instants stand in every table."""
    return int(instant.timestamp())


def from_epoch(seconds: int) -> datetime:
    """The UTC instant of whole seconds since 1970-01-01T00:00Z."""
    return datetime.fromtimestamp(seconds, UTC)


def today() -> date:
    """The day that the machine's clock shows, in UTC."""
    return datetime.now(UTC).date()


def to_day(day: date) -> int:
    """Whole days since 1970-01-01: how dates stand in every table."""
    return day.toordinal() - _EPOCH_ORDINAL


def from_day(number: int) -> date:
    """The date of whole days since 1970-01-01."""
    return date.fromordinal(number + _EPOCH_ORDINAL)


_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()


def clock_from(start: int) -> Callable[[], int]:
    """A clock that stands at the epoch second `start` and goes on from there, whatever becomes of the machine's; also
    while the machine sleeps."""
    begun = _time_passed()
    return lambda: start + int(_time_passed() - begun)


def _time_passed() -> float:
    # Monotonic time stands still while a laptop or a virtual machine is suspended, and leases run out meanwhile.
    return system.clock_gettime(system.CLOCK_BOOTTIME)
