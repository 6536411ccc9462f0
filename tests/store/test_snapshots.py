"""How contacts last stood comes back as it was, costs little, and is written only where it changed."""

import uuid
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mactl.store.last_seen import LastSeen, nothing_seen
from mactl.store.roster import Roster
from mactl.store.snapshots import Snapshots, forget_words, read_snapshots, write_snapshots
from mactl.store.state import State
from tests.conftest import examples
from tests.store.making import NOW

PEOPLE = [str(uuid.uuid5(uuid.NAMESPACE_DNS, f"contact {number}")) for number in range(40)]


def contacts(*numbers: int) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array([PEOPLE[number] for number in numbers], pa.string())])


def seated(*looks: tuple[int, ...]) -> Roster:
    """The roster after these looks, by way of what is stored between them."""
    roster = Roster()
    for look in looks:
        packed = roster.seat(contacts(*look)).pack()
        roster = Snapshots(packed).roster
    return roster


def test_a_contact_keeps_its_row_whoever_comes_goes_or_changes_places() -> None:
    roster = seated((0, 1, 2), (2, 0, 3), (4, 1))

    assert list(roster.rows) == [4, 1]
    assert list(roster.seat(contacts(0, 1, 2, 3, 4)).rows) == [0, 1, 2, 3, 4]
    assert len(roster) == 5


def test_the_same_contacts_in_the_same_order_are_the_same_roster() -> None:
    roster = seated((0, 1, 2))

    assert roster.seat(contacts(0, 1, 2)) is roster
    assert roster.seat(contacts(1, 0, 2)) is not roster
    assert roster.seat(contacts(0, 1)) is not roster


def test_a_slice_of_a_column_is_told_by_what_it_holds() -> None:
    whole = contacts(0, 1, 2, 3)

    assert seated((1, 2)).seat(whole.slice(1, 2)).rows.tolist() == [0, 1]
    assert seated((1, 2)).seat(whole.slice(2, 2)).rows.tolist() == [1, 2]


def test_ids_that_are_no_uuids_have_rows_too() -> None:
    roster = Roster().seat(pa.chunked_array([["ann", "bob"]]))

    assert roster.seat(pa.chunked_array([["cas", "bob"]])).rows.tolist() == [2, 1]


@settings(max_examples=examples(60))
@given(
    st.lists(
        st.lists(st.integers(0, 39), unique=True, max_size=40).map(tuple), min_size=1, max_size=8
    )
)
def test_rows_are_unique_and_lasting_through_any_looks(looks: list[tuple[int, ...]]) -> None:
    rows: dict[int, int] = {}
    roster = Roster()
    for look in looks:
        roster = Snapshots(roster.seat(contacts(*look)).pack()).roster
        for who, row in zip(look, roster.rows.tolist(), strict=True):
            assert rows.setdefault(who, row) == row
    assert sorted(rows.values()) == list(range(len(rows)))
    assert len(roster.parts) <= 6  # a part is longer than the next one: few of them for 40 contacts


def test_newcomers_do_not_rewrite_everyone(state: State) -> None:
    first = Roster().seat(contacts(*range(30)))
    before = Snapshots(first.pack())

    changed = before.changed(before.roster.seat(contacts(*range(33))))

    assert sorted(changed) == ["contacts", "roster@30"]
    assert len(changed["roster@30"]) == 3 * 16


def test_parts_that_were_joined_leave_nothing_behind(state: State) -> None:
    with state.writing() as connection:
        for size in (8, 10, 11, 20, 21, 40):
            before = read_snapshots(connection)
            roster = before.roster.seat(contacts(*range(size)))
            write_snapshots(connection, before.changed(roster), NOW)
            after = read_snapshots(connection)
            assert after.packed == roster.pack()
    assert len(after.roster) == 40


