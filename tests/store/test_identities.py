"""Aliases come oldest first, and merges lead to the contact of today."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mactl.store.commit import Changes, commit_run
from mactl.store.decisions import add_merge, add_split, know_contact
from mactl.store.identities import (
    find_contact,
    follow_merges,
    read_aliases,
    read_contacts,
    read_keys_of,
    read_merges,
)
from mactl.store.state import State
from tests.store.making import begun


def contacts(*rows: tuple[str, str, str | None]) -> Changes:
    return Changes(contacts=pd.DataFrame(rows, columns=["id", "key", "merged_into"]))


def aliases(*rows: tuple[str, str]) -> Changes:
    return Changes(aliases=pd.DataFrame(rows, columns=["alias", "contact"]))


def test_aliases_come_oldest_first_and_stay_whose_they_were(state: State) -> None:
    commit_run(state, begun(), aliases(("email:z@example.com", "zoe"), ("id:1", "ann")))
    commit_run(state, begun(), aliases(("email:a@example.com", "ann"), ("id:1", "somebody else")))
    with state.reading() as connection:
        assert read_aliases(connection).to_numpy().tolist() == [
            ["email:z@example.com", "zoe"],
            ["id:1", "ann"],
            ["email:a@example.com", "ann"],
        ]


def test_a_contact_takes_its_current_key_and_is_never_unmerged(state: State) -> None:
    commit_run(state, begun(), contacts(("a", "ann@old.example", None), ("b", "2", "a")))
    commit_run(state, begun(), contacts(("a", "ann@new.example", None), ("b", "2", None)))
    with state.reading() as connection:
        frame = read_contacts(connection).set_index("id").sort_index()
        assert frame["key"].to_list() == ["ann@new.example", "2"]
        assert read_merges(connection) == {"b": "a"}


def test_merges_are_followed_to_the_contact_of_today(state: State) -> None:
    commit_run(state, begun(), contacts(("a", "1", None), ("b", "2", "a"), ("c", "3", "b")))
    with state.reading() as connection:
        assert read_merges(connection) == {"b": "a", "c": "a"}


@given(st.lists(st.integers(0, 30), min_size=1, max_size=30))
def test_every_chain_ends_at_a_contact_that_was_not_merged(older: list[int]) -> None:
    merged_into = {str(n + 1): str(min(into, n)) for n, into in enumerate(older)}
    ends = follow_merges(merged_into)
    assert ends.keys() == merged_into.keys()
    assert set(ends.values()) <= {"0"}


@pytest.mark.parametrize(
    "circle", [{"a": "a"}, {"a": "b", "b": "a"}, {"x": "a", "a": "b", "b": "a"}]
)
def test_a_chain_that_bites_its_tail_is_refused(circle: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="merged into itself"):
        follow_merges(circle)


def test_without_contacts_there_are_columns_still(state: State) -> None:
    with state.reading() as connection:
        assert list(read_aliases(connection)) == ["alias", "contact"]
        assert list(read_contacts(connection)) == ["id", "key", "merged_into"]


def known(state: State, *pairs: tuple[str, str]) -> None:
    """Has the state know aliases, each with the id of whose it was first."""
    with state.writing() as connection:
        for alias, id in pairs:
            know_contact(connection, id, alias.partition(":")[2], [alias])


def test_a_contact_is_found_as_of_today_by_any_key_they_ever_had(state: State) -> None:
    known(state, ("contact_id:C1", "x"), ("email:a@example.com", "x"), ("contact_id:C2", "y"))
    with state.writing() as connection:
        know_contact(connection, "z", "a@example.com", ())
        add_split(connection, "x", "z", {"email:a@example.com"}, {"email:a@example.com"}, 1, None)
        add_merge(connection, "x", "y", 2, None)

        assert find_contact(connection, "C2", ["contact_id:C2"]) == "x"
        assert find_contact(connection, "?", ["email:a@example.com"]) == "z"
        assert find_contact(connection, "y", []) == "x"
        assert find_contact(connection, "C1", []) == "x"
        assert find_contact(connection, "C3", ["contact_id:C3"]) is None


def test_the_keys_of_somebody_are_those_that_splits_left_them(state: State) -> None:
    known(state, ("contact_id:C1", "x"), ("email:a@example.com", "x"), ("contact_id:C2", "y"))
    with state.writing() as connection:
        know_contact(connection, "z", "a@example.com", ())
        add_split(connection, "x", "z", {"email:a@example.com"}, {"email:a@example.com"}, 1, None)

        assert read_keys_of(connection, ["x", "y"]) == ["contact_id:C1", "contact_id:C2"]
        assert read_keys_of(connection, ["z"]) == ["email:a@example.com"]
        assert read_keys_of(connection, []) == []
