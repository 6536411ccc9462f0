"""Who is kept apart, and who is one person all the same."""

import random
from collections.abc import Mapping, Sequence

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mactl.columns import CONTACT
from mactl.people.cells import Cells
from mactl.people.identity import apart
from mactl.people.identity.keys import key_rules
from mactl.people.identity.known import known_from
from mactl.people.identity.recognising import Identities, identify
from mactl.project import Settings

Row = tuple[str | None, ...]
KEYS = ("contact_id", "email", "phone")


def who(
    rows: Sequence[Row],
    known: Mapping[str, str] | pa.Table | None = None,
    identity: Sequence[object] = KEYS,
) -> Identities:
    rules = key_rules(Settings.model_validate({"identity": list(identity)}))
    keys = {
        rule.name: Cells(pa.array([row[place] for row in rows], pa.string()))
        for place, rule in enumerate(rules)
    }
    return identify(keys, known_from(known), rules)


def groups(rows: Sequence[Row], found: Identities) -> list[list[Row]]:
    people: dict[int, list[Row]] = {}
    for row, person in zip(rows, found.person.tolist(), strict=True):
        people.setdefault(person, []).append(row)
    return sorted((sorted(some, key=str) for some in people.values()), key=str)


def holders(found: Identities) -> dict[str, str]:
    ids = found.ids.take(pa.array(found.holder)).to_pylist()
    return dict(zip(found.aliases.to_pylist(), ids, strict=True))


FAMILY: list[Row] = [("C1", "fam", None), ("C2", "fam", None)]


def test_two_customers_with_one_address_are_two_people() -> None:
    found = who(FAMILY)

    assert found.person.tolist() == [0, 1]
    assert [(one.key, one.value, one.persons) for one in found.shared] == [("email", "fam", (0, 1))]
    assert holders(found)["email:fam"] == found.ids[0].as_py()


def test_who_has_the_address_alone_is_whoever_holds_it() -> None:
    rows: list[Row] = [("C12", "fam", None), (None, "fam", None), ("C9", "fam", None)]

    assert groups(rows, who(rows)) == [
        [("C12", "fam", None)],
        [("C9", "fam", None), (None, "fam", None)],
    ]


def test_a_key_that_may_differ_keeps_nobody_apart() -> None:
    identity = ["contact_id", {"field": "email", "unless_differ": []}, "phone"]

    assert who(FAMILY, identity=identity).person.tolist() == [0, 0]


def test_people_have_several_addresses_and_phones() -> None:
    rows: list[Row] = [(None, "a", "1"), (None, "b", "1"), (None, "b", "2")]

    assert who(rows).person.tolist() == [0, 0, 0]


def test_a_weak_key_does_not_bridge_two_customers_by_way_of_a_third() -> None:
    rows: list[Row] = [("C1", "a", None), (None, "a", "1"), (None, "b", "1"), ("C2", "b", None)]

    assert groups(rows, who(rows)) == [
        [("C1", "a", None), (None, "a", "1")],
        [("C2", "b", None), (None, "b", "1")],
    ]


def test_a_key_that_too_many_share_tells_nobody_apart() -> None:
    rows: list[Row] = [(None, f"{n}@x", "desk") for n in range(11)]
    rows += [(None, None, "desk"), (None, None, "desk")]
    found = who(rows)

    assert len(found.first) == 12
    assert found.person[-1] == found.person[-2]
    assert [(one.value, one.others, one.row) for one in found.common] == [("desk", 11, 0)]
    assert len(who(rows[1:]).first) == 1


def test_a_row_for_each_order_of_one_customer_is_no_crowd() -> None:
    rows: list[Row] = [("C1", "a", "1")] * 50

    assert len(who(rows).first) == 1


def test_what_the_state_knows_as_one_stays_one() -> None:
    known = {"contact_id:C1": "x", "email:fam": "x", "contact_id:C2": "x"}

    assert who(FAMILY, known).ids.to_pylist() == ["x"]


def test_two_known_customers_do_not_become_one_by_an_address_that_one_takes_over() -> None:
    known = {"contact_id:C1": "x", "email:fam": "x", "contact_id:C2": "y"}
    found = who([("C2", "fam", None)], known)

    assert (found.ids.to_pylist(), found.merged) == (["y"], ())


def test_a_customer_with_a_new_number_stays_who_they_were() -> None:
    known = {"contact_id:C1": "x", "email:fam": "x"}

    assert who([("C2", "fam", None)], known).ids.to_pylist() == ["x"]


