"""`mactl consent` at a shell: what it prints, what programs read, and how it ends."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import NOW, Mactl

SETTINGS = """\
timezone: Europe/Amsterdam
contacts: [{file: crm.csv}]
consent: {offers: {state: ok, at: at, source: src, wording: txt, free: true, unambiguous: true}}
"""
# As Excel writes it.
PEOPLE = (
    "\ufeffE-mail;contact_id;ok;at;src;txt\r\n"
    'ann@example.com;C1;yes;2026-01-02 10:00;"form; checkout";"Yes, offers"\r\n'
    "bob@example.com;=C2;yes;;form;v1\r\n"
    "cas@example.com;C3;;;;\r\n"
)
RECIPE = """\
recipe: offer
title: Offer
privacy: {basis: [consent], topic: offers, purpose: x}
segments: {all: {field: email, empty: false}}
templates: {o: {subject: Hi, body: x}}
journey: {enter: {segment: all}, leave: [], steps: [{send: o}]}
"""


@pytest.fixture
def consent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mactl: Mactl) -> Callable[..., Any]:
    """Runs `mactl consent ARGUMENTS` in a project of three people."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "recipes").mkdir()
    (tmp_path / "recipes" / "offer.yaml").write_text(RECIPE, encoding="utf-8")
    (tmp_path / "mactl.yaml").write_text(
        SETTINGS.replace("crm.csv}", "crm.csv, columns: {E-mail: email}}"), encoding="utf-8"
    )
    (tmp_path / "crm.csv").write_text(PEOPLE, encoding="utf-8", newline="")
    (tmp_path / "words.md").write_text("Send me offers", encoding="utf-8")
    return lambda *arguments: mactl("consent", *arguments, "--now", NOW)


def test_show_tells_programs_what_others_build_on(consent: Callable[..., Any]) -> None:
    told = consent("show", "C1", "--format", "json").json

    assert told["contact"] == "C1"
    offers = told["topics"]["offers"]
    assert offers["state"] == "granted"
    assert offers["at"] == "2026-01-02T10:00:00+01:00"
    assert (offers["source"], offers["wording"]) == ("form; checkout", "Yes, offers")
    assert list(offers["proofs"]) == ["free", "specific", "informed", "unambiguous"]
    assert all(offers["proofs"].values())
    assert consent("show", "C3", "--format", "json").json["topics"] == {}


def test_show_tells_people_the_same(consent: Callable[..., Any]) -> None:
    shown = consent("show", "ann@example.com").out
    assert "offers: granted at 2026-01-02 10:00; the proof holds (not in the ledger yet)" in shown
    assert "source: form; checkout in crm.csv:2" in shown
    assert "nothing is on record" in consent("show", "cas@example.com").out
    assert "the proof would not hold: it is not on record when" in consent("show", "=C2").out


def test_check_counts_lists_and_writes_what_a_spreadsheet_works_nothing_out_of(
    consent: Callable[..., Any], tmp_path: Path
) -> None:
    checked = consent("check")
    assert checked.status == 1
    assert "lacking" in checked.out
    assert "live recipes write on offers by consent" in checked.err

    told = consent("check", "--format", "json").json
    assert [row["contacts"] for row in told["counts"]] == [1, 1]
    assert [row["contact"] for row in told["ask_again"]] == ["=C2"]

    consent("check", "--out", "again.csv")
    assert (tmp_path / "again.csv").read_text(encoding="utf-8").splitlines() == [
        "contact,email,topic,verdict,why",
        "'=C2,bob@example.com,offers,lacking,it is not on record when",
    ]


def test_check_is_content_where_nobody_relies_on_what_does_not_hold(
    consent: Callable[..., Any], tmp_path: Path
) -> None:
    draft = RECIPE.replace("title:", "status: draft\ntitle:")
    (tmp_path / "recipes" / "offer.yaml").write_text(draft, encoding="utf-8")
    assert consent("check").status == 0


def test_the_ledger_is_told_listed_verified_and_corrected(consent: Callable[..., Any]) -> None:
    assert consent("record", "--from-sources").out == "offers: 2 granted recorded\n"
    assert consent("record", "--from-sources").out == "the ledger knows all of it already\n"
    said = ("--at", "2026-11-20", "--source", "phone", "--wording", "words.md", "--free", "a call")
    assert "nothing shows unambiguous" in consent("record", "C3", "offers", *said).err
    assert consent("record", "C3", "offers", "--state", "withdrawn").status == 0

    told = consent("list", "--format", "json").json
    assert [(e["number"], e["contact"], e["state"]) for e in told["entries"]] == [
        (1, "C1", "granted"), (2, "=C2", "granted"), (3, "C3", "granted"), (4, "C3", "withdrawn"),
    ]  # fmt: skip
    assert consent("list", "C3", "--state", "granted", "--format", "json").json["count"] == 1
    verified = consent("verify", "--format", "json")
    assert (verified.status, verified.json["entries"], verified.json["faults"]) == (0, 4, [])
    assert consent("verify", "--head", verified.json["head"]).status == 0
    assert consent("verify", "--head", f"9:{'0' * 64}").status == 1
    assert consent("correct", "4", "--reason", "it was another").out == "entry 4 counts no more\n"
    assert consent("show", "C3", "--format", "json").json["topics"]["offers"]["state"] == "granted"


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["record"], "name a contact"),
        (["record", "C1", "--from-sources"], "name a contact"),
        (["record", "C1", "offers", "--state", "maybe"], "choose one of"),
        (["record", "C1", "offers", "--dry-run"], "go with --from-sources"),
        (["list", "--state", "maybe"], "choose one of"),
        (["list", "nobody"], "knows no contact"),
        (["show", "nobody"], "there is no contact"),
        (["check", "--topic", "offer"], "did you mean 'offers'?"),
        (["verify", "--head", "x"], "NUMBER:LINK"),
        (["confirm", "none.csv"], "none.csv"),
    ],
)
def test_what_cannot_be_is_said_in_a_line(
    consent: Callable[..., Any], arguments: list[str], why: str
) -> None:
    ran = consent(*arguments)
    assert (ran.status, ran.out) == (2, "")
    assert why in ran.err


def test_send_tells_the_ledger_and_what_it_was_told_changes_nothing(
    consent: Callable[..., Any], mactl: Mactl, tmp_path: Path
) -> None:
    with (tmp_path / "mactl.yaml").open("a", encoding="utf-8") as file:
        file.write(
            "smtp: {url: 'maildir:out'}\nsender: {from: 'A <a@example.org>', address: Acme,"
            " unsubscribe: 'https://example.org/u/{token}'}\n"
        )
    planned = mactl("plan", "--now", NOW, "--format", "json").json["sends"]
    assert mactl("send", "--yes", "--now", NOW).status == 0
    assert [entry["contact"] for entry in consent("list", "--format", "json").json["entries"]] == [
        "C1",
        "=C2",
    ]
    assert [send["contact"] for send in planned] == ["C1"]

    people = (tmp_path / "crm.csv").read_text(encoding="utf-8")
    (tmp_path / "crm.csv").write_text(people.replace(";yes;2026", ";no;2026"), encoding="utf-8")
    assert mactl("send", "--yes", "--now", "2026-12-02T09:00").status == 0
    (tmp_path / "crm.csv").write_text(people, encoding="utf-8")
    assert mactl("send", "--yes", "--now", "2026-12-03T09:00").status == 0
    shown = consent("show", "C1", "--format", "json").json["topics"]["offers"]
    assert (shown["state"], shown["holds"]) == ("withdrawn", False)
