"""Who is who."""

import random
from uuid import uuid5

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mactl.people.cells import Cells
from mactl.people.identity.known import known_from
from mactl.people.identity.recognising import NAMESPACE, Identities, identify, make_ids

Row = tuple[str | None, str | None]


def who(rows: list[Row], known: dict[str, str] | None = None) -> Identities:
    keys = {
        name: Cells(pa.array([row[place] for row in rows], pa.string()))
        for place, name in enumerate(("contact_id", "email"))
    }
    return identify(keys, known_from(known))


def groups(rows: list[Row], found: Identities) -> set[frozenset[Row]]:
    people: dict[int, set[Row]] = {}
    for row, person in zip(rows, found.person.tolist(), strict=True):
        people.setdefault(person, set()).add(row)
    return {frozenset(members) for members in people.values()}


def test_rows_that_share_a_key_are_one_person_however_long_the_chain() -> None:
    rows: list[Row] = [("1", "a"), ("2", "b"), ("3", "c"), ("2", "a"), (None, "c"), ("4", None)]
    found = who(rows)

    assert found.person.tolist() == [0, 0, 1, 0, 1, 2]
    assert found.first.tolist() == [0, 2, 5]


def test_a_chain_of_thousands_is_one_person() -> None:
    rows: list[Row] = [(str(n // 2), f"m{(n + 1) // 2}") for n in range(20_000)]
    random.Random(1).shuffle(rows)

    assert set(who(rows).person.tolist()) == {0}


def test_the_id_is_made_from_the_strongest_key_of_the_first_row() -> None:
    found = who([(None, "ann@example.com"), ("C1", "ann@example.com"), ("C2", "bo@example.com")])

    assert found.ids.to_pylist() == [
        str(uuid5(NAMESPACE, "email:ann@example.com")),
        str(uuid5(NAMESPACE, "contact_id:C2")),
    ]
    assert sorted(zip(found.aliases.to_pylist(), found.holder.tolist(), strict=True)) == [
        ("contact_id:C1", 0),
        ("contact_id:C2", 1),
        ("email:ann@example.com", 0),
        ("email:bo@example.com", 1),
    ]


@given(st.lists(st.text(max_size=30), max_size=20))
def test_ids_are_uuids_of_version_5(names: list[str]) -> None:
    assert make_ids(pa.array(names, pa.string())).to_pylist() == [
        str(uuid5(NAMESPACE, name)) for name in names
    ]


def test_a_known_key_keeps_its_id() -> None:
    found = who(
        [("C1", "new@example.com")], {"contact_id:C1": "old-id", "email:was@example.com": "old-id"}
    )

    assert found.ids.to_pylist() == ["old-id"]
    assert found.merged == ()
    assert set(found.aliases.to_pylist()) == {
        "contact_id:C1",
        "email:new@example.com",
        "email:was@example.com",
    }


def test_two_known_contacts_who_turn_out_to_be_one_become_the_older() -> None:
    known = {"email:a": "first", "email:b": "second", "contact_id:1": "third", "email:z": "third"}
    found = who([("1", "b"), ("1", "a"), ("2", "c")], known)

    assert found.ids.to_pylist()[0] == "first"
    assert found.merged == (("second", "first"), ("third", "first"))
    holders = dict(zip(found.aliases.to_pylist(), found.holder.tolist(), strict=True))
    assert holders["email:z"] == 0


def test_the_age_of_a_known_alias_counts_not_its_place() -> None:
    table = pa.table(
        {"alias": ["email:a", "contact_id:1"], "_contact": ["young", "old"], "age": [7, 3]}
    )
    keys = {"contact_id": Cells(pa.array(["1"])), "email": Cells(pa.array(["a"]))}

    assert identify(keys, known_from(table)).merged == (("young", "old"),)


def test_rows_that_share_only_what_the_state_knows_are_one_person() -> None:
    found = who([("C1", "b"), ("C2", "a")], {"contact_id:C1": "x", "email:a": "x"})

    assert found.person.tolist() == [0, 0]
    assert found.ids.to_pylist() == ["x"]


KEYS = st.none() | st.sampled_from("abcdef")
ROWS = st.lists(st.tuples(KEYS, KEYS).filter(any), max_size=14)
KNOWN = st.dictionaries(
    st.tuples(st.sampled_from(["contact_id:", "email:"]), st.sampled_from("abcdef")).map("".join),
    st.sampled_from("XYZ"),
    max_size=5,
)


@given(rows=ROWS, known=KNOWN, seed=st.integers(0, 9))
def test_rows_in_any_order_give_the_same_people(
    rows: list[Row], known: dict[str, str], seed: int
) -> None:
    shuffled = list(rows)
    random.Random(seed).shuffle(shuffled)
    one, other = who(rows, known), who(shuffled, known)

    assert groups(rows, one) == groups(shuffled, other)
    assert set(one.merged) == set(other.merged)
    assert set(one.aliases.to_pylist()) == set(other.aliases.to_pylist())
    assert len(set(one.ids.to_pylist())) == len(one.first)


@given(rows=ROWS)
def test_people_are_what_shared_keys_connect_and_nothing_more(rows: list[Row]) -> None:
    parts: list[set[tuple[int, str]]] = []
    for row in rows:
        keys = {(place, key) for place, key in enumerate(row) if key is not None}
        touched = [part for part in parts if part & keys]
        parts = [part for part in parts if not part & keys] + [keys.union(*touched)]

    assert len(who(rows).first) == len(parts)
    assert who(rows).first.tolist() == sorted(who(rows).first.tolist())


@pytest.mark.parametrize("known", [None, {}, {"email:x": "gone"}])
def test_nobody_is_no_one(known: dict[str, str] | None) -> None:
    found = who([], known)

    assert (len(found.first), len(found.ids), len(found.aliases)) == (0, 0, 0)


def test_a_state_that_knows_nobody_yet_is_no_obstacle() -> None:
    empty = pa.Table.from_pandas(pd.DataFrame({"alias": [], "_contact": []}, dtype="object"))
    keys = {"email": Cells(pa.array(["a"]))}

    assert len(identify(keys, known_from(empty)).ids) == 1
