"""Codes go to one enrollment each, and never to a second one."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, select

from mactl.store.codes import CodeTaken, assign_codes, choose_codes, count_left, write_codes
from mactl.store.state import State
from mactl.store.tables import codes, metadata
from tests.conftest import examples


def test_codes_are_given_in_the_order_of_their_file(state: State) -> None:
    with state.writing() as connection:
        given_ = assign_codes(connection, "birthday", ["A", "B", "C"], ["e1", "e2"])

    assert given_ == {"e1": "A", "e2": "B"}


def test_choosing_says_what_assigning_would_do_and_writes_nothing(state: State) -> None:
    with state.reading() as connection:
        chosen = choose_codes(connection, "birthday", ["A", "B"], ["e1"])
        assert connection.execute(select(codes)).all() == []
    with state.writing() as connection:
        assert assign_codes(connection, "birthday", ["A", "B"], ["e1"]) == chosen


def test_an_enrollment_keeps_its_code_whatever_becomes_of_the_file(state: State) -> None:
    with state.writing() as connection:
        assign_codes(connection, "birthday", ["A", "B"], ["e1"])
    with state.writing() as connection:
        again = assign_codes(connection, "birthday", ["X", "A", "B", "B"], ["e1", "e2", "e3", "e4"])
        # A was taken out of the file and put back: it is still somebody's.
        assert again == {"e1": "A", "e2": "X", "e3": "B"}
        assert assign_codes(connection, "birthday", [], ["e1", "e9"]) == {"e1": "A"}
        assert count_left(connection, "birthday", ["A", "X", "Y", "Y"]) == 1


def test_lists_know_nothing_of_each_other(state: State) -> None:
    with state.writing() as connection:
        assign_codes(connection, "birthday", ["A"], ["e1"])
        assert assign_codes(connection, "welcome", ["A"], ["e1"]) == {"e1": "A"}


@pytest.mark.parametrize("second", [{"e2": "A"}, {"e1": "B"}])
def test_what_another_run_handed_out_undoes_the_whole_run(
    state: State, second: dict[str, str]
) -> None:
    with state.writing() as connection:
        write_codes(connection, {"birthday": {"e1": "A"}})
    with pytest.raises(CodeTaken), state.writing() as connection:
        write_codes(connection, {"other": {"e5": "Z"}, "birthday": second})

    with state.reading() as connection:
        assert [tuple(row) for row in connection.execute(select(codes))] == [
            ("birthday", "A", "e1")
        ]
    with state.writing() as connection:  # the same once more is no conflict
        write_codes(connection, {"birthday": {"e1": "A"}})


def test_thousands_at_once(state: State) -> None:
    many = [f"CODE-{number}" for number in range(5_000)]
    people = [f"e{number}" for number in range(4_999)]
    with state.writing() as connection:
        given_ = assign_codes(connection, "birthday", many, people)
        assert count_left(connection, "birthday", many) == 1

    assert given_ == dict(zip(people, many, strict=False))


RUNS = st.lists(
    st.tuples(
        st.lists(st.sampled_from("ABCDEFG"), max_size=8),
        st.lists(st.sampled_from(["e1", "e2", "e3", "e4", "e5"]), max_size=5),
    ),
    max_size=6,
)


@settings(max_examples=examples(60))
@given(RUNS)
def test_no_code_is_handed_out_twice(runs: list[tuple[list[str], list[str]]]) -> None:
    engine = create_engine("sqlite://")
    metadata.create_all(engine)
    had: dict[str, str] = {}
    with engine.begin() as connection:
        for file, people in runs:
            given_ = assign_codes(connection, "birthday", file, people)
            assert all(had.get(who, code) == code for who, code in given_.items())
            had |= given_
            assert len(set(had.values())) == len(had)
            assert set(given_) <= set(people)
    engine.dispose()


def test_two_states_hand_out_their_own(tmp_path: Path, state: State) -> None:
    with State.open("sqlite:///other.db", tmp_path, write=True) as other:
        for one in (state, other):
            with one.writing() as connection:
                assert assign_codes(connection, "birthday", ["A"], ["e1"]) == {"e1": "A"}
