"""What files bring onto the list, and what they don't."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import select

from mactl.clock import from_epoch, parse_instant, to_epoch, zone_named
from mactl.errors import ConfigurationError, UnreadableInput, UsageError
from mactl.project import Project, load_project
from mactl.store.suppressions import Suppression, add_suppressions, suppress_hash
from mactl.store.tables import events
from mactl.store.tokens import Tokens
from mactl.workflows.suppressing.exporting import export_csv
from mactl.workflows.suppressing.importing import How
from mactl.workflows.suppressing.listing import Wanted, list_suppressions
from tests.conftest import ROOT
from tests.store.making import queue
from tests.workflows.suppressing.making import NOW, entries_of, project_in, state_of, take

CASES = yaml.safe_load(
    (ROOT / "tests" / "cases" / "suppression" / "files.yaml").read_text(encoding="utf-8")
)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return project_in(tmp_path)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_file_says_who_must_not_be_written_to(project: Project, case: dict[str, Any]) -> None:
    imported = take(project, case["file"], How(**case.get("how", {})))

    zone = zone_named("UTC")
    wanted = [
        (*entry[:4], to_epoch(parse_instant(entry[4], zone) if len(entry) > 4 else NOW))
        for entry in case["entries"]
    ]
    assert entries_of(project) == wanted
    told = case.get("findings", [])
    found = imported.findings
    assert [(f.place.line if f.place else 0, f.id) for f in found] == [(n, id) for n, id, _ in told]
    for finding, (_, _, words) in zip(found, told, strict=True):
        assert words in finding.message
    assert imported.passed_over == case.get("passed_over", 0)
    assert imported.suppressed == len(wanted)
    assert imported.faulty == sum(id != "suppression-bad-date" for _, id, _ in told)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_same_file_twice_adds_nothing_and_a_trial_run_says_so_before(
    project: Project, case: dict[str, Any]
) -> None:
    how = case.get("how", {})
    trial = take(project, case["file"], How(**how, dry_run=True))
    assert entries_of(project) == []
    first = take(project, case["file"], How(**how))
    assert trial == first

    before = entries_of(project)
    again = take(project, case["file"], How(**how))
    assert (again.suppressed, again.rows) == (0, first.rows)
    assert again.known == first.known + first.suppressed
    assert entries_of(project) == before


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_a_file_in_another_encoding_is_read(project: Project, encoding: str) -> None:
    take(project, "email;grund\r\njosé@example.com;weg\r\n".encode(encoding))

    assert [entry[0] for entry in entries_of(project)] == ["josé@example.com"]


def test_an_encoding_may_be_named(project: Project) -> None:
    imported = take(project, "łukasz@example.com\n".encode("cp1250"), How(encoding="cp1250"))

    assert entries_of(project)[0][0] == "łukasz@example.com"
    assert not imported.findings


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("", UnreadableInput, "empty"),
        ("PK\x03\x04x", UnreadableInput, "an Excel workbook"),
        ("naam,bedrijf\nAnn,Acme\n", UnreadableInput, "no column tells who is meant"),
        ('{"suppressions": []}', UnreadableInput, "JSON"),
    ],
)
def test_what_is_no_list_is_refused_and_nothing_is_taken(
    project: Project, text: str, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        take(project, text)
    assert entries_of(project) == []


def test_a_column_that_is_not_there_is_refused_with_those_that_are(project: Project) -> None:
    with pytest.raises(UsageError, match="no column 'mail'") as refused:
        take(project, "email,reason\nann@example.com,x\n", How(column="mail"))
    assert refused.value.hint == "its columns: email, reason"


def test_without_a_project_there_is_no_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    nowhere, _ = load_project(Path())
    with pytest.raises(ConfigurationError, match=r"no mactl\.yaml"):
        take(nowhere, "ann@example.com\n")


def test_an_entry_that_is_there_keeps_its_reason_and_its_instant(project: Project) -> None:
    take(project, "email,reason,at\nann@example.com,first,2026-01-01\n")
    take(project, "email,reason,at\nANN@example.com,second,2026-02-01\n")

    (entry,) = entries_of(project)
    assert (entry[2], from_epoch(entry[4]).isoformat()) == ("first", "2025-12-31T23:00:00+00:00")


def test_a_list_with_keyed_hashes_is_read_back_where_it_was_written(
    project: Project, tmp_path: Path
) -> None:
    with state_of(project) as state, state.writing() as connection:
        suppress_hash(connection, Suppression("ann@example.com", "erased", "command", 0))
    text = b"".join(export_csv(list_suppressions(project, Wanted()).entries))

    assert take(project, text).known == 1
    elsewhere = take(project_in(tmp_path / "elsewhere"), text)
    assert (elsewhere.suppressed, elsewhere.faulty) == (0, 1)


@pytest.fixture
def sent(project: Project) -> dict[str, str]:
    """Who sends went to → the token of their unsubscribe address."""
    with state_of(project) as state:
        names = ("ann", "bob", "cas")
        ids = queue(state, *names, topic="offers")
        tokens = Tokens(state.secret)
        return {name: tokens.unsubscribe(id) for name, id in zip(names, ids, strict=True)}


@pytest.mark.parametrize(
    "file",
    [
        "{ann}\n{bob}\n",
        "token,at\n{ann},2026-11-30T10:00\n{bob},\n",
        "https://acme.example/u/{ann}\nhttps://acme.example/u?t={bob}&x=1\n",
        "email\n{ann}\n{bob}\n",
    ],
)
def test_tokens_of_the_unsubscribe_address_suppress_their_topic_and_withdraw_consent(
    project: Project, sent: dict[str, str], file: str
) -> None:
    imported = take(project, file.format(**sent), How(topic="ignored", reason="ignored"))

    assert not imported.findings
    assert [entry[:4] for entry in entries_of(project)] == [
        ("ann@example.com", "offers", "unsubscribed", "unsubscribe"),
        ("bob@example.com", "offers", "unsubscribed", "unsubscribe"),
    ]
    with state_of(project) as state, state.reading() as connection:
        told = connection.execute(select(events)).all()
    assert [(row.contact, row.event) for row in told] == [
        ("contact-ann", "unsubscribed"), ("contact-bob", "unsubscribed"),
    ]  # fmt: skip
    assert json.loads(told[0].properties)["topic"] == "offers"
    assert take(project, file.format(**sent)).suppressed == 0


def test_a_forged_token_suppresses_nobody_and_is_told(
    project: Project, sent: dict[str, str]
) -> None:
    forged = ("A" if sent["ann"][0] != "A" else "B") + sent["ann"][1:]
    with state_of(project) as state:
        confirm = Tokens(state.secret).confirm("0" * 32)
        stranger = Tokens(state.secret).unsubscribe("0" * 32)
    imported = take(project, f"token\n{forged}\n{confirm}\nnonsense\n{stranger}\n{sent['cas']}\n")

    assert [(f.place.line if f.place else 0, f.id) for f in imported.findings] == [
        (2, "suppression-forged-token"),
        (3, "suppression-forged-token"),
        (4, "suppression-forged-token"),
        (5, "suppression-unknown-send"),
    ]
    assert [entry[0] for entry in entries_of(project)] == ["cas@example.com"]
    assert (imported.rows, imported.suppressed, imported.faulty) == (5, 1, 4)


def test_an_unsubscribe_is_kept_though_the_domain_is_suppressed(
    project: Project, sent: dict[str, str]
) -> None:
    with state_of(project) as state, state.writing() as connection:
        add_suppressions(connection, [Suppression("@example.com", "rival", "command", 0)])

    assert take(project, f"{sent['ann']}\n").suppressed == 1
    assert ("ann@example.com", "offers") in {entry[:2] for entry in entries_of(project)}
