"""Lengths of time in `privacy.retention`, which is written for people: `12 months after the last visit`."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from mactl.clock import to_epoch
from mactl.durations import Duration, add_duration, parse_duration

_LENGTH = re.compile(r"\d+\s+(?:business\s+day|day|week|month|year)s?\b|P\d[0-9A-Z]*")


def term_of(text: str) -> Duration | None:
    """The first length of time that `text` names; None where it names none."""
    found = _LENGTH.search(text)
    try:
        return parse_duration(found[0]) if found else None
    except ValueError:
        return None


def is_whole(text: str) -> bool:
    """Whether `text` is a length of time and nothing else."""
    try:
        parse_duration(text)
    except ValueError:
        return False
    return True


def cutoff(now: datetime, term: Duration, zone: ZoneInfo) -> int:
    """The epoch second before which what is kept for `term` is too old at `now`."""
    return to_epoch(add_duration(now, -term, zone))


def shortest(*terms: Duration | None) -> Duration | None:
    """The shortest that there is."""
    known = [term for term in terms if term is not None]
    return min(known, key=lambda term: term.mean_days, default=None)
