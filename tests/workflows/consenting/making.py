"""A project whose contacts stand in one file, which a test writes anew."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from mactl.clock import parse_instant, zone_named
from mactl.project import Project, load_project
from mactl.store.consents import read_consents
from mactl.workflows.consenting.filling import record_from_sources
from mactl.workflows.gathering import Sources
from mactl.workflows.opening import open_state

SETTINGS = """\
timezone: Europe/Amsterdam
contacts: [{file: crm.csv}]
events: [{file: "events*.csv"}]
consent:
  offers: {state: ok, at: at, source: src, wording: txt, withdrawn: stopped, free: true, unambiguous: true}
  news:
    {state: news, at: at, source: src, wording: txt, confirmed: sure, free: true, unambiguous: true,
     confirm_within: 7 days}
"""
COLUMNS = ("contact_id", "email", "ok", "at", "src", "txt", "stopped", "news", "sure")
EVENTS = "email,event,at,topic\n"
PROVEN = {"ok": "yes", "at": "2026-01-02T10:00", "src": "form", "txt": "Yes, offers"}

Row = Mapping[str, str]


def project_in(folder: Path) -> Project:
    """A project of its own in `folder`, with nobody in it and a wording under version control."""
    (folder / "mactl.yaml").write_text(SETTINGS, encoding="utf-8")
    (folder / "events.csv").write_text(EVENTS, encoding="utf-8")
    (folder / "words").mkdir()
    (folder / "words" / "v1.md").write_text("Send me the offers\n", encoding="utf-8")
    (folder / "recipes").mkdir()
    project, findings = load_project(folder)
    assert not findings
    people(project, [])
    return project


def people(project: Project, rows: Sequence[Row]) -> None:
    """Write the file of contacts."""
    lines = [",".join(f'"{row.get(name, "")}"' for name in COLUMNS) for row in rows]
    text = "\n".join([",".join(COLUMNS), *lines]) + "\n"
    (project.folder / "crm.csv").write_text(text, encoding="utf-8")


def happened(project: Project, *rows: str) -> None:
    """Write the file of events."""
    text = EVENTS + "".join(f"{row}\n" for row in rows)
    (project.folder / "events.csv").write_text(text, encoding="utf-8")


def ann(**says: str) -> dict[str, str]:
    """A row of Ann's."""
    return {"email": "ann@example.com", **says}


def at(text: str) -> datetime:
    """An instant on the project's wall clock."""
    return parse_instant(text, zone_named("Europe/Amsterdam"))


NOW = at("2026-12-01T09:00")


def record(project: Project, now: datetime = NOW) -> dict[tuple[str, str], int]:
    """Tell the ledger what is new."""
    return dict(record_from_sources(project, Sources(), now).counts)


def entries(project: Project) -> list[dict[str, Any]]:
    """What the ledger has."""
    with open_state(project) as state, state.reading() as connection:
        return read_consents(connection)


def said(project: Project) -> list[tuple[str, str]]:
    """Topic and state of every entry."""
    return [(entry["topic"], entry["state"]) for entry in entries(project)]
