"""Contacts → pairs who may be one person, with a score and the reasons."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from mactl.people.doubles.candidates import find_candidates
from mactl.people.doubles.scoring import score_pairs
from mactl.people.doubles.traits import traits_of

_SUREST = 0.999
"""What is told at most: nobody knows it of two records."""


@dataclass(frozen=True, slots=True)
class Double:
    """Two contacts (their places, the earlier one first) who may be one person."""

    places: tuple[int, int]
    score: float
    """How likely they are, from 0 to 1, so far as that can be told from what is known of both."""
    reasons: tuple[str, ...]


def find_doubles(
    contacts: pa.Table,
    country: str | None,
    least: float,
    parted: Collection[tuple[int, int]] = (),
) -> list[Double]:
    """Pairs of `contacts` (see `People`) who are one person with a likelihood of at least `least`, the likeliest first.

    `parted` are pairs of places that somebody said are not.
    """
    traits = traits_of(contacts, country)
    scored = score_pairs(traits, find_candidates(traits), least)
    one, other = scored.pairs
    told = np.array(list(scored.reasons))
    holds = np.stack(list(scored.reasons.values()), axis=1)
    known = {*parted, *((b, a) for a, b in parted)}
    return [
        Double((a, b), round(min(score, _SUREST), 3), tuple(told[which].tolist()))
        for a, b, score, which in zip(
            one.tolist(), other.tolist(), scored.score.tolist(), holds, strict=True
        )
        if (a, b) not in known
    ]
