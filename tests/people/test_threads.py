"""Work on many columns, or pieces, side by side."""

from collections.abc import Iterator
from threading import Barrier, current_thread, main_thread

import pyarrow as pa
import pytest

from mactl.people.threads import Ahead, parts_of, side_by_side

MANY = 10**6


@pytest.fixture(autouse=True)
def two_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pa, "cpu_count", lambda: 2)


def test_two_are_worked_on_at_once_and_come_in_their_order() -> None:
    meeting = Barrier(2, timeout=30)

    def work(number: int) -> int:
        meeting.wait()  # nobody would come who is not worked on at the same time
        return 10 * number

    assert list(side_by_side(work, range(6), MANY)) == [0, 10, 20, 30, 40, 50]


def test_little_is_done_without_a_thread() -> None:
    found = list(side_by_side(lambda _: current_thread(), range(3), 10))

    assert found == [main_thread()] * 3


def test_items_are_asked_for_when_somebody_is_about_to_take_them_up() -> None:
    asked = []

    def items() -> Iterator[int]:
        for number in range(100):
            asked.append(number)
            yield number

    done = side_by_side(lambda number: number, items(), MANY)

    assert [next(done), next(done)] == [0, 1]
    assert asked == [0, 1, 2, 3]


def test_an_error_comes_where_its_item_would() -> None:
    done = side_by_side(lambda number: 10 // number, [5, 0, 2], MANY)

    assert next(done) == 2
    with pytest.raises(ZeroDivisionError):
        next(done)


def test_what_is_begun_ahead_is_done_once_beside_the_rest() -> None:
    done = []
    ahead = Ahead(lambda: done.append(current_thread().name) or len(done))

    ahead.begin()
    ahead.begin()

    assert ahead.take() == 1
    assert len(done) == 1
    assert done[0].startswith("mactl-ahead")


def test_what_is_not_begun_ahead_is_done_when_it_is_taken() -> None:
    assert Ahead(current_thread).take() is main_thread()


def test_what_goes_wrong_ahead_is_raised_to_whom_takes_it() -> None:
    ahead = Ahead(lambda: 1 // 0)
    ahead.begin()

    with pytest.raises(ZeroDivisionError):
        ahead.take()


@pytest.mark.parametrize(
    ("count", "least", "ends"),
    [(0, 10, [0]), (7, 10, [7]), (20, 10, [10, 20]), (41, 10, [21, 41]), (15, 10, [10, 15])],
)
def test_rows_are_parted_among_processors_but_not_into_few(
    count: int, least: int, ends: list[int]
) -> None:
    parts = parts_of(count, least)

    assert [row for part in parts for row in range(count)[part]] == list(range(count))
    assert [min(part.stop, count) for part in parts] == ends
