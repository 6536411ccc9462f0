"""One nasty file, and what must come of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from mactl.clock import zone_named
from mactl.columns import plain_value
from mactl.errors import MactlError
from mactl.findings import Finding
from mactl.people.people import People, read_people
from mactl.project import ContactSource, Settings


@dataclass(frozen=True)
class Case:
    """A file's name and bytes, how mactl.yaml declares it, and what comes of it.

    `contacts` are the filled fields of each contact, in order; `findings` are `LINE: id` (0: the whole file), in
    reading order. Or `refused` is the one line that says why nothing is read.
    """

    name: str
    content: bytes
    contacts: Sequence[Mapping[str, Any]] = ()
    findings: Sequence[str] = ()
    refused: str | None = None
    file: str = "contacts.csv"
    source: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """What came of a file, in the words of a case."""

    contacts: Sequence[Mapping[str, Any]]
    findings: Sequence[str]
    refused: str | None


def outcome_of(case: Case, folder: Path) -> Outcome:
    """Read the file of a case, written into `folder`, which is the working directory."""
    (folder / case.file).write_bytes(case.content)
    settings = Settings.model_validate(dict(case.settings))
    source = ContactSource.model_validate({"file": case.file, **case.source})
    try:
        people = read_people(settings, Path(), [source])
    except MactlError as refused:
        return Outcome((), (), refused.message)
    return Outcome(_contacts(people), [_told(finding) for finding in people.findings], None)


def _contacts(people: People) -> list[dict[str, Any]]:
    zone = zone_named("UTC")
    rows = people.contacts.select(list(people.fields)).to_pylist()
    return [
        {
            name: _plain(plain_value(value, people.fields[name], zone))
            for name, value in row.items()
            if value is not None
        }
        for row in rows
    ]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, (date, datetime)) else value


def _told(finding: Finding) -> str:
    return f"{finding.place.line if finding.place else 0}: {finding.id}"
