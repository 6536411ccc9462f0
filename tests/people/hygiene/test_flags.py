"""What is odd about a person, told from the rows that were made one."""

import pytest

from tests.people.conftest import ReadPeople
from tests.people.test_people import contacts


@pytest.mark.parametrize(
    ("first", "second", "flags"),
    [
        ("0612345678", "", ";phone_invented;"),
        ("", "0612345678", ";phone_invented;"),
        ("+31616123457", "0612345678", None),
        ("0612345678", "+31616123457", ";phone_invented;"),
    ],
)
def test_a_person_has_the_flags_of_the_cell_that_counts(
    people: ReadPeople, first: str, second: str, flags: str | None
) -> None:
    head = "email,phone\nbo@example.com,+31616123458\n"
    found = people(
        f"{head}a@example.com,{first}\n", f"{head}a@example.com,{second}\n", country="NL"
    )

    assert contacts(found, "data_flags") == [(None,), (flags,)]


def test_what_was_emptied_is_told_only_where_no_other_row_has_a_value(people: ReadPeople) -> None:
    rows = ["a@example.com,test\n", "b@example.com,test\n"]
    found = people(
        "email,name\n" + "".join(rows), "email,name\na@example.com,Ann\nb@example.com,\n"
    )

    assert contacts(found, "name", "data_flags") == [("Ann", None), (None, ";name_placeholder;")]


def test_flags_of_several_fields_stand_in_one_list_each_once(people: ReadPeople) -> None:
    found = people("email,phone,mobile\ninfo@example.com,0612345678,0600000000\n", country="NL")

    assert contacts(found, "data_flags") == [(";email_role;phone_invented;",)]
