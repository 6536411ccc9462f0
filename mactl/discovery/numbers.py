"""Numbers that people remember: the plainest one within a range, and the cuts between parts of a column."""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
_SLACK = 0.01
"""A cut may lie this much of all people beside where it was wanted, if a plainer number is there."""


def plainest(low: float, high: float) -> float:
    """The number from `low` to `high` that is the shortest to write: 500 between 483 and 517.

    It is a multiple of the largest 1, 5 or 2 times a power of ten that has one there.
    """
    if low > high:
        raise ValueError(f"{low} is more than {high}")
    if low <= 0 <= high:
        return 0.0
    size = max(abs(low), abs(high))
    for power in range(math.floor(math.log10(size)) + 1, -7, -1):
        for part in (5, 2, 1):
            step = part * 10.0**power
            multiple = math.ceil(round(low / step, 9))
            found = round(multiple * step, max(0, -power))
            if low <= found <= high:
                return found
    return high


def cuts_at(values: Floats, shares: Sequence[float]) -> list[float]:
    """Plain numbers with about these shares of `values` below them, rising, none twice."""
    found: list[float] = []
    for share in shares:
        around = [max(share - _SLACK, 0), min(share + _SLACK, 1)]
        low, high = np.quantile(values, around, method="inverted_cdf")
        cut = plainest(float(low), float(high))
        if not found or cut > found[-1]:
            found.append(cut)
    return found


def grades(values: Floats, cuts: Sequence[float], best: int) -> list[int]:
    """The grade, 0 to `best` - 1, of each part that rising `cuts` make of `values`: below the first, from it on …

    A part is graded by its middle rank among all, so that those who are tied are graded alike and neither higher nor
    lower than where they stand; parts may share a grade. (Ridits: Bross, Biometrics 14, 1958.)
    """
    parts = np.searchsorted(np.asarray(cuts), values, side="right")
    counts = np.bincount(parts, minlength=len(cuts) + 1)
    middle = (np.cumsum(counts) - counts / 2) / max(len(values), 1)
    return [min(best - 1, int(best * rank)) for rank in middle]


def split_in_two(values: Floats) -> float:
    """The number that parts `values` into low and high ones with the least spread within each (Jenks' natural break),
    between a quarter and three quarters of them; a plain number near it."""
    ordered = np.sort(values)
    many = len(ordered)
    sums = np.cumsum(ordered)
    below = np.arange(1, many)
    # The spread within both parts is least where that between their means is greatest.
    left, right = sums[:-1] / below, (sums[-1] - sums[:-1]) / (many - below)
    between = below * (many - below) * (right - left) ** 2
    outside = (below < many / 4) | (below > 3 * many / 4)
    if not outside.all():
        between[outside] = -1
    share = float(below[int(np.argmax(between))]) / many
    return cuts_at(values, [share])[0]
