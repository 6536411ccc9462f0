"""Whoever is exported and read in again is the same, in whatever encoding and with whatever delimiter."""

import csv
import io
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mactl.clock import parse_instant, zone_named
from mactl.columns import plain_value
from mactl.people.people import People, read_people
from mactl.project import ContactSource, Project, Settings
from mactl.workflows.gathering import Sources
from mactl.workflows.handing_out.exporting import Exported, Order, export_contacts
from mactl.workflows.handing_out.files import csv_lines, json_lines, workbook
from tests.conftest import examples

NOW = parse_instant("2026-12-01T09:00", zone_named("UTC"))
COLUMNS = {
    "note": "text",
    "score": "number",
    "vip": "boolean",
    "since": "date",
    "seen": "instant",
    "tastes": "list",
}
SETTINGS = Settings.model_validate({"columns": COLUMNS})
WORD = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Cf", "Co", "Cn", "Zl", "Zp"])
    | st.sampled_from(",;|\"'=+-@ \n\t"),
    min_size=1,
    max_size=8,
)
ROWS = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "note": WORD,
            "score": st.integers(-(2**53), 2**53)
            | st.decimals(-(10**9), 10**9, places=4).map(float),
            "vip": st.booleans(),
            "since": st.dates(date(1970, 1, 1), date(2100, 1, 1)),
            "seen": st.datetimes(timezones=st.just(zone_named("UTC"))).filter(
                lambda at: 1970 < at.year < 2100
            ),
            "tastes": st.lists(st.text("abcé 1", min_size=1, max_size=4), max_size=3),
        },
    ),
    min_size=1,
    max_size=6,
)


def fields_of(people: People) -> list[dict[str, Any]]:
    """What is known of each, without the key that an export tells beside it."""
    zone = zone_named("UTC")
    rows = people.contacts.select(list(people.fields)).to_pylist()
    told = [{n: plain_value(v, people.fields[n], zone) for n, v in row.items()} for row in rows]
    return [{n: v for n, v in row.items() if v is not None and n != "contact"} for row in told]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "recipes").mkdir()
    return tmp_path


def read(file: str, **how: Any) -> People:
    return read_people(SETTINGS, Path(), [ContactSource(file=file, **how)])


def exported_of(home: Path, rows: list[dict[str, Any]]) -> Exported:
    """These people, read from a file of JSON Lines, as they are handed out."""
    named = [{"email": f"n{number}@example.com", **row} for number, row in enumerate(rows)]
    lines = [json.dumps(row, default=str) + "\n" for row in named]
    (home / "first.jsonl").write_text("".join(lines), encoding="utf-8")
    project = Project(home, SETTINGS, has_file=False)
    return export_contacts(project, [], Sources([Path("first.jsonl")]), NOW, Order())


@settings(max_examples=examples(25), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=ROWS,
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030"]),
    delimiter=st.sampled_from(",;\t|"),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_whoever_is_exported_and_read_in_again_is_the_same(
    home: Path, rows: list[dict[str, Any]], encoding: str, delimiter: str, end: str
) -> None:
    exported = exported_of(home, rows)
    before = fields_of(read("first.jsonl"))
    text = b"".join(csv_lines(exported)).decode()
    cells = list(csv.reader(io.StringIO(text, newline="")))
    out = io.StringIO(newline="")
    quoted = csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL)
    quoted.writerows(cells)
    Path("again.csv").write_bytes(out.getvalue().encode(encoding))
    Path("again.jsonl").write_bytes(b"".join(json_lines(exported)))

    assert (
        fields_of(read("again.csv", encoding=encoding, delimiter=delimiter, decimal=".")) == before
    )
    assert fields_of(read("again.jsonl")) == before


@settings(max_examples=examples(5), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS)
def test_and_so_is_who_went_into_a_workbook(home: Path, rows: list[dict[str, Any]]) -> None:
    Path("again.xlsx").write_bytes(workbook(exported_of(home, rows)))

    assert fields_of(read("again.xlsx")) == fields_of(read("first.jsonl"))