def test_an_address_stays_whose_it_was() -> None:
    known = {"contact_id:C2": "y", "email:fam": "y"}
    found = who([*FAMILY, (None, "fam", None)], known)

    assert found.ids.take(pa.array(found.person)).to_pylist()[1:] == ["y", "y"]
    assert holders(found)["email:fam"] == "y"


def split(decided: Sequence[str]) -> pa.Table:
    """The state knows x, of whom z was split."""
    aliases = ["contact_id:C1", "email:a", "email:b"]
    contacts = ["z" if alias in decided else "x" for alias in aliases]
    return pa.table(
        {
            "alias": aliases,
            CONTACT: contacts,
            "decided": [alias in decided for alias in aliases],
            "parted_from": pa.array(["x" if c == "z" else None for c in contacts], pa.string()),
        }
    )


def test_a_split_goes_before_every_other_key() -> None:
    rows: list[Row] = [("C1", "a", None), ("C1", "b", None), (None, "b", None)]
    found = who(rows, split(["email:b"]))

    assert found.ids.take(pa.array(found.person)).to_pylist() == ["x", "z", "z"]
    assert found.merged == ()


def test_an_all_key_needs_each_of_its_fields() -> None:
    settings = Settings.model_validate({"identity": [{"all": ["name", "zip"]}]})
    assert [rule.fields for rule in key_rules(settings)] == [("name", "zip")]


@pytest.mark.parametrize("identity", [["email", {"field": "a", "unless_differ": ["b"]}]])
def test_only_a_stronger_key_keeps_apart(identity: list[object]) -> None:
    with pytest.raises(ValueError, match="no key before it"):
        Settings.model_validate({"identity": identity})


names = st.one_of(st.none(), st.sampled_from("abcd"))
rows_of_keys = st.lists(st.tuples(names, names, names).filter(any), min_size=1, max_size=14)
rules_of_keys = st.sampled_from(
    [
        list(KEYS),
        ["email", "contact_id", "phone"],
        ["contact_id", {"field": "email", "unless_differ": []}, "phone"],
        ["contact_id", "shop_id", "email"],
        ["contact_id", {"field": "email", "limit": 2}, {"field": "phone", "limit": 1}],
    ]
)


@given(rows_of_keys, rules_of_keys, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nobody(
    rows: list[Row], identity: list[object], order: random.Random
) -> None:
    other = rows.copy()
    order.shuffle(other)

    assert groups(rows, who(rows, identity=identity)) == groups(
        other, who(other, identity=identity)
    )


@given(rows_of_keys, rules_of_keys)
def test_pieces_that_are_looked_at_one_by_one_are_the_same_people(
    rows: list[Row], identity: list[object]
) -> None:
    whole = who(rows, identity=identity)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(apart, "_AT_ONCE", 1)
        pieces = who(rows, identity=identity)

    assert groups(rows, whole) == groups(rows, pieces)
    assert holders(whole) == holders(pieces)
    assert len(whole.shared) == len(pieces.shared)


@given(rows_of_keys, rules_of_keys)
def test_a_row_told_twice_changes_nobody(rows: list[Row], identity: list[object]) -> None:
    found = who(rows, identity=identity)
    again = who([*rows, *rows], identity=identity)

    assert again.person.tolist() == [*found.person.tolist(), *found.person.tolist()]
    assert again.ids == found.ids


@given(rows_of_keys, rules_of_keys)
def test_ids_are_each_persons_own_and_stay(rows: list[Row], identity: list[object]) -> None:
    found = who(rows, identity=identity)
    again = who(rows, holders(found), identity)

    assert len(set(found.ids.to_pylist())) == len(found.ids)
    assert again.ids.take(pa.array(again.person)) == found.ids.take(pa.array(found.person))
    assert again.merged == ()


@given(rows_of_keys, rows_of_keys, rules_of_keys)
def test_who_was_one_person_is_never_two_later(
    rows: list[Row], more: list[Row], identity: list[object]
) -> None:
    found = who(rows, identity=identity)
    later = who([*rows, *more], holders(found), identity)
    now = later.person.tolist()[: len(rows)]

    for one, person in enumerate(found.person.tolist()):
        first = found.person.tolist().index(person)
        assert now[one] == now[first]


@given(rows_of_keys)
def test_nobody_has_two_ids_of_one_kind_by_a_weaker_key(rows: list[Row]) -> None:
    for some in groups(rows, who(rows)):
        assert len({row[0] for row in some if row[0]}) <= 1
