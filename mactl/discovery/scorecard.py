"""Points for traits: a model that people can add up by hand, and how well it tells some people from others.

A logistic regression that is made to use few traits (L1) chooses them; one on these alone (L2) weighs them; the weights
are rounded to points. How well that works is judged on people whom all of it has not seen (cross-validation), by the
area under the ROC curve: how often a member has more points than somebody else, 0.5 by chance (Hanley & McNeil 1982).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mactl.discovery.describing import Flags
from mactl.discovery.learning import steadily
from mactl.discovery.study import Holds

Points = tuple[tuple[int, int], ...]
"""Traits by number, and the points of each."""
_MOST_TRAITS = 10
_HIGHEST = 20
"""The most points that a trait gives or takes."""
_STRENGTHS = (0.003, 0.006, 0.012, 0.025, 0.05, 0.1, 0.25, 0.6)
_FOLDS = 5
_CHOSEN_ON = 6_000
_CHANCES = 10
_CHANCE_ON = 2_000


@dataclass(frozen=True, slots=True)
class Judged:
    """How well points tell members from others, on people they were not made from."""

    auc: float
    low: float
    high: float
    """The 95 % interval of it."""
    chance: float
    """The best that the same way of making points came to where membership was shuffled."""

    @property
    def is_better_than_chance(self) -> bool:
        """Whether points tell anything."""
        return self.low > 0.5 and self.auc > self.chance


def make_points(holds: Holds, members: Flags, seed: int) -> Points:
    """Points for a few traits, in the order of their weight; none where no trait tells anything."""
    from sklearn.linear_model import LogisticRegression

    table = holds.astype(np.float64)
    some = np.random.default_rng([seed, 2]).permutation(len(members))[:_CHOSEN_ON]
    if members[some].all() or not members[some].any():
        return ()
    chosen: npt.NDArray[np.int64] = np.zeros(0, np.int64)
    for strength in _STRENGTHS:
        model = LogisticRegression(
            l1_ratio=1, C=strength, solver="liblinear", class_weight="balanced", random_state=seed
        )
        used = np.flatnonzero(model.fit(table[some], members[some]).coef_[0])
        if len(used) > _MOST_TRAITS:
            break
        chosen = used
    if not len(chosen):
        return ()
    model = LogisticRegression(C=1.0, class_weight="balanced", max_iter=500)
    weights = model.fit(table[:, chosen], members).coef_[0]
    largest = float(np.abs(weights).max())
    if largest == 0:
        return ()
    points = np.round(weights / largest * _HIGHEST).astype(int)
    found = [(int(trait), int(worth)) for trait, worth in zip(chosen, points, strict=True) if worth]
    return tuple(sorted(found, key=lambda each: (-abs(each[1]), each[0])))


def add_up(holds: Holds, points: Points) -> npt.NDArray[np.int64]:
    """The points of each."""
    total = np.zeros(len(holds), np.int64)
    for trait, worth in points:
        total += worth * holds[:, trait]
    return total


def judge(holds: Holds, members: Flags, seed: int) -> Judged:
    """How well points that are made in this way tell members, by cross-validation."""
    auc = float(np.mean(_across(holds, members, seed)))
    inside, outside = int(members.sum()), int((~members).sum())
    error = _standard_error(auc, inside, outside)
    draw = np.random.default_rng([seed, 3])
    some = np.sort(draw.permutation(len(members))[:_CHANCE_ON])
    chances = [
        float(np.mean(_across(holds[some], draw.permutation(members[some]), seed)))
        for _ in range(_CHANCES)
    ]
    return Judged(auc, max(auc - 1.96 * error, 0.0), min(auc + 1.96 * error, 1.0), max(chances))


def _across(holds: Holds, members: Flags, seed: int) -> Sequence[float]:
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import StratifiedKFold

    found = []
    with steadily():
        folds: Any = StratifiedKFold(_FOLDS, shuffle=True, random_state=seed)
        for learn, test in folds.split(holds, members):
            points = make_points(holds[learn], members[learn], seed)
            found.append(float(roc_auc_score(members[test], add_up(holds[test], points))))
    return found


def _standard_error(auc: float, inside: int, outside: int) -> float:
    """Hanley & McNeil 1982, formula 1."""
    both_in, both_out = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    spread = (
        auc * (1 - auc)
        + (inside - 1) * (both_in - auc**2)
        + (outside - 1) * (both_out - auc**2)
    )  # fmt: skip
    return float(np.sqrt(max(spread, 0.0) / (inside * outside)))
