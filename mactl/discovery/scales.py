"""Grades of buyers: where the lines between them are drawn, so that about as many are in each."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mactl.discovery.numbers import Floats, cuts_at, grades
from mactl.discovery.purchases import Purchases

Scale = dict[str, float]
"""Grade, best first → from where on (days: up to where); the lowest is for all others and has no number."""


def scales_of(purchases: Purchases, buyers: pd.DataFrame, best: int) -> dict[str, Scale]:
    """The scale of recency, of frequency and, where an amount is known, of what was spent, each of `best` grades: five,
    or three (1, 3, 5). Whoever bought once is `f1`."""
    names = list(range(1, 6)) if best == 5 else [1, 3, 5]
    # The day that a purchase falls on is what a window counts in.
    days = np.ceil(buyers["days"].to_numpy(dtype=np.float64))
    scales = {"recency": _scale("r", -days, names)}
    times = buyers["times"].to_numpy(dtype=np.float64)
    often = times[times > 1]
    scales["frequency"] = _scale("f", often, names[1:]) if len(often) else {}
    if len(often):
        lowest = [name for name in scales["frequency"] if np.isnan(scales["frequency"][name])]
        scales["frequency"][lowest[0]] = 2.0
    scales["frequency"]["f1"] = np.nan
    if purchases.amount is not None:
        spent = buyers["spent"].to_numpy(dtype=np.float64)
        scales["monetary"] = _scale("m", spent, names)
        kept = {g: c for g, c in scales["monetary"].items() if np.isnan(c) or c > 0}
        scales["monetary"] = kept
    return scales


def _scale(letter: str, values: Floats, names: Sequence[int]) -> Scale:
    cuts = [
        cut
        for cut in cuts_at(values, [n / len(names) for n in range(1, len(names))])
        if values.min() < cut <= values.max()
    ]
    starts = [np.nan, *cuts]
    scale: Scale = {}
    for start, grade in zip(starts, grades(values, cuts, len(names)), strict=True):
        scale.setdefault(f"{letter}{names[grade]}", start)  # those alike begin where the first does
    return dict(reversed(scale.items()))


def day_of(scale: Scale, grade: str) -> int:
    """A number of days ago that is of this grade."""
    cuts = [int(-cut) for cut in scale.values() if not np.isnan(cut)]
    place = list(scale).index(grade)
    after = cuts[place - 1] if place else 0
    return (after + cuts[place]) // 2 if place < len(cuts) else (cuts[-1] + 2 if cuts else 1)
