"""Rows that are left out, written to a file to be mended in."""

import pytest

from tests.cli.conftest import CONTACTS, EVENTS, Home, Mactl

BAD = "C4,no address,Dan,NL,yes,2026-01-01T10:00,form,Yes\n"


def test_what_is_left_out_is_written_mended_and_read_in_again(home: Home, mactl: Mactl) -> None:
    home.write("contacts.csv", CONTACTS + BAD)

    checked = mactl("contacts", "check")
    assert "--rejects rejects.csv writes them" in checked.err
    checked = mactl("contacts", "check", "--rejects", "rejects.csv", "--format", "json")
    assert checked.status == 1
    assert checked.json["summary"]["rejected"] == 1
    assert "the row that is left out is in rejects.csv: mend it there" in checked.err

    rejects = home.folder / "rejects.csv"
    mended = rejects.read_text(encoding="utf-8").replace("no address,Dan", "dan@example.com,Dan")
    rejects.write_text(mended, encoding="utf-8")
    listed = mactl("contacts", "list", "contacts.csv", "rejects.csv", "--format", "json").json
    (dan,) = [row for row in listed["contacts"] if row["email"] == "dan@example.com"]
    assert dan["sources"] == [{"path": "rejects.csv", "line": 2}]
    assert not any(name.startswith("rejected") for name in dan["fields"])


def test_no_file_is_written_over_but_the_one_of_before_and_that_is_said(
    home: Home, mactl: Mactl
) -> None:
    home.write("contacts.csv", CONTACTS + BAD)
    home.write("mine.csv", "email\n")
    before = (home.folder / "contacts.csv").read_bytes()

    refused = mactl("contacts", "check", "--rejects", "contacts.csv")
    assert (refused.status, refused.out) == (2, "")
    assert "contacts.csv: this file is read, so it is not written over" in refused.err
    assert (home.folder / "contacts.csv").read_bytes() == before
    refused = mactl("contacts", "check", "--rejects", "mine.csv")
    assert refused.status == 2
    assert "mine.csv: there is a file already" in refused.err
    mactl("contacts", "check", "--rejects", "rejects.csv")
    again = mactl("contacts", "check", "--rejects", "rejects.csv")
    assert "(the one of before is replaced)" in again.err


@pytest.mark.parametrize("place", ["nowhere/rejects.csv", "."])
def test_a_place_that_cannot_be_written_is_told(home: Home, mactl: Mactl, place: str) -> None:
    home.write("contacts.csv", CONTACTS + BAD)

    refused = mactl("contacts", "check", "--rejects", place)

    assert refused.status == 2
    assert place.partition("/")[0] in refused.err


def test_hundreds_of_warnings_hide_no_row_that_is_left_out(home: Home, mactl: Mactl) -> None:
    rows = "".join(f"H{n},h{n}@gmial.com,Hal,NL,no,,,\n" for n in range(300))
    home.write("contacts.csv", CONTACTS + rows + BAD)

    lines = mactl("contacts", "check").out.splitlines()

    assert lines[0].startswith("contacts.csv:305: contact-bad-email")
    assert lines[2].startswith("contacts.csv:5: contact-email-typo")


def test_where_nothing_is_left_out_nothing_is_written(home: Home, mactl: Mactl) -> None:
    home.write("contacts.csv", CONTACTS)

    checked = mactl("contacts", "check", "--rejects", "rejects.csv")

    assert checked.status == 0
    assert "nothing is written to rejects.csv" in checked.err
    assert not (home.folder / "rejects.csv").exists()


def test_events_are_checked_in_the_same_way(home: Home, mactl: Mactl) -> None:
    home.write("events.csv", EVENTS + "4,ann@example.com,,2026-01-01,,\n")

    checked = mactl("events", "check", "--rejects", "rejects.csv", "--format", "json")

    assert checked.status == 1
    assert checked.json["summary"]["rejected"] == 1
    assert "event-no-name" in {finding["id"] for finding in checked.json["findings"]}
    text = (home.folder / "rejects.csv").read_text(encoding="utf-8-sig")
    assert "does not say what happened" in text


def test_a_project_without_events_says_so(home: Home, mactl: Mactl) -> None:
    settings = (home.folder / "mactl.yaml").read_text(encoding="utf-8")
    lines = [line for line in settings.splitlines() if not line.startswith("events:")]
    home.write("mactl.yaml", "\n".join(lines) + "\n")

    refused = mactl("events", "check")

    assert refused.status == 2
    assert "there are no events" in refused.err
