"""Who may be one person."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mactl.people.doubles.doubles import Double, find_doubles
from mactl.people.people import people_from_rows
from mactl.project import Settings

ANN: dict[str, Any] = {
    "contact_id": "C1",
    "email": "ann.smit@example.com",
    "first_name": "Ann",
    "last_name": "Smit",
    "phone": "06-11112222",
    "postcode": "1234 AB",
    "birthday": "1980-02-03",
}
TEXT = Settings.model_validate(
    {"columns": {"phone": "text", "postcode": "text", "birthday": "date"}}
)


def crowd() -> list[dict[str, Any]]:
    """People who have nothing in common but first names."""
    names = ["Ann", "Bo", "Cy", "Dan"]
    return [
        {
            "contact_id": f"X{n}",
            "email": f"x{n}@example.org",
            "first_name": names[n % 4],
            "last_name": f"{chr(65 + n % 26)}person{n}",
            "phone": f"06-3{n:07}",
            "postcode": f"{2000 + n} XX",
            "birthday": f"19{50 + n % 50}-01-{1 + n % 28:02}",
        }
        for n in range(200)
    ]


def doubles(*rows: dict[str, Any], least: float = 0.9, parted: Any = ()) -> list[Double]:
    contacts = people_from_rows(TEXT, [*rows, *crowd()]).contacts
    return [
        one for one in find_doubles(contacts, "NL", least, parted) if max(one.places) < len(rows)
    ]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        (
            {"email": "annsmit@example.com", "phone": None, "birthday": None},
            "like e-mail addresses",
        ),
        ({"email": None, "phone": "+31611112222", "birthday": None}, "same phone"),
        ({"email": None, "phone": None, "postcode": None}, "same birthday"),
        ({"email": None, "phone": None, "last_name": "Smitt"}, "like last names"),
        ({"email": None, "phone": None, "birthday": None, "first_name": "ANN"}, "same postcode"),
        ({"email": "ann.smit@example.com", "phone": None}, "same e-mail address"),
    ],
)
def test_records_of_one_person_are_found_with_the_reason(
    changed: dict[str, Any], reason: str
) -> None:
    (found,) = doubles(ANN, {**ANN, "contact_id": "C2", **changed})

    assert found.places == (0, 1)
    assert reason in found.reasons
    assert found.score >= 0.9


@pytest.mark.parametrize(
    "changed",
    [
        {"first_name": "Bob", "birthday": "1979-05-05"},  # their husband
        {"first_name": "Zoë", "birthday": None},  # their child
        {"phone": None, "postcode": None, "email": None, "birthday": "1999-09-09"},  # a namesake
        {"last_name": "de Groot", "first_name": "Karel", "birthday": None},  # a house mate
    ],
)
def test_a_family_is_no_double(changed: dict[str, Any]) -> None:
    assert doubles(ANN, {**ANN, "contact_id": "C2", "email": "other@example.net", **changed}) == []


def test_those_who_were_told_apart_are_not_proposed() -> None:
    twin = {**ANN, "contact_id": "C2"}

    assert len(doubles(ANN, twin)) == 1
    assert doubles(ANN, twin, parted=[(1, 0)]) == []


def test_people_of_whom_nothing_is_known_are_nobodys_double() -> None:
    rows = [{"contact_id": f"C{n}"} for n in range(30)]

    assert find_doubles(people_from_rows(Settings(), rows).contacts, None, 0.0) == []
    assert find_doubles(people_from_rows(Settings(), []).contacts, None, 0.0) == []


@given(st.permutations(range(6)))
def test_the_order_of_contacts_changes_no_pair(order: list[int]) -> None:
    rows = [
        {
            **ANN,
            "contact_id": f"C{n}",
            "email": f"ann{n}@example.com",
            "phone": f"06-1111222{n % 3}",
        }
        for n in range(6)
    ]
    contacts = people_from_rows(TEXT, [rows[n] for n in order]).contacts
    names = contacts.column("contact_id").to_pylist()
    found = {
        (frozenset(names[place] for place in one.places), one.score, one.reasons)
        for one in find_doubles(contacts, "NL", 0.5)
    }

    assert len(found) == 15
