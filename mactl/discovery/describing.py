"""A rule that people can read, for a group that was found in another way: a few traits that together hold of nearly all
of it and hardly anybody else."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mactl.discovery.study import Holds, Study
from mactl.discovery.traits import joined

_DEEPEST = 3
"""Traits that must all hold."""
_WIDEST = 3
"""Ways to be in the group."""
_BEAM = 8
_GAIN = 0.01
"""A trait more must better the rule by this much."""
_WIDER_GAIN = 0.03
"""And a way more by this much."""
_LEARN = 0.7
"""The share of people whom rules are learned from; they are judged on the others."""

Flags = npt.NDArray[np.bool_]
Rule = tuple[tuple[int, ...], ...]
"""Ways to be in the group, each the numbers of traits that all hold."""


@dataclass(frozen=True, slots=True)
class Fit:
    """How well a rule finds a group, by people whom it was not learned from."""

    precision: float
    """Of those whom the rule finds, the share that are of the group."""
    recall: float
    """Of the group, the share that the rule finds."""
    judged: int
    """How many people were judged."""


def learn_rule(holds: Holds, wanted: Flags) -> Rule:
    """The rule that finds `wanted` best among people × traits, in as few traits as do: by precision and recall
    together (F1); empty where no trait tells anything."""
    table = holds.astype(np.float32)
    rule: list[tuple[int, ...]] = []
    found = np.zeros(len(wanted), np.bool_)
    best = 0.0
    for _ in range(_WIDEST):
        way, score = _best_way(table, holds, wanted, found, best)
        if not way or (rule and score < best + _WIDER_GAIN):
            break
        rule.append(way)
        found |= holds[:, list(way)].all(axis=1)
        best = score
    return tuple(rule)


def _best_way(
    table: npt.NDArray[np.float32], holds: Holds, wanted: Flags, found: Flags, least: float
) -> tuple[tuple[int, ...], float]:
    """The traits whose people, with those `found` already, fit `wanted` best; and how well, by F1."""
    hits, many = float((found & wanted).sum()), float(found.sum())
    total = float(wanted.sum())
    free = ~found
    beam: list[tuple[float, tuple[int, ...]]] = [(0.0, ())]
    best: tuple[float, tuple[int, ...]] = (0.0, ())
    for _ in range(_DEEPEST):
        longer: dict[tuple[int, ...], float] = {}
        for _, way in beam:
            inside = free & holds[:, list(way)].all(axis=1) if way else free
            both = inside & wanted
            right = hits + both.astype(np.float32) @ table
            all_ = many + inside.astype(np.float32) @ table
            scores = 2 * right / np.maximum(all_ + total, 1)
            for place in np.argsort(-scores, kind="stable")[:_BEAM]:
                if int(place) not in way:
                    longer[tuple(sorted((*way, int(place))))] = float(scores[place])
        ranked = sorted(((score, way) for way, score in longer.items()), key=_rank)
        beam = ranked[:_BEAM]
        if not beam or beam[0][0] < best[0] + _GAIN:
            break
        best = beam[0]
    return best[1], max(best[0], least if not best[1] else 0.0)


def _rank(found: tuple[float, tuple[int, ...]]) -> tuple[float, tuple[int, ...]]:
    return -round(found[0], 6), found[1]


def fit_of(holds: Holds, wanted: Flags, rule: Rule) -> Fit:
    """How well `rule` finds `wanted` among these people."""
    found = fits(holds, rule)
    right = float((found & wanted).sum())
    return Fit(
        right / max(float(found.sum()), 1.0), right / max(float(wanted.sum()), 1.0), len(wanted)
    )


def fits(holds: Holds, rule: Rule) -> Flags:
    """Of whom a rule holds."""
    found = np.zeros(len(holds), np.bool_)
    for way in rule:
        found |= holds[:, list(way)].all(axis=1)
    return found


def halved(people: int, seed: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The people to learn from, and the others, on whom is judged."""
    order = np.random.default_rng([seed, 1]).permutation(people)
    many = round(_LEARN * people)
    return np.sort(order[:many]), np.sort(order[many:])


def says_of(study: Study, rule: Rule) -> list[Any]:
    """A rule as the conditions of a segment."""
    ways = [joined([study.traits[place].says for place in way]) for way in rule]
    if len(ways) == 1:
        return list(ways[0])
    return [{"any": [way[0] if len(way) == 1 else {"all": way} for way in ways]}]


@dataclass(frozen=True, slots=True)
class Lift:
    """A trait that sets a group apart."""

    trait: int
    inside: float
    """The share of the group of whom it holds."""
    overall: float
    """And the share of all."""


def lifts(study: Study, wanted: Flags, most: int = 4) -> Sequence[Lift]:
    """The traits that set `wanted` apart most, one of each aspect: by the difference in share, in its spread."""
    inside = study.holds[wanted].mean(axis=0)
    overall = study.holds.mean(axis=0)
    apart = (inside - overall) / np.sqrt(np.maximum(overall * (1 - overall), 1e-6))
    chosen: dict[int, Lift] = {}
    for place in np.argsort(-apart, kind="stable"):
        aspect = study.aspect_of[place]
        if apart[place] <= 0 or len(chosen) == most:
            break
        if aspect not in chosen:
            chosen[aspect] = Lift(int(place), float(inside[place]), float(overall[place]))
    return list(chosen.values())
