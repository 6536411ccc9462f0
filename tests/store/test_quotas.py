"""Shares of what all workers together may send."""

from itertools import pairwise
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from mactl.store.quotas import first_day, give_back_of_day, take_of_day, take_share
from mactl.store.state import State
from tests.conftest import examples

NOW = 1_800_000_000_000  # epoch milliseconds
DAY = 20_000


def test_who_asks_before_the_time_gets_nothing_and_hears_when_to_ask_again(state: State) -> None:
    with state.writing() as connection:
        assert take_share(connection, "relay", 10, 200, NOW).count == 10
        early = take_share(connection, "relay", 10, 200, NOW + 199)
        assert (early.count, early.again_at) == (0, NOW + 200)
        assert take_share(connection, "relay", 10, 200, NOW + 200).count == 10
        assert take_share(connection, "domain:a.test", 10, 200, NOW + 200).count == 10


def test_what_nobody_asked_for_is_gone(state: State) -> None:
    with state.writing() as connection:
        take_share(connection, "relay", 10, 200, NOW)
        assert take_share(connection, "relay", 10, 200, NOW + 60_000).count == 10
        assert take_share(connection, "relay", 10, 200, NOW + 60_001).count == 0


def test_a_clock_that_was_put_back_costs_ten_minutes_at_most(state: State) -> None:
    with state.writing() as connection:
        take_share(connection, "relay", 10, 200, NOW + 3_600_000)
        assert take_share(connection, "relay", 10, 200, NOW).again_at == NOW + 600_000
        take_share(connection, "newsletter", 1, 3_600_000, NOW)
        assert take_share(connection, "newsletter", 1, 3_600_000, NOW).again_at == NOW + 3_600_000


@settings(max_examples=examples(30))
@given(st.lists(st.integers(0, 400), min_size=1, max_size=30))
def test_whoever_asks_and_whenever_no_more_go_than_the_rate_lets(asked: list[int]) -> None:
    """So many milliseconds after one another: they get their share once each 200 ms."""
    now, taken = NOW, []
    with State.open("sqlite://", Path(), write=True) as state:
        for later in asked:
            now += later
            with state.writing() as connection:
                if take_share(connection, "relay", 10, 200, now).count:
                    taken.append(now)
    assert all(after - before >= 200 for before, after in pairwise(taken))


def test_a_days_share_is_taken_until_it_is_spent_and_the_next_day_has_its_own(
    state: State,
) -> None:
    with state.writing() as connection:
        taken = [take_of_day(connection, "warm-up", 120, 50, DAY) for _ in range(4)]
        assert taken == [50, 50, 20, 0]
        assert take_of_day(connection, "warm-up", 150, 50, DAY + 1) == 50


def test_what_is_given_back_is_there_for_others_on_that_day_alone(state: State) -> None:
    with state.writing() as connection:
        take_of_day(connection, "warm-up", 60, 50, DAY)
        give_back_of_day(connection, "warm-up", 45, DAY)
        assert take_of_day(connection, "warm-up", 60, 100, DAY) == 55
        take_of_day(connection, "warm-up", 60, 50, DAY + 1)
        give_back_of_day(connection, "warm-up", 55, DAY)  # yesterday's
        assert take_of_day(connection, "warm-up", 60, 100, DAY + 1) == 10


def test_the_first_day_stays_the_first(state: State) -> None:
    with state.writing() as connection:
        assert [first_day(connection, "warm-up", day) for day in (DAY, DAY + 5)] == [DAY, DAY]
        take_of_day(connection, "warm-up", 10, 5, DAY + 5)
        assert first_day(connection, "warm-up", DAY + 6) == DAY
