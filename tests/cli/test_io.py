"""`mactl events import`, `contacts export` and `sync` as a person runs them."""

import json
from pathlib import Path

import pytest

from mactl.workflows.handing_out import ways
from tests.cli.conftest import Mactl
from tests.delivery.webs import web_server

LOG = (
    '203.0.113.9 - - [20/Nov/2026:10:00:0{} +0100] "GET /a?contact_id=C1 HTTP/1.1" 200 5 "-" '
    '"Mozilla/5.0 Firefox/140.0"\n'
)


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("mactl.yaml").write_text("contacts: [{file: contacts.csv}]\n")
    Path("contacts.csv").write_text("contact_id,email\nC1,ann@example.com\nC2,bob@example.com\n")
    Path("recipes").mkdir()
    Path("recipes/r.yaml").write_text("recipe: r\nsegments: {seen: {event: page_view}}\n")
    return tmp_path


def test_a_log_is_imported_once_and_counts(mactl: Mactl) -> None:
    Path("access.log").write_text(LOG.format(1) + LOG.format(2) + "\x1b[31mrubbish\n")
    would = mactl("events", "import", "access.log", "--dry-run")
    assert "2 events would be new of 1 known contact" in would.out
    ran = mactl("events", "import", "access.log")
    assert (ran.status, "2 events new of 1 known contact" in ran.out) == (0, True)
    assert "log-bad-line" in ran.err and "\x1b" not in ran.out + ran.err
    [told] = mactl("events", "import", "access.log", "--format", "json").json["files"]
    assert (told["new"], told["known"], told["faulty"]) == (0, 2, 1)
    segments = mactl("segments", "--format", "json").json
    assert json.dumps(segments).count("seen") and '"count": 1' in json.dumps(segments)


def test_what_is_no_export_is_refused_in_a_line(mactl: Mactl) -> None:
    Path("x.csv").write_text("a,b\n1,2\n")
    ran = mactl("events", "import", "x.csv")
    assert ran.status == 2 and "it can't be told whose export this is" in ran.err
    assert mactl("events", "import", "nowhere.log").status == 2


def test_people_are_exported_to_a_file_of_the_owner_s(mactl: Mactl) -> None:
    ran = mactl("contacts", "export", "--columns", "contact,email", "--out", "people.csv")
    assert (ran.status, ran.out) == (0, "")
    assert "2 written to people.csv" in ran.err
    assert Path("people.csv").read_bytes().splitlines()[1] == b'"C1","ann@example.com"'
    assert Path("people.csv").stat().st_mode & 0o077 == 0
    mactl("contacts", "export", "--out", "people.xlsx")
    assert Path("people.xlsx").read_bytes()[:2] == b"PK"
    refused = mactl("contacts", "export", "--for", "meta", "--out", "people.csv")
    assert refused.status == 2 and Path("people.csv").read_bytes().count(b"\n") == 3


def test_a_sync_says_what_it_told_and_ends_as_the_other_side_answers(mactl: Mactl) -> None:
    answers = {1: 200, 2: 400}
    with web_server(lambda number: answers.get(number, 200)) as web:
        settings = f"contacts: [{{file: contacts.csv}}]\nwebhooks: {{crm: {{url: '{web.url}'}}}}\n"
        Path("mactl.yaml").write_text(
            settings + "sync: {crm: {to: crm, columns: [email, segments], batch: 1}}\n"
        )
        dry = mactl("sync", "crm", "--dry-run")
        assert (dry.status, "2 new" in dry.out, "ann@example.com" in dry.out) == (0, True, True)
        first = mactl("sync", "crm")
        assert (first.status, "1 batch refused" in first.err) == (1, True)
        assert "2 new, 0 changed, 0 gone to tell" in first.out and "1 batch told" in first.out
        told = mactl("sync", "crm", "--format", "json")
        assert (told.status, told.json["new"], told.json["unchanged"]) == (0, 1, 1)
    assert mactl("sync", "crn").status == 2


def test_a_sync_that_nobody_answers_claims_to_have_told_nobody(
    mactl: Mactl, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ways, "_FIRST_PAUSE", 0.0)
    with web_server(lambda number: 503) as web:
        settings = f"contacts: [{{file: contacts.csv}}]\nwebhooks: {{crm: {{url: '{web.url}'}}}}\n"
        Path("mactl.yaml").write_text(settings + "sync: {crm: {to: crm, columns: [email]}}\n")
        first, second = mactl("sync", "crm"), mactl("sync", "crm")
    assert (first.status, second.status) == (75, 75)
    assert "2 new, 0 changed, 0 gone to tell" in first.out and "told" not in first.out
    assert "1 batch waiting for the next sync" in first.err
    assert "an earlier sync is not through yet" in second.out
