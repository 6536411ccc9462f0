"""Plain numbers, cuts and grades."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mactl.discovery.numbers import cuts_at, grades, plainest, split_in_two

_NUMBERS = st.floats(-1e9, 1e9, allow_nan=False).map(lambda x: round(x, 4))


@pytest.mark.parametrize(
    ("low", "high", "plain"),
    [
        (483, 517, 500),
        (29, 32, 30),
        (0.113, 0.118, 0.115),
        (-520, -480, -500),
        (-5, 3, 0),
        (7, 7, 7),
    ],
)
def test_the_plainest_number_is_the_one_that_people_would_say(
    low: float, high: float, plain: float
) -> None:
    assert plainest(low, high) == plain


@given(_NUMBERS, _NUMBERS)
def test_the_plainest_number_lies_within_its_range(one: float, other: float) -> None:
    low, high = sorted((one, other))

    assert low <= plainest(low, high) <= high


@given(st.lists(_NUMBERS, min_size=1, max_size=60))
def test_cuts_rise_and_none_comes_twice(values: list[float]) -> None:
    found = cuts_at(np.array(values), [0.2, 0.4, 0.6, 0.8])

    assert found == sorted(set(found))


@given(st.lists(st.integers(0, 6).map(float), min_size=1, max_size=60))
def test_grades_rise_with_the_values(values: list[float]) -> None:
    cuts = [cut for cut in cuts_at(np.array(values), [0.2, 0.4, 0.6, 0.8]) if cut > min(values)]

    found = grades(np.array(values), cuts, 5)

    assert found == sorted(found)
    assert all(0 <= grade < 5 for grade in found)


def test_where_all_are_tied_they_are_in_the_middle() -> None:
    assert grades(np.ones(40), [], 5) == [2]


def test_two_heaps_are_parted_between_them() -> None:
    values = np.concatenate([np.linspace(1, 10, 50), np.linspace(100, 120, 50)])

    assert 10 < split_in_two(values) <= 101
