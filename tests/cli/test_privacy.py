"""`mactl privacy` as a person runs it."""

import csv
import json
from pathlib import Path

import pytest

from tests.cli.conftest import Mactl

ANN = "ann.vries@example.com"


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("mactl.yaml").write_text("project: acme\ncontacts: [{file: contacts.csv}]\n")
    Path("contacts.csv").write_text(f"contact_id,email\nC-000001,{ANN}\nC-000002,bob@example.com\n")
    Path("recipes").mkdir()
    Path("recipes/r.yaml").write_text("recipe: r\nsegments: {all: {field: email, empty: false}}\n")
    return tmp_path


def test_an_erasure_asks_shows_and_proves(mactl: Mactl) -> None:
    mactl("suppress", "add", ANN)
    mactl("contacts", "export", "--include-suppressed", "--out", "people.csv")
    refused = mactl("privacy", "erase", ANN)
    assert (refused.status, "--yes" in refused.err) == (2, True)
    would = mactl("privacy", "erase", ANN, "--dry-run")
    assert "people.csv: rows taken out" in would.out and ANN in Path("people.csv").read_text()
    ran = mactl("privacy", "erase", ANN, "--yes")
    assert ran.status == 0
    assert "contacts.csv:2" in ran.out and "not found" in ran.out
    assert ANN not in Path("people.csv").read_text()
    listed = mactl("contacts", "list", "--format", "json")
    assert [c["email"] for c in listed.json["contacts"]] == ["bob@example.com"]
    assert ANN not in listed.out + mactl("contacts", "check").err
    assert "mactl privacy readmit" in mactl("explain", ANN).err


def test_a_source_with_many_lines_of_theirs_is_told_in_one_line(mactl: Mactl) -> None:
    with Path("mactl.yaml").open("a") as file:
        file.write("events: [{file: events.csv}]\n")
    rows = [f"{ANN},visit,2026-11-01T10:{minute:02}" for minute in range(25)]
    Path("events.csv").write_text("\n".join(["email,event,at", *rows, ""]))
    ran = mactl("privacy", "erase", ANN, "--dry-run")
    assert "contacts.csv:2\n" in ran.out
    first = ", ".join(str(line) for line in range(2, 22))
    assert f"events.csv: lines {first} and more" in " ".join(ran.out.split())


def test_what_is_left_ends_in_one_with_its_place(mactl: Mactl) -> None:
    mactl("suppress", "add", ANN)
    Path(".mactl/old.txt").write_text(ANN.upper())
    ran = mactl("privacy", "erase", ANN, "--yes")
    assert ran.status == 1 and "still found in .mactl/old.txt" in ran.out
    told = mactl("privacy", "erase", ANN, "--yes", "--format", "json")
    assert (told.status, told.json["proof"]["found"]) == (1, [".mactl/old.txt"])


def test_nobody_known_cannot_be_erased(mactl: Mactl) -> None:
    ran = mactl("privacy", "erase", "bop@example.com", "--yes")
    assert ran.status == 2 and "did you mean 'bob@example.com'" in ran.err
    assert mactl("privacy", "readmit", ANN).status == 2


def test_what_is_held_goes_into_a_folder_or_by_the_ending_of_a_file(mactl: Mactl) -> None:
    assert "C-000001" in mactl("privacy", "export", ANN).out
    assert mactl("privacy", "export", ANN, "--format", "json").json["fields"]["email"] == ANN
    mactl("privacy", "export", ANN, "--out", "hers")
    assert sorted(p.name for p in Path("hers").iterdir()) == [
        "C-000001.html", "C-000001.json", "C-000001.txt",
    ]  # fmt: skip
    assert Path("hers/C-000001.html").stat().st_mode & 0o077 == 0
    mactl("privacy", "erase", ANN, "--yes")
    assert [p.name for p in Path("hers").iterdir()] == []  # mactl wrote them


def test_the_register_is_text_data_a_page_and_a_table(mactl: Mactl) -> None:
    told = mactl("privacy", "register")
    assert "Article 30" in told.out and "names no controller" in told.err
    assert mactl("privacy", "register", "--format", "json").json["missing"] == ["controller"]
    mactl("privacy", "register", "--out", "register.csv")
    with Path("register.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert rows[0]["activity"] == "Suppression list"
    mactl("privacy", "register", "--out", "register.html")
    assert Path("register.html").read_text().startswith("<!doctype html>")


def test_ci_hears_of_who_is_still_in_a_source(mactl: Mactl) -> None:
    assert mactl("privacy", "check", "--data").status == 0
    mactl("privacy", "erase", ANN, "--yes")
    ran = mactl("privacy", "check", "--data", "--format", "json")
    found = {finding["id"]: finding for finding in ran.json["findings"]}
    assert ran.status == 1
    assert (
        found["privacy-erased-in-source"]["path"],
        found["privacy-erased-in-source"]["line"],
    ) == ("contacts.csv", 2)
    assert mactl("privacy", "check").status == 0
    assert mactl("privacy", "check", "--fail-on", "warning").status == 1
    assert json.loads(mactl("privacy", "check", "--format", "sarif").out)["runs"]


def test_retention_says_what_would_go(mactl: Mactl) -> None:
    assert "nothing says how long" in mactl("privacy", "retain", "--dry-run").out
    with Path("mactl.yaml").open("a") as file:
        file.write("retention: 24 months\n")
    assert "nothing is older" in mactl("privacy", "retain", "--yes").out
    told = mactl("privacy", "retain", "--dry-run", "--format", "json").json
    assert (told["done"], told["terms"]["sends"], told["rows"]["sends"]) == (False, "24 months", 0)
