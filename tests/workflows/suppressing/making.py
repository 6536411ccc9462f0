"""A project without people, and its suppression list."""

from datetime import UTC, datetime
from pathlib import Path

from mactl.project import Project, load_project
from mactl.store.state import State
from mactl.workflows.opening import open_state
from mactl.workflows.suppressing.importing import How, Imported, import_suppressions
from mactl.workflows.suppressing.listing import Wanted, list_suppressions
from mactl.workflows.suppressing.rows import Given

NOW = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)

Entry = tuple[str, str, str, str, int]


_CONSENT = (
    "{state: opt_in, at: opt_in_at, source: form, wording: text, free: true, unambiguous: true}"
)
_SETTINGS = f"""\
timezone: Europe/Amsterdam
consent:
  offers: {_CONSENT}
  news: {_CONSENT}
"""


def project_in(folder: Path) -> Project:
    """A project of its own in `folder`, which writes about offers and news."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "mactl.yaml").write_text(_SETTINGS, encoding="utf-8")
    project, findings = load_project(folder)
    assert not findings
    return project


def take(project: Project, text: str | bytes, how: How | None = None) -> Imported:
    """Imports a file with this text."""
    data = text.encode() if isinstance(text, str) else text
    return import_suppressions(project, [Given("list.csv", data)], NOW, how or How())


def entries_of(project: Project, wanted: Wanted | None = None) -> list[Entry]:
    """Key, topic, reason, source and instant of all that is on the list."""
    found = list_suppressions(project, wanted or Wanted()).entries
    return [tuple(row) for row in found.to_numpy().tolist()]


def state_of(project: Project) -> State:
    return open_state(project, write=True)
