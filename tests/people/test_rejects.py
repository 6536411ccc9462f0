"""The file of rows that were left out."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mactl.people.events import Events
from mactl.people.people import People, read_people
from mactl.people.rejects import count_rejects, write_rejects
from mactl.people.sources.rejects import REMARKS, escaped
from mactl.project import ContactSource, EventSource, Settings
from tests.people.conftest import ReadEvents, ReadPeople, Write

Row = dict[str, str]


def rejects_of(found: People | Events, *names: str, **source: object) -> list[Row]:
    """The rows that were left out of the files called so."""
    kind = EventSource if isinstance(found, Events) else ContactSource
    sources = [kind.model_validate({"file": name, **source}) for name in names]
    written = b"".join(write_rejects(Path(), sources, found.refused))
    assert written.startswith(b"\xef\xbb\xbf")
    return [*csv.DictReader(io.StringIO(written.decode("utf-8-sig"), newline=""))]


def test_a_row_stands_as_it_stood_with_every_reason(people: ReadPeople) -> None:
    found = people(
        'email,Klant waarde,note\nann,veel,"one\ntwo"\nbo@example.com,5,\n',
        columns={"klant_waarde": "number"},
    )

    assert rejects_of(found, "contacts1.csv") == [
        {
            "email": "ann",
            "klant_waarde": "veel",
            "note": "one\ntwo",
            "rejected_file": "contacts1.csv",
            "rejected_line": "2",
            "rejected_because": (
                "column 'Klant waarde' (klant_waarde): 'veel' is not a number such as 1500 or 12.5;"
                " column 'email': 'ann' is no e-mail address: it has no @"
            ),
            "rejected_text": "",
        }
    ]
    assert count_rejects(found.refused) == found.summary.rejected == 1


def test_a_row_that_cannot_be_taken_apart_stands_as_text_and_cannot_slip_in(
    people: ReadPeople, write: Write
) -> None:
    found = people('email,name\nann@example.com,Ann,Berg\n"bo"x,Bo\ncas@example.com,Cas\n')
    (one, other) = rejects_of(found, "contacts1.csv")

    assert (one["rejected_text"], one["rejected_line"]) == ("ann@example.com,Ann,Berg", "2")
    assert other["rejected_text"] == '"bo"x,Bo'
    assert {one["email"], one["name"], other["email"]} == {""}
    sources = [ContactSource(file="contacts1.csv")]
    write(b"".join(write_rejects(Path(), sources, found.refused)), "rejects.csv")
    again = read_people(Settings(), Path(), [ContactSource(file="rejects.csv")])
    assert again.summary.contacts == 0


def test_rows_of_files_with_other_columns_stand_side_by_side(people: ReadPeople) -> None:
    found = people(
        "email,name\nann,Ann\n",
        "E-mail;City\nbo;Delft\n",
        sources=[{}, {"columns": {"E-mail": "email"}}],
    )

    sources = [
        ContactSource(file="contacts1.csv"),
        ContactSource(file="contacts2.csv", columns={"E-mail": "email"}),
    ]
    text = b"".join(write_rejects(Path(), sources, found.refused)).decode("utf-8-sig")
    rows = [*csv.reader(io.StringIO(text))]
    assert rows[0] == ["email", "name", "city", *REMARKS]
    assert [row[:5] for row in rows[1:]] == [
        ["ann", "Ann", "", "contacts1.csv", "2"],
        ["bo", "", "Delft", "contacts2.csv", "2"],
    ]  # fmt: skip


def test_more_rows_are_written_than_findings_are_shown(people: ReadPeople) -> None:
    found = people("email\n" + "nobody\n" * 6_001)

    rows = rejects_of(found, "contacts1.csv")
    assert [row["rejected_line"] for row in rows] == [str(line) for line in range(2, 6_003)]
    assert len(found.findings) == 1_001


def test_events_are_written_in_the_same_way(people: ReadPeople, events: ReadEvents) -> None:
    someone = people("email\nann@example.com\n")
    found = events(
        someone,
        "email,event,at,amount\nann@example.com,login,yesterday,1\nann@example.com,,2026-01-01,x\n",
    )

    rows = rejects_of(found, "events1.csv")
    assert [(row["event"], row["at"], row["rejected_because"]) for row in rows] == [
        ("login", "yesterday", "column 'at': 'yesterday' is not an instant such as 2026-12-01T09:00"),
        ("", "2026-01-01", "the event does not say what happened"),
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["=1+1", "+31 6", "-5", "@ann", "\tx", "＝1", "'=1", "''+x"])
def test_no_spreadsheet_runs_what_is_written(text: str) -> None:
    assert escaped(text) == f"'{text}"


CELLS = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp", "Cf")) | st.sampled_from("=+-@'\""),
    min_size=1,
    max_size=8,
)  # fmt: skip


@given(cells=st.lists(CELLS, min_size=1, max_size=6))
def test_a_mended_row_comes_back_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, cells: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("mended")

    def write(name: str, rows: list[list[str]]) -> ContactSource:
        with (folder / name).open("w", newline="", encoding="utf-8") as file:
            csv.writer(file, quoting=csv.QUOTE_ALL).writerows(rows)
        return ContactSource(file=name)

    settings = Settings.model_validate({"columns": {"note": "text"}})
    source = write("given.csv", [["email", "note"], *([f"p{n}", c] for n, c in enumerate(cells))])
    refused = read_people(settings, folder, [source]).refused
    text = b"".join(write_rejects(folder, [source], refused)).decode("utf-8-sig")
    (header, *rows) = csv.reader(io.StringIO(text, newline=""))
    mended = write("rejects.csv", [header, *([f"{row[0]}@example.com", *row[1:]] for row in rows)])

    found = read_people(settings, folder, [mended])
    assert found.contacts.column("note").to_pylist() == cells
