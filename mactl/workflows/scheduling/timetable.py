"""When a job runs: as lines of a crontab and as a systemd timer has it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import time

_HOUR, _DAY = 60, 24 * 60


@dataclass(frozen=True)
class Timetable:
    """When: as people say it, in the machine's own zone for cron, with the zone named for systemd."""

    told: str
    cron: tuple[str, ...]
    on_calendar: tuple[str, ...]


def every(minutes: int, *, offset: int = 0) -> Timetable:
    """Every so many minutes, counted from `offset` minutes after the hour, or after midnight; ValueError, which says
    what to write, where that divides neither the hour nor the day."""
    if not (0 < minutes <= _DAY and (_HOUR % minutes == 0 or _fits_day(minutes))):
        raise ValueError(f"cron can't count that; {_nearest(minutes)} divides the day")
    minute = offset % min(minutes, _HOUR)
    if minutes < _HOUR:
        field = ",".join(str(m) for m in range(minute, _HOUR, minutes))
        plain = f"*/{minutes}" if minute == 0 else field
        told = f"every {minutes} minutes" if minutes > 1 else "every minute"
        line = f"{plain if minutes > 1 else '*'} * * * *"
        return Timetable(told, (line,), (f"*-*-* *:{field}:00",))
    hours = minutes // _HOUR
    hour = {1: "*", 24: "0"}.get(hours, f"*/{hours}")
    listed = "*" if hours == 1 else ",".join(f"{h:02}" for h in range(0, 24, hours))
    told = f"every {hours} hours" if hours > 1 else "every hour"
    return Timetable(told, (f"{minute} {hour} * * *",), (f"*-*-* {listed}:{minute:02}:00",))


def _fits_day(minutes: int) -> bool:
    return minutes % _HOUR == 0 and _DAY % minutes == 0


def _nearest(minutes: int) -> str:
    fitting = [m for m in range(1, _DAY + 1) if _HOUR % m == 0 or _fits_day(m)]
    best = min(fitting, key=lambda m: (abs(m - minutes), m))
    return f"{best}m" if best < _HOUR else f"{best // _HOUR}h"


def daily(times: Sequence[time], zone: str, shown: Iterable[time]) -> Timetable:
    """Each day at `times` of `zone`, which the machine's own clock shows as `shown`."""
    hours: dict[int, list[int]] = defaultdict(list)
    for at in shown:
        hours[at.minute].append(at.hour)
    cron = (f"{minute} {','.join(map(str, some))} * * *" for minute, some in sorted(hours.items()))
    told = f"each day at {' and '.join(f'{at:%H:%M}' for at in times)} {zone}"
    return Timetable(told, tuple(cron), tuple(f"*-*-* {at:%H:%M}:00 {zone}" for at in times))


def within_day(minutes: int, hours: Sequence[int], zone: str, shown: Iterable[int]) -> Timetable:
    """Every so many minutes, a part of the hour, in `hours` of `zone`, which the machine's clock shows as `shown`."""
    cron = ",".join(map(str, sorted(set(shown))))
    field = ",".join(str(m) for m in range(0, _HOUR, minutes))
    listed = ",".join(f"{hour:02}" for hour in hours)
    return Timetable(
        f"every {minutes} minutes of the day",
        (f"*/{minutes} {cron} * * *",),
        (f"*-*-* {listed}:{field}:00 {zone}",),
    )
