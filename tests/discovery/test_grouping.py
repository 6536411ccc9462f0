"""Whether there are groups."""

from collections.abc import Callable

import numpy as np
import pytest

from mactl.discovery.aspects import standardised
from mactl.discovery.grouping import Matrix, followers, group

PEOPLE = 1200
Draw = np.random.Generator


def _blocks(*columns: object) -> list[Matrix]:
    return [standardised([np.asarray(column, np.float64)]) for column in columns]


def _noise(draw: Draw) -> list[Matrix]:
    return _blocks(*draw.normal(size=(6, PEOPLE)))


def _even(draw: Draw) -> list[Matrix]:
    return _blocks(*draw.uniform(size=(2, PEOPLE)))


def _long_cloud(draw: Draw) -> list[Matrix]:
    whole = draw.normal(size=PEOPLE)
    return _blocks(*(whole + draw.normal(size=(4, PEOPLE)) * 0.4))


def _more_or_less_active(draw: Draw) -> list[Matrix]:
    keen = draw.gamma(1, 5, PEOPLE)
    return _blocks(*(draw.poisson(keen * share) for share in (1, 0.5, 0.3)))


def _unrelated_words(draw: Draw) -> list[Matrix]:
    words = (draw.integers(0, many, PEOPLE) for many in (2, 3, 4))
    return [standardised([(word == n) * 1.0 for n in range(word.max() + 1)]) for word in words]


@pytest.mark.parametrize(
    "make", [_noise, _even, _long_cloud, _more_or_less_active, _unrelated_words]
)
def test_where_people_differ_but_not_in_kinds_there_are_no_groups(
    make: Callable[[Draw], list[Matrix]],
) -> None:
    found = group(make(np.random.default_rng(3)), 1)

    assert found.chosen is None
    assert all(tried.why_not for tried in found.tried)
    assert not found.labels.any()


@pytest.mark.parametrize("many", [2, 3])
def test_planted_groups_are_found_among_noise(many: int) -> None:
    draw = np.random.default_rng(many)
    kind = draw.integers(0, many, PEOPLE)
    centres = draw.permuted(np.tile(np.arange(many) * 3.0, (4, 1)), axis=1)
    told = centres[:, kind] + draw.normal(size=(4, PEOPLE)) * 0.6

    found = group(_blocks(*told, *draw.normal(size=(3, PEOPLE))), 1)

    assert found.chosen is not None
    assert found.chosen.groups == many
    pairs = {(int(k), int(n)) for k, n in zip(kind, found.labels, strict=True)}
    common = [
        pair for pair in pairs if np.mean((kind == pair[0]) & (found.labels == pair[1])) > 0.1
    ]
    assert len(common) == many  # each kind is one group


def test_the_same_seed_finds_the_same() -> None:
    draw = np.random.default_rng(5)
    kind = draw.integers(0, 2, 300)
    blocks = _blocks(*(kind * 4 + draw.normal(size=(3, 300))))

    one, other = group(blocks, 7), group(blocks, 7)

    assert one.tried == other.tried
    assert (one.labels == other.labels).all()


def test_a_handful_of_people_is_no_crowd_to_find_groups_in() -> None:
    assert group(_blocks([0, 0, 0, 9, 9, 9], [0, 0, 0, 9, 9, 9]), 1).chosen is None


def test_what_follows_from_something_else_does_not_count_twice() -> None:
    draw = np.random.default_rng(1)
    country, other = draw.integers(0, 4, 500), draw.normal(size=500)
    countries = standardised([(country == n) * 1.0 for n in range(4)])
    zones = standardised([(country < 2) * 1.0])

    late = -other + draw.normal(size=500) * 0.01
    late[:100] = np.nan  # where it is not known it says nothing else either
    blocks = [countries, zones, *_blocks(other, np.exp(other), late)]

    assert followers(blocks, [None, None, other, np.exp(other), late]) == {1: 0, 3: 2, 4: 2}


def test_a_word_and_a_number_that_go_together_are_no_doubles() -> None:
    draw = np.random.default_rng(1)
    kind = draw.integers(0, 2, 500)
    words = standardised([(kind == n) * 1.0 for n in range(2)])
    size = kind * 50 + draw.normal(size=500)

    assert followers([words, *_blocks(size)], [None, size]) == {}
