"""Which fields are used, and why the others are not."""

import pytest

from mactl.columns import FieldType
from mactl.discovery.fields import Choice, judge_fields
from tests.discovery.worlds import world

MANY = 200
NUMBER, TEXT = FieldType.NUMBER, FieldType.TEXT
ODD = {
    "customer_no": (TEXT, [f"K{n}" for n in range(MANY)], "an id or a code"),
    "serial": (NUMBER, [float(1000 + n) for n in range(MANY)], "another number for each: an id"),
    "handle": (TEXT, [f"user{n}" for n in range(MANY)], "hardly anybody has the same: an id or free text"),
    "contact": (TEXT, [f"a{n % 3}@example.com" for n in range(MANY)], "addresses or telephone numbers"),
    "remarks": (TEXT, ["a long story " * (4 + n % 2) for n in range(MANY)], "free text"),
    "country": (TEXT, ["NL"] * (MANY - 2) + ["BE", "DE"], "the same for nearly everyone"),
    "fax_line": (TEXT, ["x", "y"] + [None] * (MANY - 2), "empty for nearly everyone"),
    "achternaam": (TEXT, ["Jansen", "Smit"] * (MANY // 2), "a name"),
    "opt_in": (FieldType.BOOLEAN, [True, False] * (MANY // 2), "about consent"),
    "gender": (TEXT, ["m", "f"] * (MANY // 2), "may tell of gender; --use gender takes it in"),
}  # fmt: skip


@pytest.mark.parametrize("name", ODD)
def test_a_field_by_which_nobody_should_be_grouped_is_left_out_and_told(name: str) -> None:
    type_, cells, why = ODD[name]

    used, left = judge_fields(world({name: (type_, cells)}), Choice())

    assert (used, [(each.name, each.why) for each in left]) == ([], [(name, why)])


@pytest.mark.parametrize("name", ODD)
def test_a_field_that_is_named_is_used_all_the_same(name: str) -> None:
    type_, cells, _ = ODD[name]

    used, _ = judge_fields(world({name: (type_, cells)}), Choice(use=[name]))

    assert used == [name]


def test_an_ordinary_field_is_used_unless_somebody_says_no() -> None:
    facts = world({"plan": (TEXT, ["free", "paid"] * (MANY // 2))})

    assert judge_fields(facts, Choice())[0] == ["plan"]
    assert judge_fields(facts, Choice(leave=["plan"]))[0] == []
