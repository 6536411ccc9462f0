"""`mactl contacts map`: what becomes of each column, and the entry in mactl.yaml."""

from pathlib import Path

import pytest

from tests.cli.conftest import Home, Mactl

CRM = """\
Klantnummer;E-mail;Voornaam;Geboortedatum;;Uitgeschreven
K1;ann@example.com;Ann;13-04-1990;x;nee
K2;bo@example.com;Bo;03-04-1991;;ja
"""
MAILCHIMP = """\
Email Address,First Name,MEMBER_RATING,OPTIN_TIME,LEID,EUID,UNSUB_TIME
ann@example.com,Ann,2,,1,a,
bo@example.com,Bo,2,,2,b,2025-01-01 00:00:00
"""


def test_each_column_is_shown_with_what_it_becomes_and_why(home: Home, mactl: Mactl) -> None:
    home.write("crm.csv", CRM)

    [file] = mactl("contacts", "map", "crm.csv", "--format", "json").json["files"]

    told = [(c["column"], c["field"], c["why"], c["type"], c["filled"]) for c in file["columns"]]
    assert told == [
        ("Klantnummer", "contact_id", "proposed", "text", 2),
        ("E-mail", "email", "proposed", "text", 2),
        ("Voornaam", "first_name", "proposed", "text", 2),
        ("Geboortedatum", "birthday", "proposed", "date", 2),
        (None, None, None, None, 1),
        ("Uitgeschreven", "email_opt_out", "proposed", "text", 2),
    ]
    assert file["columns"][1]["examples"] == ["ann@example.com", "bo@example.com"]
    assert file["columns"][4]["lost"] == "its cells: the column has no name"
    assert file["entry"] == {
        "file": "crm.csv",
        "columns": {
            "Klantnummer": "contact_id",
            "E-mail": "email",
            "Voornaam": "first_name",
            "Geboortedatum": "birthday",
            "Uitgeschreven": "email_opt_out",
        },
    }


def test_a_known_export_shows_its_layout_and_who_opted_out(home: Home, mactl: Mactl) -> None:
    home.write("list.csv", MAILCHIMP)

    said = mactl("contacts", "map", "list.csv").out

    assert "list.csv: 2 rows, 7 columns, 1 opted out (email_opt_out)" in said
    assert "contacts:\n  - file: list.csv\n    layout: mailchimp\n" in said


def test_what_a_database_writes_for_nothing_does_not_fill_a_column(
    home: Home, mactl: Mactl
) -> None:
    home.write("dump.csv", "email,city\na@example.com,NULL\nb@example.com,Delft\n")

    [file] = mactl("contacts", "map", "dump.csv", "--format", "json").json["files"]

    assert [(c["filled"], c["examples"]) for c in file["columns"]][1] == (1, ["Delft"])
    assert [finding["id"] for finding in file["findings"]] == ["source-null"]


def test_what_is_written_is_what_is_read_from_then_on(home: Home, mactl: Mactl) -> None:
    home.write("crm.csv", CRM)

    wrote = mactl("contacts", "map", "crm.csv", "--write", "--yes")
    people = mactl("contacts", "list", "crm.csv", "--format", "json").json["contacts"]

    assert wrote.status == 0
    assert "+  - file: crm.csv" in wrote.err
    assert [person["contact"] for person in people] == ["K1", "K2"]
    assert [person["fields"]["email_opt_out"] for person in people] == [False, True]
    assert people[1]["fields"]["birthday"] == "1991-04-03"


def test_nothing_is_written_where_nobody_can_be_asked(home: Home, mactl: Mactl) -> None:
    home.write("crm.csv", CRM)
    before = (home.folder / "mactl.yaml").read_bytes()

    refused = mactl("contacts", "map", "crm.csv", "--write")

    assert refused.status == 2
    assert (home.folder / "mactl.yaml").read_bytes() == before


def test_a_file_is_read_as_mactl_yaml_declares_it_though_it_is_named_by_hand(
    home: Home, mactl: Mactl, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.write("crm/one.csv", CRM)
    text = (home.folder / "mactl.yaml").read_text(encoding="utf-8")
    home.write(
        "mactl.yaml",
        text.replace("{file: contacts.csv}", '{file: "crm/*.csv", columns: {E-mail: email}}'),
    )
    monkeypatch.chdir(home.folder / "crm")

    listed = mactl("contacts", "list", Path("one.csv"), "--format", "json").json["contacts"]

    assert [person["email"] for person in listed] == ["ann@example.com", "bo@example.com"]


def test_who_opted_out_by_any_source_gets_no_marketing(home: Home, mactl: Mactl) -> None:
    home.write("list.csv", MAILCHIMP.replace("bo@", "bob@"))
    text = (home.folder / "mactl.yaml").read_text(encoding="utf-8")
    home.write(
        "mactl.yaml",
        text.replace("[{file: contacts.csv}]", "[{file: contacts.csv}, {file: list.csv}]"),
    )

    sends = mactl("plan", "--now", "2026-12-01T09:00", "--format", "json").out

    assert "they opted out of offers" in sends
    bob = mactl("explain", "bob@example.com", "--now", "2026-12-01T09:00").out
    assert "they opted out of offers" in bob


def test_one_row_is_not_said_to_be_several(home: Home, mactl: Mactl) -> None:
    home.write("one.csv", "email\na@example.com\n")

    assert mactl("contacts", "map", "one.csv").out.startswith("one.csv: 1 row, 1 column\n")
    said = mactl("contacts", "check", "one.csv").out
    assert said == "1 row, 1 contact, 0 merged, 0 left out: nothing found\n"
