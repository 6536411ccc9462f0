"""Gaps that grow, and an end."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mactl.delivery.retry import FIRST_GAP, LONGEST_GAP, next_try

NOW = 1_800_000_000
FAR = NOW + 10**8


@pytest.mark.parametrize(
    ("attempts", "gap"),
    [
        (1, 300),
        (2, 600),
        (3, 1_200),
        (4, 2_400),
        (6, 9_600),
        (7, 14_400),
        (8, 14_400),
        (10**6, 14_400),
    ],
)
def test_gaps_double_up_to_a_longest(attempts: int, gap: int) -> None:
    then = next_try(attempts, NOW, FAR, "key")
    assert then is not None
    assert 0.8 * gap <= then - NOW <= 1.2 * gap


def test_what_was_refused_together_does_not_come_back_together() -> None:
    assert len({next_try(1, NOW, FAR, str(key)) for key in range(100)}) > 50


def test_the_same_send_always_comes_back_at_the_same_time() -> None:
    assert next_try(3, NOW, FAR, "key") == next_try(3, NOW, FAR, "key")


@pytest.mark.parametrize(
    ("left", "again_in"),
    [(0, None), (-1, None), (60, None), (359, None), (360, 300), (100_000, None)],
)
def test_the_last_try_is_just_before_it_is_too_late(left: int, again_in: int | None) -> None:
    then = next_try(7, NOW, NOW + left, "key")
    if left == 100_000:
        assert then is not None and then < NOW + left - 60
    else:
        assert then == (None if again_in is None else NOW + again_in)


@given(st.integers(1, 10**9), st.integers(-(10**6), 10**6), st.text())
def test_a_next_try_is_neither_too_soon_nor_too_late(attempts: int, left: int, key: str) -> None:
    then = next_try(attempts, NOW, NOW + left, key)
    if then is not None:
        assert NOW + 0.8 * FIRST_GAP <= then <= NOW + 1.2 * LONGEST_GAP
        assert then < NOW + left


@given(st.integers(FIRST_GAP, 30 * 86_400), st.text())
def test_gaps_grow_until_it_is_too_late_and_then_it_ends(left: int, key: str) -> None:
    latest, tries = NOW + left, [NOW]
    while (then := next_try(len(tries), tries[-1], latest, key)) is not None:
        tries.append(then)
        assert len(tries) < 250  # thirty days of the longest gaps

    assert all(then < latest for then in tries[1:])
    gaps = [after - before for before, after in pairwise(tries)]
    # The last one is cut short where it would be too late, and jitter is no more than a fifth.
    for before, after in pairwise(gaps[:-1]):
        assert after > before or before >= 0.8 * LONGEST_GAP
    assert latest - tries[-1] < FIRST_GAP + 60  # nobody is given up while there was time
