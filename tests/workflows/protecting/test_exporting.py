"""Everything that is held of one person is told, and nothing of anybody else."""

import json
from pathlib import Path

from mactl.cli.views.privacy.export import _as_html, _as_json, _as_text
from mactl.privacy.holdings import HOLDINGS
from mactl.project import Project
from mactl.workflows.protecting.erasing import Manners, erase_person
from mactl.workflows.protecting.exporting import Exported, export_person
from tests.workflows.protecting.world import ANN, OTHER, PHONE, at, rows_of_all

NOW = at("2026-11-24T10:00")
NOT_HERS = ("bob", "Bob", "C-BOB", "31687654321", "cas@", "C-CAS", "all of it")


def export(project: Project, who: str = ANN) -> Exported:
    return export_person(project, who, NOW)


def test_all_that_is_hers_is_told_and_nothing_of_others(in_file: Project) -> None:
    exported = export(in_file)
    for told in (_as_json(exported), _as_text(exported), _as_html(exported)):
        for hers in (
            ANN,
            OTHER,
            PHONE,
            "Anna",
            "Yes, offers",
            "crm.csv:2" if "crm.csv:2" in told else "crm.csv",
        ):
            assert hers in told
        assert not [name for name in NOT_HERS if name in told]


def test_every_table_that_holds_her_is_in_it(in_file: Project) -> None:
    told = json.loads(_as_json(export(in_file)))
    assert {"enrollments", "events", "actions", "snapshots", "codes", "syncs"} <= told[
        "held"
    ].keys()
    named = {
        "contacts",
        "aliases",
        "sends",
        "suppressions",
        "consents",
        "wordings",
    }  # in their own words
    secret = {"consent_keys", "sync_batches"}
    known = {holding.table for holding in HOLDINGS if holding.personal}
    assert known <= told["held"].keys() | named | secret


def test_how_she_stood_is_told_in_words_and_to_her(in_file: Project) -> None:
    exported = export(in_file)
    stood = {row["name"]: row["value"] for row in exported.rest["snapshots"]}
    assert stood["column ok_at"] == at("2026-01-02T10:00")
    text = _as_text(exported)
    assert "How you stood at the last run" in text and "Journeys that you went through" in text
    assert "2026-01-02T10:00:00+01:00" in text.partition("How you stood")[2]


def test_messages_are_told_as_they_were_written(in_file: Project) -> None:
    [message] = json.loads(_as_json(export(in_file)))["messages"]
    assert message["subject"] == "Hi Ann"
    assert message["text"].startswith(f"{ANN}, {PHONE}")
    assert message["settled_at"].startswith("2026-11-23T")


def test_where_it_comes_from_what_for_and_who_else_has_it_is_told(in_file: Project) -> None:
    told = json.loads(_as_json(export(in_file)))
    assert [(row["path"], row["line"]) for row in told["sources"]] == [
        ("crm.csv", 2),
        ("crm.csv", 3),
    ]
    assert told["consents"]["offers"]["wording"] == "Yes, offers"
    assert {"sync crm", "export exports/hot.csv", "notify sales"} <= set(told["recipients"])
    assert told["purposes"][0]["purpose"] == "To say hello"
    assert [event["event"] for event in told["events"]].count(
        "page_view"
    ) == 2  # one of them imported
    assert told["segments"] == ["hello.all", "hello.called"]


def test_no_secret_of_the_state_goes_along(in_file: Project) -> None:
    told = _as_json(export(in_file))
    keys = [row["key"].hex() for row in rows_of_all(in_file)["consent_keys"]]
    assert not [key for key in keys if key in told]
    assert "'key'" not in told


def test_what_she_wrote_is_text_on_the_page(in_file: Project) -> None:
    people = Path("crm.csv")
    people.write_text(people.read_text().replace("Anna", "<script>x</script>\x1b[31m"))
    page, text = _as_html(export(in_file)), _as_text(export(in_file))
    assert "<script" not in page and "\x1b" not in text


def test_an_address_that_is_only_suppressed_can_be_asked_about(in_file: Project) -> None:
    erase_person(in_file, ANN, NOW, Manners())
    told = json.loads(_as_json(export(in_file)))
    assert (told["fields"], told["messages"], told["sources"]) == ({}, [], [])
    assert {row["topic"] for row in told["suppressions"]} == {"", "news"}
