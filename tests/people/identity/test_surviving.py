"""Which of several values of a field a person keeps."""

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mactl.errors import ConfigurationError
from mactl.people.identity.surviving import names_file
from mactl.people.people import people_from_rows, read_people
from mactl.project import ContactSource, Settings
from tests.people.conftest import ReadPeople

ROWS = """\
email,phone,changed,tags
a@example.com,061,2026-02-01,x
a@example.com,0622222,2026-03-01,y;z
a@example.com,061,2026-01-01,
a@example.com,,2026-04-01,
"""


@pytest.mark.parametrize(
    ("rule", "phone"),
    [("first", "061"), ("newest", "0622222"), ("oldest", "061"), ("longest", "0622222")],
)
def test_a_rule_chooses_among_the_filled_values(people: ReadPeople, rule: str, phone: str) -> None:
    found = people(ROWS, columns={"phone": "text"}, survivorship={"by": rule, "at": "changed"})

    assert found.contacts.column("phone").to_pylist() == [phone]


def test_the_most_common_value_is_that_of_most_rows(people: ReadPeople) -> None:
    rows = ["a@example.com,x", "a@example.com,y", "b@example.com,z", "a@example.com,y"]
    found = people("email,city\n" + "\n".join(rows) + "\n", survivorship="most_common")

    assert found.contacts.column("city").to_pylist() == ["y", "z"]


def test_a_source_may_come_first_for_one_field(people: ReadPeople) -> None:
    found = people(
        "email,city,name\na@example.com,Delft,Ann\nb@example.com,Delft,Bo\n",
        "email,city,name\na@example.com,Gouda,Anna\nb@example.com,,Bob\n",
        survivorship={"fields": {"city": {"source": "contacts2.csv"}}},
    )

    assert found.contacts.column("city").to_pylist() == ["Gouda", "Delft"]
    assert found.contacts.column("name").to_pylist() == ["Ann", "Bo"]


def test_a_row_without_an_instant_is_neither_newest_nor_oldest(people: ReadPeople) -> None:
    text = (
        "email,city,seen,changed\na@example.com,none,none,\n"
        "a@example.com,old,old,2026-01-01\na@example.com,new,new,2026-02-01\n"
    )
    found = people(
        text, survivorship={"at": "changed", "fields": {"city": "newest", "seen": "oldest"}}
    )

    row = found.contacts.to_pylist()[0]
    assert (row["city"], row["seen"]) == ("new", "old")


def test_the_column_of_instants_says_when_they_changed_last(people: ReadPeople) -> None:
    text = "email,changed\na@example.com,2026-01-01\na@example.com,2026-02-01\n"
    found = people(text, survivorship={"at": "changed"})
    first = people(text)

    assert found.contacts.column("changed")[0].as_py() > first.contacts.column("changed")[0].as_py()


def test_without_a_column_the_time_of_the_file_counts(people: ReadPeople) -> None:
    people("email,city\na@example.com,one\n", "email,city\na@example.com,two\n")
    settings = Settings.model_validate({"survivorship": "newest"})
    sources = [ContactSource(file=f"contacts{number}.csv") for number in (1, 2)]
    found = []
    for changed in (10, 30):
        os.utime("contacts1.csv", (20, 20))
        os.utime("contacts2.csv", (changed, changed))
        found += read_people(settings, Path(), sources).contacts.column("city").to_pylist()

    assert found == ["one", "two"]


def test_consent_heeds_no_rule(people: ReadPeople) -> None:
    found = people(
        "email,ok,changed\na@example.com,no,2026-01-01\na@example.com,yes,2026-02-01\n",
        consent={"offers": {"state": "ok"}},
        survivorship={"by": "newest", "at": "changed"},
    )

    assert found.contacts.column("ok").to_pylist() == [False]


@pytest.mark.parametrize(
    "settings",
    [
        {"survivorship": {"fields": {"ok": "newest"}}, "consent": {"offers": {"state": "ok"}}},
        {"survivorship": "sometimes"},
    ],
)
def test_a_rule_that_can_not_be_is_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="survivorship"):
        Settings.model_validate(settings)


def test_instants_that_are_none_are_a_fault_of_the_settings(people: ReadPeople) -> None:
    with pytest.raises(ConfigurationError, match="no column of days"):
        people("email,changed\na@example.com,lately\n", survivorship={"at": "changed"})


@pytest.mark.parametrize(
    ("pattern", "path", "names"),
    [
        ("crm.csv", "crm.csv", True),
        ("crm.csv", "data/crm.csv", True),
        ("./crm.csv", "data/crm.csv", True),
        ("crm/*.csv", "data/crm/a.csv", True),
        ("crm.csv", "oldcrm.csv", False),
    ],
)
def test_files_are_named_as_mactl_yaml_names_them(pattern: str, path: str, names: bool) -> None:
    assert names_file(pattern, path) is names


values = st.one_of(st.none(), st.sampled_from(["p", "qq", "rrr"]))
days = st.one_of(st.none(), st.integers(1, 9))
RULES = ["first", "newest", "oldest", "longest", "most_common"]


@given(st.lists(st.tuples(values, days), min_size=1, max_size=8), st.sampled_from(RULES))
def test_the_chosen_value_is_one_that_the_rule_names(
    rows: list[tuple[str | None, int | None]], rule: str
) -> None:
    told = [
        {"email": "a@example.com", "city": city, "changed": f"2026-01-0{day}" if day else None}
        for city, day in rows
    ]
    settings = Settings.model_validate(
        {"survivorship": {"by": rule, "at": "changed"}, "columns": {"changed": "date"}}
    )
    contacts = people_from_rows(settings, [{"changed": None, **row} for row in told]).contacts
    filled = [(city, day) for city, day in rows if city is not None]
    if not filled:
        assert contacts.column("city").to_pylist() == [None]
        return
    orders = {
        "first": lambda value: 0,
        "newest": lambda value: -(value[1] or 0),
        "oldest": lambda value: value[1] or 10,
        "longest": lambda value: -len(value[0]),
        "most_common": lambda value: -sum(value[0] == other for other, _ in filled),
    }
    assert contacts.column("city").to_pylist() == [min(filled, key=orders[rule])[0]]
