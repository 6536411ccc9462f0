"""Files of the suppressed → the list: addresses, domains and hashes, and what an unsubscribe address collected."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from mactl.clock import parse_instant, to_epoch, zone_named
from mactl.feedback.mailboxes.mailbox import Letter
from mactl.feedback.report import Kind, Report
from mactl.findings import Finding, Severity
from mactl.people.sources.faults import line_findings, quoted
from mactl.project import Project
from mactl.store.covering import EntryKind, kind_of
from mactl.store.state import State
from mactl.store.suppressions import (
    ALL_MAIL,
    Suppression,
    add_suppressions,
    address_key,
    find_entries,
)
from mactl.store.tokens import Tokens
from mactl.workflows.feedback_books import Action, FeedbackBooks
from mactl.workflows.opening import GO_THERE, need_file, open_state
from mactl.workflows.suppressing.entries import read_entries
from mactl.workflows.suppressing.rows import Given, Row, Rows, read_rows
from mactl.workflows.suppressing.topics import unknown_topics

IMPORT = "import"
"""The source of what a file brought that names none."""
_REASON = "imported"
_TOKEN = re.compile(r"(?<![\w-])[\w-]{38}(?![\w-])", re.ASCII)
_SECONDS = re.compile(r"[0-9]{9,11}(?:\.[0-9]+)?")
_MILLISECONDS = re.compile(r"[0-9]{12,14}")
_LEFT_OUT = "the row is left out; correct it and import the file again, which adds nothing twice"


@dataclass(frozen=True, slots=True)
class How:
    """How files are read, and what holds for rows that do not say it themselves."""

    topic: str | None = None
    """None: all mail."""
    reason: str | None = None
    column: str | None = None
    """What the column of the address is called, where nothing else tells."""
    encoding: str | None = None
    dry_run: bool = False
    """Write nothing, and say what would come of it."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of the files: rows that say who is meant, how many are newly suppressed, how many were before, how
    many could not be taken, and how many say that somebody may be written to; and what is wrong."""

    rows: int
    suppressed: int
    known: int
    faulty: int
    passed_over: int
    findings: Sequence[Finding]


@dataclass(slots=True)
class _Judged:
    """The rows of one file as what comes of them; `tokens` are sends with the row that proves them."""

    entries: list[Suppression]
    tokens: list[tuple[str, Row]]
    faults: dict[str, dict[int, str]]
    """Id of a finding → line → what is wrong."""


def import_suppressions(
    project: Project, files: Sequence[Given], now: datetime, how: How
) -> Imported:
    """Suppress everyone whom `files` name; what is wrong with a row is a finding, and the rest is taken.

    All of it is written in one transaction; what is there already stays as it is. A token of an unsubscribe address has
    the effect of an unsubscribe by mail: its send's address is suppressed for the topic of that send, and consent is
    withdrawn. Raises ConfigurationError without a project; UnreadableInput or UsageError for a file that can't be read.
    """
    need_file(project, "the suppression list is a project's", GO_THERE)
    tables = [read_rows(given, how.column, how.encoding) for given in files]
    with open_state(project, write=not how.dry_run) as state:
        instant = reader_of_instants(zone_named(project.settings.timezone), to_epoch(now))
        judged = [_judge(table, state, instant, how, to_epoch(now)) for table in tables]
        books = FeedbackBooks(project.settings.limits.soft_bounces, to_epoch(now))
        with state.reading() if how.dry_run else state.writing() as connection:
            entries = [entry for file in judged for entry in file.entries]
            enter = _count_new if how.dry_run else add_suppressions
            count = enter(connection, entries)
            for table, file in zip(tables, judged, strict=True):
                count += _unsubscribe(connection, books, table.name, file, instant)
            if not how.dry_run:
                books.write(connection)
    told = _told(tables, judged, count)
    unknown = unknown_topics(project, {entry.topic for entry in entries})
    return replace(told, findings=[*told.findings, *unknown])


def _told(tables: Sequence[Rows], judged: Sequence[_Judged], count: int) -> Imported:
    findings = [
        finding
        for table, file in zip(tables, judged, strict=True)
        for finding in (*table.findings, *_findings(table.name, file.faults))
    ]
    rejected = sum(table.rejected for table in tables)
    rows = rejected + sum(len(table.rows) + len(table.empty) for table in tables)
    faulty = rejected + sum(
        len(lines) for file in judged for id, lines in file.faults.items() if id != _BAD_DATE
    )
    return Imported(
        rows, count, rows - faulty - count, faulty, sum(t.passed_over for t in tables), findings
    )


_NO_ENTRY = "suppression-no-entry"
_FORGED = "suppression-forged-token"
_UNKNOWN_SEND = "suppression-unknown-send"
_BAD_DATE = "suppression-bad-date"


def _findings(path: str, faults: dict[str, dict[int, str]]) -> Iterable[Finding]:
    for id, lines in faults.items():
        is_left_out = id != _BAD_DATE
        severity = Severity.ERROR if is_left_out else Severity.WARNING
        hint = _LEFT_OUT if is_left_out else "the row counts from now"
        yield from line_findings(
            id, severity, path, list(lines), list(lines.values()).__getitem__, hint
        )


def _judge(table: Rows, state: State, instant: "Instants", how: How, now: int) -> _Judged:
    judged = _Judged([], [], {})

    def fault(id: str, line: int, what: str) -> None:
        judged.faults.setdefault(id, {})[line] = what

    for line in table.empty:
        fault(_NO_ENTRY, line, "it does not say who is meant")
    tokens = Tokens(state.secret)
    rows: list[Row] = []
    for row in table.rows:
        found = tokens_in(row)
        if not found:
            rows.append(row)
            continue
        send = next(filter(None, map(tokens.read_unsubscribe, found)), None)
        if send is None:
            fault(
                _FORGED,
                row.line,
                f"{quoted(row.entry)} is no token of an unsubscribe address of ours",
            )
        else:
            judged.tokens.append((send, row))
    read = list(dict.fromkeys(row.entry for row in rows if not _is_other(row)))
    found_keys, faults = read_entries(read, state.secret)
    keys = dict(zip(read, found_keys, strict=True))
    for row in rows:
        key = address_key(row.entry) if _is_other(row) else keys[row.entry]
        if key is None:
            fault(_NO_ENTRY, row.line, f"{quoted(row.entry)}: {faults[row.entry]}")
            continue
        at = now if row.at is None else instant(row.at)
        if at is None:
            fault(_BAD_DATE, row.line, f"{quoted(row.at)} is no instant in the past")
        judged.entries.append(
            Suppression(
                key, row.reason or how.reason or _REASON, row.source or IMPORT,
                now if at is None else at, row.topic or how.topic or ALL_MAIL,
            )
        )  # fmt: skip
    return judged


def tokens_in(row: Row) -> list[str]:
    """What may be tokens in a row: all of it, or parts of an address of the web; [] where it is about an entry."""
    if "://" in row.entry or row.is_token:
        return _TOKEN.findall(row.entry) or [row.entry]
    return [row.entry] if _TOKEN.fullmatch(row.entry) else []


def _is_other(row: Row) -> bool:
    """Whether a row of mactl's own export says that it is an address of another channel, however that looks."""
    return row.kind == EntryKind.OTHER and kind_of(address_key(row.entry)) is EntryKind.OTHER