def test_what_did_not_change_is_not_written(state: State) -> None:
    roster = Roster().seat(contacts(0, 1))
    before = Snapshots(roster.pack())

    assert before.changed(before.roster.seat(contacts(0, 1))) == {}


@pytest.mark.parametrize(
    "values",
    [
        pa.array([True, False, None]),
        pa.array(["lead", None, "mql"]),
        pa.array([1.5, None, -2.0]),
        pa.array([20_000, None, 3], pa.int32()),
        pa.array([], pa.string()),
    ],
    ids=str,
)
def test_values_come_back_as_they_were(values: pa.Array) -> None:
    seen = np.arange(len(values)) % 2 == 0
    back = LastSeen.unpack(LastSeen("abc", values, seen).pack())

    assert back.hash == "abc"
    assert back.values.equals(values)
    assert back.seen.tolist() == seen.tolist()


def test_whoever_is_beyond_the_end_is_new_and_who_was_gone_was_not_seen() -> None:
    first = nothing_seen(pa.string()).updated(
        "a", pa.array(["x", "y"]), np.array([0, 2]), 3, is_baseline=True
    )

    values, seen, new = first.at(np.array([0, 1, 2, 3]))
    assert values.to_pylist() == ["x", None, "y", None]
    assert seen.tolist() == [True, False, True, False]
    assert new.tolist() == [False, False, False, True]


def test_an_update_leaves_the_others_as_they_were() -> None:
    first = nothing_seen(pa.bool_()).updated(
        "a", pa.array([True, True]), np.array([0, 1]), 2, is_baseline=True
    )
    later = first.updated("a", pa.array([False, True]), np.array([1, 3]), 4, is_baseline=False)

    assert later.values.to_pylist() == [True, False, None, True]
    assert later.seen.all()


def test_a_million_rows_that_mostly_agree_take_little_room() -> None:
    count = 1_000_000
    inside = np.random.default_rng(1).random(count) < 0.2
    stages = pa.array(np.array(["lead", "mql", "sql"])[np.arange(count) % 3])

    every = np.ones(count, bool)
    assert len(LastSeen("a", pa.array(inside), every).pack()) < 150_000
    assert len(LastSeen("a", stages, every).pack()) < 300_000


def test_rows_are_replaced_and_dropped(state: State) -> None:
    with state.writing() as connection:
        write_snapshots(connection, {"stage": b"1", "segment a.b": b"2"}, NOW)
        write_snapshots(connection, {"stage": b"3", "segment a.b": b""}, NOW + 60)
        found = read_snapshots(connection)

    assert dict(found.packed) == {"stage": b"3"}
    assert found.followed == ["stage"]
    assert found.last_seen("segment a.b") is None


def test_words_of_others_are_told_and_forgotten_by_name() -> None:
    roster = Roster().seat(contacts(0, 1, 2))
    values = pa.array(["ann@example.com", None, "ann@example.com"])
    friend = LastSeen("abc", values, np.array([True, True, True]))
    rank = LastSeen("abc", pa.array([1.0, 2.0, 3.0]), np.array([True, True, True]))
    with State.open("sqlite://", Path(), write=True) as state, state.writing() as connection:
        packed = {"column friend": friend.pack(), "score rank": rank.pack()}
        write_snapshots(connection, roster.pack() | packed, NOW)
        kept = read_snapshots(connection)
        assert dict(kept.words_of_others([PEOPLE[0]])) == {
            "column friend": ["ann@example.com"], "score rank": [],
        }  # fmt: skip
        assert dict(kept.words_of_others([PEOPLE[0], PEOPLE[2]]))["column friend"] == []
        forget_words(connection, "column friend", ["ann@example.com"])
        forget_words(connection, "score rank", ["ann@example.com"])
        forget_words(connection, "gone", ["ann@example.com"])
        left = read_snapshots(connection)
    back = left.last_seen("column friend")
    assert back is not None and back.values.null_count == 3 and back.seen.all()
    assert left.packed["score rank"] == packed["score rank"]
