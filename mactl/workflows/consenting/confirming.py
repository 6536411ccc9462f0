"""`mactl consent confirm`: what came to the address that messages ask to confirm a consent with.

Whoever serves `sender.confirm` collects tokens; each names the message that asked, so it is known who was asked for
which topic, with which words, and when.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from mactl.clock import from_epoch, to_epoch, zone_named
from mactl.consent.entry import LONGEST, Entry, Origin, Said
from mactl.durations import add_duration
from mactl.findings import Finding, Severity
from mactl.people.sources.faults import line_findings, quoted
from mactl.project import Project
from mactl.store.consents import append_consents, find_entries_by, keep_wordings
from mactl.store.tables import consents, events
from mactl.store.tokens import Tokens
from mactl.workflows.consenting.recording import Wordings
from mactl.workflows.opening import GO_THERE, need_file, open_state, select_recipes
from mactl.workflows.suppressing.importing import reader_of_instants, tokens_in
from mactl.workflows.suppressing.rows import Given, Row, read_rows

COMMAND = "consent confirm"
_FORGED = "consent-forged-token"
_NOT_ASKED = "consent-not-asked"
_LATE = "consent-confirmed-late"
_BAD_DATE = "consent-bad-date"
_HINT = "the row is left out; importing the file again enters nothing twice"


@dataclass(frozen=True, slots=True)
class Confirmed:
    """How many consents are new, how many were confirmed before, and what is wrong with the rest."""

    confirmed: int
    known: int
    findings: Sequence[Finding]


@dataclass(frozen=True, slots=True)
class _Asked:
    """The request that a token answers; `at` in epoch seconds."""

    contact: str
    topic: str
    wording: str
    recipe: str
    step: str
    at: int


def confirm_consents(project: Project, files: Sequence[Given], now: datetime) -> Confirmed:
    """Enter the consents that the tokens in `files` confirm; each file has one a line, or CSV with `token` and `at`.

    A row without an instant counts from `now`. A token is good once, and only in the time that its topic leaves
    (`confirm_within`). Raises ConfigurationError without a project, UnreadableInput or UsageError for a file that can't
    be read.
    """
    need_file(project, "the ledger of consents is a project's", GO_THERE)
    confirmed = known = 0
    findings: list[Finding] = []
    with open_state(project, write=True) as state, state.writing() as connection:
        desk = _Desk(project, connection, Tokens(state.secret), now)
        for given in files:
            table = read_rows(given)
            faults: dict[str, dict[int, str]] = {}
            for row in table.rows:
                outcome = desk.confirm(row)
                if isinstance(outcome, tuple):
                    faults.setdefault(outcome[0], {})[row.line] = outcome[1]
                elif outcome:
                    confirmed += 1
                else:
                    known += 1
            findings += [*table.findings, *_findings(given.name, faults)]
        desk.write()
    return Confirmed(confirmed, known, findings)


def _findings(path: str, faults: Mapping[str, dict[int, str]]) -> list[Finding]:
    return [
        finding
        for id, lines in faults.items()
        for finding in line_findings(
            id, Severity.ERROR, path, list(lines), list(lines.values()).__getitem__, _HINT
        )
    ]


class _Desk:
    """Where tokens are handed in."""

    def __init__(
        self, project: Project, connection: Connection, tokens: Tokens, now: datetime
    ) -> None:
        self._project, self._connection, self._tokens = project, connection, tokens
        self._now, self._zone = to_epoch(now), zone_named(project.settings.timezone)
        self._instant = reader_of_instants(self._zone, self._now)
        self._homes = {
            recipe.origin: Path(recipe.document.path).parent
            for recipe in select_recipes(project, ()).cookbook.recipes.values()
        }
        self._words: dict[tuple[str, str], tuple[str | None, str]] = {}
        self._texts: dict[str, str] = {}
        self._entries: list[Entry] = []
        self._done: set[str] = set()

    def confirm(self, row: Row) -> bool | tuple[str, str]:
        """Whether a row confirms something that was not confirmed before; or the id of what is wrong, and what it
        is."""
        send = next(filter(None, map(self._tokens.read_confirm, tokens_in(row))), None)
        if send is None:
            return _FORGED, f"{quoted(row.entry)} is no token of a request for consent of ours"
        asked = self._asked_by(send)
        if asked is None:
            return _NOT_ASKED, "its message asked for no consent, or is not in this state"
        at = self._now if row.at is None else self._instant(row.at)
        if at is None:
            return _BAD_DATE, f"{quoted(row.at)} is no instant in the past"
        place = f"send {send}"
        if place in self._done or find_entries_by(self._connection, consents.c.place == place):
            return False
        if (late := self._lateness(asked, at)) is not None:
            return _LATE, late
        self._done.add(place)
        self._entries.append(self._entry(asked, place, max(at, asked.at)))
        return True

    def write(self) -> None:
        """Enter what was confirmed."""
        keep_wordings(self._connection, self._texts)
        append_consents(self._connection, self._entries)

    def _asked_by(self, send: str) -> _Asked | None:
        """The request that went out with a send."""
        query = select(events.c.contact, events.c.at, events.c.properties)
        row = self._connection.execute(query.where(events.c.source_id == f"consent:{send}")).first()
        if row is None:
            return None
        told: dict[str, Any] = json.loads(row.properties)
        return _Asked(
            row.contact, told["topic"], told["wording"], told["recipe"], told["step"], row.at
        )

    def _lateness(self, asked: _Asked, at: int) -> str | None:
        declared = self._project.settings.consent.get(asked.topic)
        if declared is None or declared.confirm_within is None:
            return None
        until = add_duration(from_epoch(asked.at), declared.confirm_within, self._zone)
        if at <= to_epoch(until):
            return None
        return f"it was confirmed more than {declared.confirm_within} after it was asked; ask again"

    def _entry(self, asked: _Asked, place: str, at: int) -> Entry:
        declared = self._project.settings.consent.get(asked.topic)
        wording, file = self._wording(asked)
        return Entry(
            contact=asked.contact,
            topic=asked.topic,
            state=str(Said.GRANTED),
            at=at,
            source=f"confirmed what {asked.recipe}.{asked.step} asked"[:LONGEST],
            place=place,
            wording=wording,
            file=file,
            free="declared in mactl.yaml" if declared is not None and declared.free else None,
            specific=f"asked for {asked.topic} alone",
            informed=f"the words of {asked.wording}" if wording else None,
            unambiguous="they followed the link of a message that asked them",
            channels=";".join(declared.channel) if declared else "email",
            origin=str(Origin.TOKEN),
            recorded_at=self._now,
            recorded_by=COMMAND,
        )

    def _wording(self, asked: _Asked) -> tuple[str | None, str]:
        """The hash of the words that they were asked with, and their file as seen from mactl.yaml."""
        key = (asked.recipe, asked.wording)
        if key not in self._words:
            home = self._homes.get(asked.recipe, self._project.cookbook).resolve()
            path, folder = (home / asked.wording).resolve(), self._project.folder.resolve()
            name = str(path.relative_to(folder) if path.is_relative_to(folder) else path)
            files = Wordings(self._project.folder)
            text = files.file(name)
            self._words[key] = (None if text is None else files.add(text)), name
            self._texts |= files.texts
        return self._words[key]
