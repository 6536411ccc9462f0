"""When what was refused for the time being is tried again."""

import hashlib

FIRST_GAP = 300
"""Seconds before the second attempt."""
LONGEST_GAP = 4 * 3600
"""Seconds that no gap grows beyond."""
_LAST_CALL = 60  # seconds before it is too late
_JITTER = 0.2  # of the gap, either way


def next_try(attempts: int, now: int, latest_at: int, key: str) -> int | None:
    """When to try again after so many `attempts`; None where that would be too late. Instants in epoch seconds.

    Gaps double, and differ by up to a fifth from `key` to `key`, so that what was refused together does not come back
    together. A last attempt is made just before `latest_at`, unless that is too soon after this one.
    """
    gap = min(FIRST_GAP << min(attempts - 1, 16), LONGEST_GAP)
    then = now + round(gap * (1 + _JITTER * _between_minus_one_and_one(f"{key}:{attempts}")))
    last = last_chance(latest_at)
    if then <= last:
        return then
    return last if last - now >= FIRST_GAP else None


def last_chance(latest_at: int) -> int:
    """When to try for the last time what is too late after `latest_at`; both in epoch seconds."""
    return latest_at - _LAST_CALL


def _between_minus_one_and_one(text: str) -> float:
    number = int.from_bytes(hashlib.sha256(text.encode()).digest()[:4])
    return number / 0x7FFFFFFF - 1
