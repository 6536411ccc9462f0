"""What mail itself shows beside the DNS: a received message, and the aggregate reports of receivers."""

import asyncio
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mactl.audit.aggregate.audit import ReportsAudit, audit_reports
from mactl.audit.aggregate.gathering import Gathering
from mactl.audit.aggregate.unpacking import LARGEST_FILE
from mactl.audit.dns import MemoResolver
from mactl.audit.evidence import Evidence as SeenMail
from mactl.audit.message.audit import MessageAudit, audit_message
from mactl.audit.message.evidence import ask_early, evidence_of
from mactl.audit.message.mail import LARGEST, ReceivedMessage, read_message
from mactl.errors import UnreadableInput
from mactl.findings import Finding
from mactl.workflows.auditing.domains import Subject, Subjects
from mactl.workflows.auditing.given import name_of, octets_of
from mactl.workflows.auditing.outcome import Outcome, outcome_of
from mactl.workflows.auditing.request import Request
from mactl.workflows.auditing.running import audit_all

Seen = tuple[tuple[str, SeenMail], ...]
"""Author domains, and what their mail shows for the scorecard."""
_MOST_DOMAINS = 20  # that are audited because reports are about them


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a message and reports show, and the audits of the domains that they are about.

    `findings` are those about the message and the reports that no audit of a domain tells.
    """

    message: MessageAudit | None
    reports: ReportsAudit | None
    outcomes: tuple[Outcome, ...]
    findings: tuple[Finding, ...]


def judge_evidence(request: Request, message: Path | None, reports: Sequence[Path]) -> Evidence:
    """Judge a received message and aggregate reports, and audit the domains of `request`, else theirs.

    The selectors that they show are looked at too. Raises UnreadableInput for what can't be read or is no message,
    TryAgainLater where no name server answers.
    """
    received = None if message is None else _read_message(message)
    gathering = _gather(reports) if reports else None
    judged: list[Evidence] = []

    async def judge() -> None:
        # Not returned: asyncio puts what its main task returns into words, all senders of years.
        judged.append(await _judge(request, received, gathering))

    with request.opened:
        asyncio.run(judge())
    return judged[0]


async def _judge(
    request: Request, received: ReceivedMessage | None, gathering: Gathering | None
) -> Evidence:
    means, deadline = request.opened.means, request.scope.deadline
    named = [subject.domain for subject in request.subjects.domains]
    (message, seen), reports = await asyncio.gather(
        _judge_message(request, received),
        _nothing() if gathering is None else audit_reports(gathering, means, named, deadline),
    )
    outcomes: list[Outcome] = []
    if subjects := _subjects(request.subjects, message, reports):
        # The envelope is that of the message.
        scope = replace(
            request.scope,
            learned_selectors=_learned(message, reports),
            envelopes=(),
            seen=seen,
        )
        await audit_all(
            subjects,
            means,
            scope,
            lambda looked: outcomes.append(outcome_of(looked, None)),
            proposes=request.proposes,
        )
    told = {finding for outcome in outcomes for finding in outcome.audit.findings}
    found = [f for part in (message, reports) if part is not None for f in part.findings]
    return Evidence(message, reports, tuple(outcomes), tuple(f for f in found if f not in told))


async def _judge_message(
    request: Request, received: ReceivedMessage | None
) -> tuple[MessageAudit | None, Seen]:
    """The audit of a message, and what it shows of its author domain, all within one deadline."""
    if received is None:
        return None, ()
    means, deadline = request.opened.means, request.scope.deadline
    asking = MemoResolver(means.resolver, patience=deadline)
    envelope = next(iter(request.scope.envelopes), None)
    message, _ = await asyncio.gather(
        audit_message(received, replace(means, resolver=asking), envelope, deadline),
        ask_early(received, envelope, asking),
    )
    return message, ((message.domain, await evidence_of(message, asking)),)


async def _nothing() -> None:
    return None


def _subjects(
    named: Subjects, message: MessageAudit | None, reports: ReportsAudit | None
) -> tuple[Subject, ...]:
    """The domains to audit: those that were named, else those that the evidence is about."""
    if named.domains:
        return named.domains
    domains = [message.domain] if message is not None and message.domain else []
    if reports is not None:
        domains += [each.domain for each in reports.domains]
    return tuple(Subject(domain) for domain in dict.fromkeys(domains))[:_MOST_DOMAINS]


def _learned(
    message: MessageAudit | None, reports: ReportsAudit | None
) -> tuple[tuple[str, str], ...]:
    """The domains and selectors that the evidence shows, those of the message first."""
    found = [
        (domain, selector)
        for part in (message, reports)
        if part is not None
        for domain, selectors in part.learned_selectors.items()
        for selector in selectors
    ]
    return tuple(dict.fromkeys(found))


def _read_message(path: Path) -> ReceivedMessage:
    name = name_of(path)
    try:
        octets = octets_of(path, LARGEST)
    except OSError as failed:
        raise UnreadableInput(
            f"{name}: {failed.strerror or failed}", "name a file with one message"
        ) from None
    return read_message(octets, name)


def _gather(paths: Sequence[Path]) -> Gathering:
    """All that lies in files and folders, one file in memory at a time."""
    gathering = Gathering()
    for path in paths:
        if not path.exists():
            raise UnreadableInput(f"{path}: no such file or folder", "name where the reports are")
        for file in _files(path):
            try:
                octets = octets_of(file, LARGEST_FILE)
            except OSError as failed:
                gathering.fail(str(file), failed.strerror or str(failed))
                continue
            if len(octets) > LARGEST_FILE:
                gathering.fail(str(file), f"larger than {LARGEST_FILE >> 20} MB")
            else:
                gathering.add(str(file), octets)
    return gathering


def _files(path: Path) -> Iterator[Path]:
    """The regular files at or below `path`, in their order, without the hidden ones."""
    if not path.is_dir():
        yield path
        return
    for folder, folders, names in os.walk(path):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            file = Path(folder, name)
            if not name.startswith(".") and file.is_file():
                yield file
