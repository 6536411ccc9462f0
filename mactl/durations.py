"""Lengths of time as recipes write them: `3 days`, `6 months`, `3 business days`, `P3D`.

Calendar units keep the wall clock across daylight saving; hours and minutes are exact.
"""

import calendar
import re
from collections.abc import Container
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from mactl.clock import resolve_local

_UNITS = {
    "second": "seconds",
    "minute": "minutes",
    "hour": "hours",
    "day": "days",
    "business day": "business_days",
    "week": "weeks",
    "month": "months",
    "year": "years",
}
_WORDS = re.compile(r"([+-]?)\s*(\d+)\s+(business\s+day|second|minute|hour|day|week|month|year)s?")
_ISO_8601 = re.compile(
    r"([+-]?)P(?=\d|T\d)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?"
)
_ISO_FIELDS = ("years", "months", "weeks", "days", "hours", "minutes", "seconds")
_LARGEST = 1000  # years: what dates and instants can still be added to
_DAYS_A_MONTH = 365.2425 / 12


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time; negative numbers lie before (only offsets may be negative)."""

    years: int = 0
    months: int = 0
    weeks: int = 0
    days: int = 0
    business_days: int = 0
    hours: int = 0
    minutes: int = 0
    seconds: int = 0

    def __str__(self) -> str:
        words = {field: unit for unit, field in _UNITS.items()}
        parts = [
            f"{amount} {words[field.name]}{'' if abs(amount) == 1 else 's'}"
            for field in fields(self)
            if (amount := getattr(self, field.name))
        ]
        return " ".join(parts) or "0 days"

    def __neg__(self) -> "Duration":
        return Duration(*(-getattr(self, field.name) for field in fields(self)))

    @property
    def is_exact(self) -> bool:
        """Whether it is made of hours, minutes and seconds only."""
        return not (self.years or self.months or self.weeks or self.days or self.business_days)

    @property
    def exact(self) -> timedelta:
        """The part in hours, minutes and seconds."""
        return timedelta(hours=self.hours, minutes=self.minutes, seconds=self.seconds)

    @property
    def calendar_months(self) -> int:
        """The part in years and months, in months."""
        return 12 * self.years + self.months

    @property
    def calendar_days(self) -> int:
        """The part in weeks and days, in days."""
        return 7 * self.weeks + self.days

    @property
    def mean_days(self) -> float:
        """Its mean length in days (a month 30.44 of them): for half-lives, which need a number."""
        whole = (
            self.calendar_months * _DAYS_A_MONTH + self.calendar_days + self.business_days * 7 / 5
        )
        return whole + self.exact / timedelta(days=1)


def parse_duration(text: str) -> Duration:
    """`3 days`, `2 weeks`, `3 business days`, `-90 days` or ISO 8601 (`P3D`); ValueError otherwise."""
    words = _WORDS.fullmatch(text.strip())
    if words:
        sign, amount, unit = words.groups()
        name = _UNITS[re.sub(r"\s+", " ", unit)]
        return _bounded(Duration(**{name: int(amount) * (-1 if sign == "-" else 1)}), text)
    iso = _ISO_8601.fullmatch(text.strip())
    if iso:
        sign, *amounts = iso.groups()
        found = Duration(**{n: int(a) for n, a in zip(_ISO_FIELDS, amounts, strict=True) if a})
        return _bounded(-found if sign == "-" else found, text)
    raise ValueError(f"{text!r} is not a length of time; write 3 days, 2 weeks, 30 minutes or P3D")


def _bounded(duration: Duration, text: str) -> Duration:
    if abs(duration.mean_days) > _LARGEST * 365:
        raise ValueError(f"{text!r} is longer than {_LARGEST} years")
    return duration


def add_duration(
    moment: datetime, duration: Duration, zone: ZoneInfo, holidays: Container[date] = ()
) -> datetime:
    """The UTC instant `duration` after `moment`: calendar units on the wall clock of `zone`, business
    days skipping weekends and `holidays`, then hours and minutes exactly."""
    if duration.is_exact:
        return moment.astimezone(UTC) + duration.exact
    local = moment.astimezone(zone)
    day = add_to_date(local.date(), duration, holidays)
    return resolve_local(day, local.time(), zone) + duration.exact


def add_to_date(day: date, duration: Duration, holidays: Container[date] = ()) -> date:
    """`day` moved by the calendar part of `duration`; a day that its month lacks becomes its last."""
    if duration.calendar_months:
        years, month = divmod(day.year * 12 + day.month - 1 + duration.calendar_months, 12)
        last = calendar.monthrange(years, month + 1)[1]
        day = date(years, month + 1, min(day.day, last))
    day += timedelta(days=duration.calendar_days)
    step = timedelta(days=1 if duration.business_days > 0 else -1)
    for _ in range(abs(duration.business_days)):
        day += step
        while day.weekday() >= 5 or day in holidays:
            day += step
    return day