def _count_new(connection: Connection, entries: Iterable[Suppression]) -> int:
    asked = {(entry.address, entry.topic) for entry in entries}
    known = find_entries(connection, {key for key, _ in asked})
    return sum(topic not in known.get(key, ()) for key, topic in asked)


def _unsubscribe(
    connection: Connection,
    books: FeedbackBooks,
    path: str,
    file: _Judged,
    instant: "Instants",
) -> int:
    """Enters what tokens ask for; how many addresses are newly suppressed by it."""
    told = [
        (
            Letter(path, b""),
            Report(
                Kind.UNSUBSCRIBE, "their unsubscribe address was followed", sends=(send,),
                at=None if row.at is None else instant(row.at),
            ),
        )
        for send, row in file.tokens
    ]  # fmt: skip
    heard = books.enter(connection, told)
    for (_, row), one in zip(file.tokens, heard, strict=True):
        if one.send is None:
            what = "its send is not in this state"
            file.faults.setdefault(_UNKNOWN_SEND, {})[row.line] = what
    return sum(one.action is Action.OPTED_OUT for one in heard)


Instants = Callable[[str], int | None]


def reader_of_instants(zone: ZoneInfo, now: int) -> Instants:
    """What reads the instants of files, as epoch seconds: None for what is none, or lies after `now`.

    They are written as ISO 8601 (in `zone` where they name none), as RFC 5322 has it, or as seconds since 1970.
    """

    @cache
    def read(text: str) -> int | None:
        try:
            found = _instant(text.strip(), zone)
        except (ValueError, OverflowError, OSError):
            return None
        return found if 0 <= found <= now else None

    return read


def _instant(text: str, zone: ZoneInfo) -> int:
    if _SECONDS.fullmatch(text):
        return int(float(text))
    if _MILLISECONDS.fullmatch(text):
        return int(text) // 1000
    if text[:1].isdigit() and text[4:5] == "-":
        return to_epoch(
            parse_instant(text.removesuffix(" UTC") + "Z" * text.endswith(" UTC"), zone)
        )
    found = parsedate_to_datetime(text)
    return to_epoch(found if found.tzinfo else found.replace(tzinfo=UTC))
