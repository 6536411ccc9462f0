"""Which rows and keys leave."""

import pytest

from mactl.people.identity.explaining import Joined, explain_rows
from mactl.people.identity.splitting import split_rows

ANN = {"id": "1", "email": "a"}
BOB = {"id": "2", "email": "fam"}
FAMILY = {"id": "1", "email": "fam"}


def test_what_only_a_leaving_row_has_leaves_with_it() -> None:
    found = split_rows([ANN, FAMILY, {**BOB, "phone": "9"}], {"id:2"}, ())

    assert found.leaving == (2,)
    assert found.moved == {"id:2", "phone:9"}


def test_a_row_that_a_leaving_one_alone_connects_follows_it() -> None:
    found = split_rows([ANN, BOB, {"email": "fam"}], {"id:2"}, ())

    assert (found.leaving, found.moved) == ((1, 2), {"id:2", "email:fam"})


def test_a_row_that_one_which_stays_connects_stays() -> None:
    found = split_rows([FAMILY, BOB, {"email": "fam"}], {"id:2"}, ())

    assert (found.leaving, found.moved) == ((1,), {"id:2"})


def test_a_weaker_key_that_was_named_tells_rows_of_one_id_apart() -> None:
    found = split_rows([ANN, FAMILY], {"email:fam"}, ())

    assert (found.leaving, found.moved, found.named) == ((1,), {"email:fam"}, {"email:fam"})


def test_a_row_leaves_by_its_strongest_own_key() -> None:
    assert split_rows([ANN, FAMILY], (), {1}).named == {"email:fam"}
    assert split_rows([ANN, BOB], (), {1}).named == {"id:2"}


@pytest.mark.parametrize(
    ("wanted", "chosen", "message"),
    [({"id:1"}, (), "nobody would be left"), ((), {2}, "no key that the other rows lack")],
)
def test_a_split_that_parts_nobody_is_none(
    wanted: set[str], chosen: set[int], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        split_rows([ANN, FAMILY, {"email": "a", "id": "1"}], wanted, chosen)


def test_rows_join_by_the_strongest_key_and_the_earliest_row() -> None:
    rows = [ANN, {"email": "b", "phone": "9"}, FAMILY, {"email": "a", "phone": "9"}, {"id": "7"}]

    assert explain_rows(rows) == [
        None,
        Joined("phone", "9", 3),
        Joined("id", "1", 0),
        Joined("email", "a", 0),
        Joined("id", "7", None),
    ]
