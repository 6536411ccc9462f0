"""How likely two contacts are one person (Fellegi and Sunter, 1969).

Each trait in which two agree speaks for it, by how often one person's records agree in it against how often two
persons' do: to share a rare name says more than to share a common one. Each in which they differ speaks against it.
What a household shares (a telephone, a postcode, perhaps an address) counts once, and a different first name or
birthday speaks louder there than all of it: that is a family, not a double.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import JaroWinkler
from rapidfuzz.process import cpdist

from mactl.people.cells import Mask, Numbers
from mactl.people.doubles.candidates import Pairs
from mactl.people.doubles.traits import Trait, Traits

Weights = npt.NDArray[np.float64]

_EXPECTED = 0.05
"""Of how many contacts a double is expected."""
_SAMPLE = 10_000.0
"""For how many contacts the usual frequency of a trait counts beside that in these."""
_ALIKE = 0.9
_DIFFERENT = 0.75
_CHUNK = 500_000
"""Pairs whose texts are held at once."""


@dataclass(frozen=True, slots=True)
class _Measure:
    """How often one person's records agree in a trait, how often two persons' usually do, and what a difference
    weighs, in bits."""

    agrees: float
    usual: float
    against: float


_FIRST = _Measure(0.9, 5e-3, -16.0)
_LAST = _Measure(0.9, 1e-3, -5.0)
_PHONE = _Measure(0.6, 1e-6, -1.0)
_POSTCODE = _Measure(0.8, 1e-4, -2.0)
_BIRTHDAY = _Measure(0.95, 5e-5, -12.0)
_COMPANY = _Measure(0.8, 1e-3, -1.0)
_EMAIL = _Measure(0.5, 1e-6, 0.0)
_LOCAL = _Measure(0.5, 1e-4, 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """Pairs with their likelihood (0 to 1), and for each reason for which of them it holds."""

    pairs: Pairs
    score: Weights
    reasons: dict[str, Mask]


def score_pairs(traits: Traits, pairs: Pairs, least: float) -> Scored:
    """Those of `pairs` that are one person with a likelihood of at least `least`, the likeliest first."""
    parts = [
        _score(traits, (pairs[0][at : at + _CHUNK], pairs[1][at : at + _CHUNK]), least)
        for at in range(0, max(len(pairs[0]), 1), _CHUNK)
    ]
    one = np.concatenate([part.pairs[0] for part in parts])
    other = np.concatenate([part.pairs[1] for part in parts])
    score = np.concatenate([part.score for part in parts])
    order = np.lexsort((other, one, -np.round(score, 4)))
    reasons = {
        name: np.concatenate([part.reasons[name] for part in parts])[order]
        for name in parts[0].reasons
    }
    return Scored((one[order], other[order]), score[order], reasons)


def _score(traits: Traits, pairs: Pairs, least: float) -> Scored:
    one, other = pairs
    phone = _agreement(traits.phone, pairs, _PHONE, traits.count)
    postcode = _agreement(traits.postcode, pairs, _POSTCODE, traits.count)
    email = _agreement(traits.email, pairs, _EMAIL, traits.count)
    household = np.maximum(np.maximum(phone, postcode), email)
    first, alike_first = _names(traits.first, pairs, _FIRST, traits.count)
    last, alike_last = _names(traits.last, pairs, _LAST, traits.count)
    birthday = _agreement(traits.birthday, pairs, _BIRTHDAY, traits.count)
    company = _agreement(traits.company, pairs, _COMPANY, traits.count)
    local, alike_local = _locals(traits, pairs)
    # Families share their name as well, and colleagues their company.
    last = np.where((household > 0) & (last > 0), last / 2, last)
    addresses = np.where(email > 0, 0.0, local)
    total = household + first + last + birthday + np.minimum(company, 5.0) + addresses
    prior = np.log2(_EXPECTED / max(traits.count, 2))
    score = 1 / (1 + np.exp2(-np.clip(total + prior, -60, 60)))
    kept = np.flatnonzero(score >= least)
    told: list[tuple[str, Mask]] = [
        ("same e-mail address", email > 0),
        ("like e-mail addresses", alike_local & ~(email > 0)),
        ("same phone", phone > 0),
        ("same birthday", birthday > 0),
        ("same first name", _same(traits.first, pairs)),
        ("like first names", alike_first & ~_same(traits.first, pairs)),
        ("same last name", _same(traits.last, pairs)),
        ("like last names", alike_last & ~_same(traits.last, pairs)),
        ("same postcode", postcode > 0),
        ("same company", company > 0),
        ("but other first names", first < 0),
        ("but other last names", last < 0),
        ("but other birthdays", birthday < 0),
    ]
    return Scored((one[kept], other[kept]), score[kept], {name: mask[kept] for name, mask in told})


def _same(trait: Trait, pairs: Pairs) -> Mask:
    codes, others = trait.codes[pairs[0]], trait.codes[pairs[1]]
    same: Mask = (codes >= 0) & (codes == others)
    return same


def _known(trait: Trait, pairs: Pairs) -> Mask:
    known: Mask = (trait.codes[pairs[0]] >= 0) & (trait.codes[pairs[1]] >= 0)
    return known


def _for(trait: Trait, pairs: Pairs, measure: _Measure, count: int) -> Weights:
    """What it weighs that both have the first one's value: the rarer, the more."""
    if not len(trait.counts):
        return np.zeros(len(pairs[0]))
    others = np.maximum(trait.counts[np.maximum(trait.codes[pairs[0]], 0)] - 1, 1)
    usual = (others + _SAMPLE * measure.usual) / (count + _SAMPLE)
    weights: Weights = np.log2(measure.agrees / usual)
    return weights


