"""Header rows → fields."""

import pytest

from mactl.people.sources.headers import field_name
from tests.people.conftest import ReadSheet, rows_of, told


@pytest.mark.parametrize(
    ("written", "field"),
    [
        ("First Name", "first_name"),
        ("E-mail", "e_mail"),
        (" email ", "email"),
        ("contractEnd", "contract_end"),
        ("Contract einde (datum)", "contract_einde_datum"),
        ("Prénom", "prénom"),
        ("CLV", "clv"),
        ("NPS score 2026", "nps_score_2026"),
        ("__id", "id"),
        ("%", ""),
    ],
)
def test_a_name_becomes_lower_snake_case(written: str, field: str) -> None:
    assert field_name(written) == field


def test_the_source_says_which_column_is_which_field(sheet: ReadSheet) -> None:
    read, findings = sheet(
        "E-mail ,Voornaam,Contract einde\nann@example.com,Ann,2027-01-15\n",
        columns={"E-mail": "email", "voornaam": "first_name"},
    )

    assert rows_of(read) == [
        {"email": "ann@example.com", "first_name": "Ann", "contract_einde": "2027-01-15"}
    ]
    assert read.called("email") == "column 'E-mail' (email)"
    assert findings == []


def test_a_column_that_mactl_yaml_names_and_the_file_lacks_is_told(sheet: ReadSheet) -> None:
    columns = {"E-mail": "email", "Naam": "name", "Adres": "address", "Plaats": "city"}
    _, findings = sheet("email,name\nann@example.com,Ann\n", columns=columns)

    assert told(findings) == ["contacts.csv:1: source-unknown-column"] * 4
    assert [finding.message.split("'")[1] for finding in findings] == list(columns)
    assert findings[0].hint == "its columns: email, name"


def test_of_two_columns_with_one_name_the_first_is_kept(sheet: ReadSheet) -> None:
    read, findings = sheet("email,Name,name\nann@example.com,Ann,Anna\n")

    assert rows_of(read) == [{"email": "ann@example.com", "name": "Ann"}]
    assert told(findings) == ["contacts.csv:1: source-duplicate-header"]


def test_a_column_without_a_name_is_told_only_where_it_holds_something(sheet: ReadSheet) -> None:
    read, findings = sheet("email,,\nann@example.com,,5\n")

    assert list(read.columns) == ["email"]
    assert told(findings) == ["contacts.csv:1: source-empty-header"]
    assert "column 3" in findings[0].message


def test_a_name_cannot_play_tricks_on_a_terminal(sheet: ReadSheet) -> None:
    read, _ = sheet('email,"First\n\x1b[31mName"\nann@example.com,Ann\n')

    assert read.called("first_31m_name") == "column 'First [31mName' (first_31m_name)"


def test_no_field_begins_with_an_underscore(sheet: ReadSheet) -> None:
    read, findings = sheet("email,_key\nann@example.com,1\n")

    assert list(read.columns) == ["email", "key"]
    assert told(findings) == ["contacts.csv:1: source-underscore-header"]


def test_a_row_of_data_is_never_taken_for_the_header_of_a_table_that_has_one(
    sheet: ReadSheet,
) -> None:
    read, findings = sheet("sku,name,channel\ns1,Newsletter,email\ns2,Letter,post\n")

    assert list(read.columns) == ["sku", "name", "channel"]
    assert findings == []


def test_a_header_of_thousands_of_columns_is_read_whole(sheet: ReadSheet) -> None:
    names = ["email", *(f"a_rather_long_name_{number}" for number in range(5000))]
    read, findings = sheet(",".join(names) + "\na@example.com" + ",1" * 5000 + "\n")

    assert list(read.columns) == names
    assert findings == []
