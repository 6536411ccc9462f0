"""Files to read, and people to have read from them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mactl.findings import Finding
from mactl.people.events import Events, read_events
from mactl.people.people import People, read_people
from mactl.people.sources.reading import read_sheet
from mactl.people.sources.sheets import Sheet
from mactl.project import ContactSource, EventSource, Settings

Write = Callable[..., str]
ReadSheet = Callable[..., tuple[Sheet, list[Finding]]]
ReadPeople = Callable[..., People]
ReadEvents = Callable[..., Events]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write a file into the working directory, and say its name."""
    monkeypatch.chdir(tmp_path)

    def write_file(content: str | bytes, name: str = "contacts.csv") -> str:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return name

    return write_file


@pytest.fixture
def sheet(write: Write) -> ReadSheet:
    """Read a text as a sheet."""

    def read(content: str | bytes, **source: Any) -> tuple[Sheet, list[Finding]]:
        name = write(content)
        return read_sheet(Path(name), ContactSource.model_validate({"file": name, **source}))

    return read


@pytest.fixture
def people(write: Write) -> ReadPeople:
    """Read texts, each a file of contacts, as people; keywords are settings."""

    def read(
        *contents: str | bytes, known: Any = None, sources: Any = None, **settings: Any
    ) -> People:
        names = [write(content, f"contacts{n}.csv") for n, content in enumerate(contents, 1)]
        given = sources or [{} for _ in names]
        return read_people(
            Settings.model_validate(settings),
            Path(),
            [
                ContactSource.model_validate({"file": name, **source})
                for name, source in zip(names, given, strict=True)
            ],
            known,
        )

    return read


@pytest.fixture
def events(write: Write) -> ReadEvents:
    """Read texts, each a file of events, of these people; keywords are settings."""

    def read(people: People, *contents: str | bytes, names: Any = None, **settings: Any) -> Events:
        files = [write(content, f"events{n}.csv") for n, content in enumerate(contents, 1)]
        sources = [
            EventSource.model_validate({"file": file, "names": names or {}}) for file in files
        ]
        return read_events(Settings.model_validate(settings), Path(), sources, people)

    return read


def rows_of(sheet: Sheet) -> list[dict[str, str | None]]:
    """The rows of a sheet as plain values."""
    columns = {field: cells.array().to_pylist() for field, cells in sheet.columns.items()}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def told(findings: Any) -> list[str]:
    """Findings as `place: id`."""
    return [f"{finding.place}: {finding.id}" for finding in findings]
