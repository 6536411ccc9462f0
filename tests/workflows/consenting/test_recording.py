"""What the ledger is told of the sources and the state: one entry a change, and nothing twice."""

from pathlib import Path

import pytest

from mactl.clock import to_epoch
from mactl.consent.entry import wording_hash
from mactl.project import Project
from mactl.store.consents import read_wordings
from mactl.workflows.opening import open_state
from mactl.workflows.suppressing.changing import lift, suppress
from tests.workflows.consenting.making import (
    NOW,
    PROVEN,
    ann,
    at,
    entries,
    happened,
    people,
    project_in,
    record,
    said,
)

LATER = at("2026-12-02T09:00")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return project_in(tmp_path)


def test_a_consent_in_columns_is_entered_once_with_all_that_proves_it(project: Project) -> None:
    people(project, [{"email": "bob@example.com"}, ann(**PROVEN)])

    assert record(project) == {("offers", "granted"): 1}
    assert record(project, LATER) == {}

    (entry,) = entries(project)
    assert (entry["source"], entry["place"], entry["channels"]) == ("form", "crm.csv:3", "email")
    assert entry["at"] == to_epoch(at("2026-01-02T10:00"))
    assert all(entry[proof] for proof in ("free", "specific", "informed", "unambiguous"))
    assert entry["wording"] == wording_hash("Yes, offers")
    with open_state(project) as state, state.reading() as connection:
        assert read_wordings(connection, [entry["wording"]]) == {entry["wording"]: "Yes, offers"}


@pytest.mark.parametrize(
    ("change", "state"),
    [
        ({"at": "2026-02-02T10:00"}, "granted"),
        ({"src": "fair"}, "granted"),
        ({"txt": "Yes, all offers"}, "granted"),
        ({"src": ""}, "granted"),
        ({"stopped": "yes"}, "withdrawn"),
        ({"ok": "no"}, "withdrawn"),
    ],
)
def test_every_change_is_an_entry_of_its_own(
    project: Project, change: dict[str, str], state: str
) -> None:
    people(project, [ann(**PROVEN)])
    record(project)
    people(project, [ann(**PROVEN | change)])

    assert record(project, LATER) == {("offers", state): 1}
    assert record(project, LATER) == {}


def test_rows_that_move_to_other_lines_are_no_change(project: Project) -> None:
    people(project, [ann(**PROVEN)])
    record(project)
    people(project, [{"email": "bob@example.com"}, ann(**PROVEN)])
    assert record(project, LATER) == {}


def test_an_empty_cell_or_a_no_of_somebody_who_never_said_yes_is_no_word(project: Project) -> None:
    people(project, [ann(ok="no"), {"email": "bob@example.com", "ok": ""}])
    assert record(project) == {}


def test_a_column_that_says_that_they_withdrew_counts_from_when_it_was_first_seen(
    project: Project,
) -> None:
    people(project, [ann(**PROVEN, stopped="yes")])
    record(project)
    assert [(entry["state"], entry["at"]) for entry in entries(project)] == [
        ("withdrawn", to_epoch(NOW))
    ]
    assert record(project, LATER) == {}


def test_what_is_not_confirmed_is_pending_until_it_is(project: Project) -> None:
    waiting = {"news": "yes", "at": "2026-11-30", "src": "form", "txt": "News"}
    people(project, [ann(**waiting)])
    assert record(project) == {("news", "pending"): 1}
    people(project, [ann(**waiting, sure="2026-12-01T10:00")])
    assert record(project, LATER) == {("news", "granted"): 1}


def test_a_wording_that_names_a_file_is_kept_as_it_was_then(project: Project) -> None:
    people(project, [ann(**PROVEN | {"txt": "words/v1.md"})])
    record(project)
    (entry,) = entries(project)
    assert (entry["file"], entry["wording"]) == ("words/v1.md", wording_hash("Send me the offers"))

    (project.folder / "words" / "v1.md").write_text("Send me everything", encoding="utf-8")
    assert record(project, LATER) == {}


@pytest.mark.parametrize("name", ["../outside.md", "/etc/hostname", "words", "no.md"])
def test_a_wording_reads_no_file_but_one_of_the_project(project: Project, name: str) -> None:
    (project.folder.parent / "outside.md").write_text("secret", encoding="utf-8")
    people(project, [ann(**PROVEN | {"txt": name})])
    record(project)
    assert [entry["file"] for entry in entries(project)] == [None]


def test_unsubscriptions_complaints_and_requests_are_entered_with_their_instant(
    project: Project,
) -> None:
    people(project, [ann()])
    happened(
        project,
        "ann@example.com,unsubscribed,2026-11-01T10:00,offers",
        "ann@example.com,complained,2026-11-02T10:00,",
        "ann@example.com,consent_asked,2026-11-03T10:00,news",
        "ann@example.com,unsubscribed,2027-11-03T10:00,news",
    )
    record(project)
    assert [(e["topic"], e["state"], e["at"]) for e in entries(project)] == [
        ("offers", "withdrawn", to_epoch(at("2026-11-01T10:00"))),
        ("", "withdrawn", to_epoch(at("2026-11-02T10:00"))),
        ("news", "pending", to_epoch(at("2026-11-03T10:00"))),
    ]
    assert record(project, LATER) == {}


def test_an_event_that_comes_again_is_entered_again_and_one_that_vanishes_stays(
    project: Project,
) -> None:
    people(project, [ann()])
    happened(project, "ann@example.com,unsubscribed,2026-11-01T10:00,offers")
    record(project)
    happened(project, "ann@example.com,unsubscribed,2026-11-05T10:00,offers")
    assert record(project, LATER) == {("offers", "withdrawn"): 1}
    happened(project)
    assert record(project, LATER) == {}
    assert said(project) == [("offers", "withdrawn")] * 2


def test_an_opt_out_on_the_suppression_list_is_entered_and_outlives_the_list(
    project: Project,
) -> None:
    people(project, [ann(**PROVEN)])
    suppress(project, ["ann@example.com", "eve@example.com"], "offers", "asked by phone", NOW)
    assert record(project) == {("offers", "granted"): 1, ("offers", "withdrawn"): 1}
    (_, entry) = entries(project)
    assert entry["source"] == "suppression list: asked by phone"
    lift(project, ["ann@example.com"], None)
    assert record(project, LATER) == {}
    assert said(project)[-1] == ("offers", "withdrawn")


def test_bounces_and_domains_on_the_list_are_nobodys_word(project: Project) -> None:
    people(project, [ann()])
    suppress(project, ["@example.com"], None, "rival", NOW)
    assert record(project) == {}


def test_one_person_in_two_rows_is_told_of_once(project: Project) -> None:
    people(
        project, [ann(contact_id="C1", **PROVEN), {"contact_id": "C1", "email": "a@example.com"}]
    )
    record(project)
    (entry,) = entries(project)
    assert entry["place"] == "crm.csv:2 and 1 more"


def test_a_dry_run_says_what_is_new_and_enters_nothing(project: Project) -> None:
    from mactl.workflows.consenting.filling import record_from_sources
    from mactl.workflows.gathering import Sources

    people(project, [ann(**PROVEN)])
    filled = record_from_sources(project, Sources(), NOW, dry_run=True)
    assert dict(filled.counts) == {("offers", "granted"): 1}
    assert entries(project) == []
