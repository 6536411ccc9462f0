"""Who shares an address with somebody, and is kept apart from them: each is shown and erased alone."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from mactl.errors import UsageError
from mactl.keeping import note_written
from mactl.project import Project, load_project
from mactl.workflows.gathering import Sources, gather
from mactl.workflows.opening import open_state
from mactl.workflows.protecting.erasing import Erasure, Manners, erase_person
from mactl.workflows.protecting.exporting import export_person
from mactl.workflows.sending.send import Manners as SendManners
from mactl.workflows.sending.send import send_now
from tests.workflows.protecting.world import SETTINGS, at, suppressed

DESK, PHONE = "desk@example.com", "+31612345678"
NOW, LATER = at("2026-11-23T10:00"), at("2026-11-24T10:00")
RECIPE = """\
recipe: hello
privacy: {basis: [consent], topic: offers, purpose: To say hello, data: [name, email], retention: 12 months}
segments: {all: {field: email, empty: false}}
journey:
  enter: {segment: all}
  leave: []
  steps:
    - send: hi
    - export: {to: exports/hot.csv, columns: [email, first_name]}
templates:
  hi: {subject: "Hi {{ contact.first_name }}", body: "Good day."}
"""
HEAD = "contact_id,email,phone,first_name,ok,ok_at,src,txt"
SAID = 'yes,2026-01-02T10:00,form,"Yes, offers"'
ROWS = [
    f"C-0000001,{DESK},{PHONE},Annabel,{SAID}",
    f"C-0000002,{DESK},{PHONE},Boudewijn,{SAID}",
]


def project_in(folder: Path, *rows: str, **settings: Any) -> Project:
    told = {**SETTINGS, "contacts": [{"file": "c.csv"}], "events": [], "codes": {}, "sync": {}}
    (folder / "mactl.yaml").write_text(json.dumps(told | settings))
    (folder / "recipes").mkdir()
    (folder / "recipes" / "hello.yaml").write_text(RECIPE)
    (folder / "c.csv").write_text("\n".join([HEAD, *(rows or ROWS), ""]))
    project, findings = load_project(folder)
    assert not findings
    return project


def send(project: Project, now: datetime = NOW) -> None:
    send_now(project, [], Sources(), now, SendManners())


def erase(project: Project, who: str, **how: Any) -> Erasure:
    return erase_person(project, who, LATER, Manners(**how))


def keys(project: Project) -> list[str]:
    with open_state(project) as state:
        return list(gather(project, Sources(), state, LATER).contacts["key"])


IDS = ["contact_id", "email", "phone"]


@pytest.mark.parametrize(
    ("identity", "gone", "stays", "is_known"),
    [(IDS[:1], 1, 2, True), (IDS[:2], 1, 2, False), (IDS, 1, 2, True), (IDS, 2, 1, True)],
)
def test_whoever_of_them_is_erased_the_other_stays_and_keeps_the_address(
    folder: Path, identity: list[str], gone: int, stays: int, is_known: bool
) -> None:
    project = project_in(folder, identity=identity)
    if is_known:
        send(project)
    erased = erase(project, f"C-000000{gone}")
    assert erased.is_proven
    assert {DESK, PHONE} <= {*erased.held.subject.shared}
    with open_state(project) as state:
        assert suppressed(state) == []
    assert keys(project) == [f"C-000000{stays}"]
    send(project, at("2026-11-24T11:00"))
    assert keys(project) == [f"C-000000{stays}"]


def mails() -> list[str]:
    return [path.read_text() for path in sorted(Path("outbox/new").iterdir())]


@pytest.mark.parametrize(("gone", "name"), [("C-0000001", "Annabel"), ("C-0000002", "Boudewijn")])
def test_a_mail_to_the_address_that_they_share_goes_with_whom_it_was_written_to(
    folder: Path, gone: str, name: str
) -> None:
    project = project_in(folder)
    send(project)
    [mail] = mails()  # one for the address
    assert erase(project, gone).is_proven
    assert mails() == ([] if f"Hi {name}" in mail else [mail])


def test_a_file_that_has_only_what_they_share_is_told_and_stays(folder: Path) -> None:
    project = project_in(folder)
    files = {
        "plain.csv": f"email,first_name\n{DESK},Annabel\n{DESK},Boudewijn\n",
        "keyed.csv": f"contact,email\nC-0000001,{DESK}\nC-0000002,{DESK}\n",
        "page.html": f"<p>{DESK}</p>",
        "none.csv": "email\ncas@example.com\n",
    }
    for name, text in files.items():
        (folder / name).write_text(text)
        note_written(folder, folder / name)
    held = erase(project, "C-0000001").held
    assert [(one.path.name, one.rows) for one in held.outputs] == [("keyed.csv", 1)]
    unclear = {one.path.name: one.rows for one in held.unclear}
    assert unclear == {"plain.csv": 2, "keyed.csv": 1, "page.html": None}
    assert (folder / "plain.csv").read_text() == files["plain.csv"]
    assert "C-0000001" not in (folder / "keyed.csv").read_text()


def test_once_both_are_erased_the_address_comes_back_no_more(folder: Path) -> None:
    project = project_in(folder)
    send(project)
    erase(project, "C-0000001")
    assert erase(project, "C-0000002").held.subject.shared == []
    (folder / "c.csv").write_text(f"{HEAD}\n,{DESK},,Somebody,{SAID}\n")
    assert keys(project) == []


def test_an_address_that_several_have_names_nobody(folder: Path) -> None:
    project = project_in(folder)
    with pytest.raises(UsageError, match="several contacts are known by") as told:
        erase(project, DESK.upper())
    assert "'C-0000001', 'C-0000002'" in told.value.message
    with pytest.raises(UsageError, match="several contacts are known by"):
        export_person(project, DESK, NOW)
    assert keys(project) == ["C-0000001", "C-0000002"]
    assert export_person(project, "C-0000002", NOW).fields["first_name"] == "Boudewijn"


def test_who_is_known_by_a_second_address_that_only_a_source_has_is_found(folder: Path) -> None:
    project = project_in(folder, ROWS[0], "C-0000001,second@example.org,,,,,,")
    assert export_person(project, "second@example.org", NOW).subject.key == "C-0000001"