def _agreement(trait: Trait, pairs: Pairs, measure: _Measure, count: int) -> Weights:
    weights = np.where(_same(trait, pairs), _for(trait, pairs, measure, count), measure.against)
    return np.where(_known(trait, pairs), weights, 0.0)


def _names(trait: Trait, pairs: Pairs, measure: _Measure, count: int) -> tuple[Weights, Mask]:
    """As `_agreement`, where names that are alike agree in part and an initial says nothing; and which are alike."""
    weights = _agreement(trait, pairs, measure, count)
    differ = np.flatnonzero(_known(trait, pairs) & ~_same(trait, pairs))
    alike = np.zeros(len(weights), np.bool_)
    if len(differ):
        one, other = _texts(trait, pairs[0][differ]), _texts(trait, pairs[1][differ])
        likeness = _likeness(one, other)
        begins = np.array(
            [a.startswith(b) or b.startswith(a) for a, b in zip(one, other, strict=True)]
        )
        full = _for(trait, pairs, measure, count)[differ]
        weights[differ] = np.select(
            [likeness >= _ALIKE, begins, likeness >= _DIFFERENT],
            [full / 2, 0.0, measure.against / 3],
            measure.against,
        )
        alike[differ] = likeness >= _ALIKE
    return weights, alike


def _locals(traits: Traits, pairs: Pairs) -> tuple[Weights, Mask]:
    """What it weighs that two addresses of one domain are alike before the @; and which are."""
    same_domain = _same(traits.domain, pairs)
    same = same_domain & _same(traits.local, pairs)
    alike = same.copy()
    others = np.flatnonzero(same_domain & ~same & _known(traits.local, pairs))
    if len(others):
        one = _texts(traits.local, pairs[0][others])
        other = _texts(traits.local, pairs[1][others])
        alike[others] = _likeness(one, other) >= 0.95
    full = _for(traits.local, pairs, _LOCAL, traits.count)
    weights = np.where(same, full, np.where(alike, full / 3, 0.0))
    return weights, alike


_similarity: Callable[..., float] = JaroWinkler.normalized_similarity


def _likeness(one: Sequence[str], other: Sequence[str]) -> Weights:
    return np.asarray(cpdist(one, other, scorer=_similarity), np.float64)


def _texts(trait: Trait, places: Numbers) -> list[str]:
    texts: list[str] = trait.texts.take(places).to_pylist()
    return texts
