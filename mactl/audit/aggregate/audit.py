"""What aggregate reports tell of a domain: who sends as it, what passes, which policy that allows."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from mactl.audit.aggregate import kinds
from mactl.audit.aggregate.advice import PolicyStep, next_policy, share_of
from mactl.audit.aggregate.report import AggregateReport, parse_report
from mactl.audit.aggregate.senders import Sender, Standing, senders_of
from mactl.audit.aggregate.sources import Whose, look_up
from mactl.audit.aggregate.tally import DomainTally, Flow, Source, Tally
from mactl.audit.aggregate.unpacking import unpacked
from mactl.audit.dmarc.audit import audit_dmarc
from mactl.audit.dns import MemoResolver
from mactl.audit.fixes import publish
from mactl.audit.kinds import FindingKind
from mactl.audit.means import DEADLINE, Means
from mactl.audit.names import excerpt, is_within, printable
from mactl.findings import Finding

MOST_JUDGED = 20
"""So many domains are judged: those with most messages."""
_MOST_OF_A_KIND = 20
_SHOWN = 80


@dataclass(slots=True)
class Gathering:
    """Reports as they are read, file by file; nothing but sums is kept."""

    tally: Tally = field(default_factory=Tally)
    files: int = 0
    reports: int = 0
    faults: list[Finding] = field(default_factory=list)
    more: Counter[str] = field(default_factory=Counter)

    def add(self, name: str, octets: bytes) -> None:
        """Takes in all that lies in one file; whatever can't be read becomes a finding."""
        self.files += 1
        for piece in unpacked(name, octets):
            if piece.fault:
                self.fail(piece.name, piece.fault, foreign=piece.foreign)
                continue
            report = parse_report(piece.octets)
            if isinstance(report, AggregateReport):
                self.reports += 1
                self.tally.add(report)
            else:
                self.fail(piece.name, report.why, foreign=report.foreign)

    def fail(self, name: str, why: str, *, foreign: bool = False) -> None:
        """Notes a file that gave no report."""
        kind = kinds.NOT_A_REPORT if foreign else kinds.UNREADABLE
        fix = None if foreign else "ask the receiver for it again, or leave it out"
        found = kind.found(f"{excerpt(name)}: {excerpt(why)}", fix)
        self.more[kind.id] += 1
        if self.more[kind.id] <= _MOST_OF_A_KIND:
            self.faults.append(found)


@dataclass(frozen=True, slots=True)
class DomainReports:
    """What the reports tell of one domain; `whose` tells of addresses, `step` which policy comes next."""

    tally: DomainTally
    senders: tuple[Sender, ...]
    whose: dict[str, Whose]
    step: PolicyStep
    findings: tuple[Finding, ...]

    @property
    def domain(self) -> str:
        """The domain that the reports are about."""
        return self.tally.domain

    def as_json(self) -> dict[str, object]:
        """The domain's part of the report as plain values."""
        flow = self.tally.flow
        return {
            "domain": printable(self.domain),
            "reports": self.tally.reports,
            "receivers": [printable(name, _SHOWN) for name in sorted(self.tally.receivers)],
            **_flow_json(flow),
            "senders": [self._sender_json(sender) for sender in self.senders],
            "sources": [
                self._source_json(source, sender)
                for sender in self.senders
                for source in sorted(sender.sources, key=lambda s: -s.flow.messages)
            ],
            "selectors": {
                printable(domain): [printable(name, _SHOWN) for name in known]
                for domain, known in self.tally.selectors.items()
            },
            "policy_next": self.step.as_json(),
        }

    def _sender_json(self, sender: Sender) -> dict[str, object]:
        return {
            "name": printable(sender.name),
            "service": sender.service or None,
            "standing": sender.standing.value,
            "addresses": len(sender.sources),
            **_flow_json(sender.flow),
            "authenticated": [printable(name) for name in sender.others[:_MOST_OF_A_KIND]],
        }

    def _source_json(self, source: Source, sender: Sender) -> dict[str, object]:
        whose = self.whose.get(source.ip, Whose())
        return {
            "ip": source.ip,
            "name": printable(whose.name) or None,
            "confirmed": whose.confirmed,
            "service": whose.service or None,
            "standing": sender.standing.value,
            **_flow_json(source.flow),
            "header_from": sorted(map(printable, source.authors)),
            "signed_by": sorted(map(printable, source.signers)),
            "spf_passed_for": sorted(map(printable, source.senders)),
        }


@dataclass(frozen=True, slots=True)
class ReportsAudit:
    """What a gathering of reports tells, by domain, those with most messages first."""

    files: int
    reports: int
    domains: tuple[DomainReports, ...]
    findings: tuple[Finding, ...]

    @property
    def learned_selectors(self) -> dict[str, tuple[str, ...]]:
        """The selectors that passed, by domain."""
        found: dict[str, dict[str, None]] = {}
        for each in self.domains:
            for domain, known in each.tally.selectors.items():
                found.setdefault(domain, {}).update(known)
        return {domain: tuple(known) for domain, known in found.items()}

    def as_json(self) -> dict[str, object]:
        """The reports as plain values; what stands beside `domains` is of the first of them."""
        parts = [domain.as_json() for domain in self.domains]
        first: dict[str, object] = parts[0] if parts else _NOTHING
        return {**first, "files": self.files, "reports": self.reports, "domains": parts[1:]}


_NOTHING: dict[str, object] = {
    "domain": None,
    "messages": 0,
    "from": None,
    "to": None,
    "sources": [],
    "senders": [],
    "selectors": {},
    "policy_next": {"record": None, "why": "there is no report"},
}


async def audit_reports(
    gathering: Gathering,
    means: Means,
    domains: Sequence[str] = (),
    deadline: float = DEADLINE,
) -> ReportsAudit:
    """What the gathered reports tell of `domains` and the names below them; of all where there are none.

    `deadline` is the seconds that all questions about senders may take.
    """
    tallies = [
        tally
        for tally in gathering.tally.domains.values()
        if not domains or any(is_within(tally.domain, domain) for domain in domains)
    ]
    tallies.sort(key=lambda tally: (-tally.flow.messages, tally.domain))
    judged = await asyncio.gather(
        *(_judged(tally, means, deadline) for tally in tallies[:MOST_JUDGED])
    )
    findings = [*(f for domain in judged for f in domain.findings), *_about_files(gathering)]
    if not judged:
        what = f"no aggregate report in {gathering.files} files"
        if gathering.tally.domains:
            others = ", ".join(printable(name) for name in sorted(gathering.tally.domains)[:5])
            what = f"no report about {', '.join(map(printable, domains))}, but about {others}"
        findings.append(kinds.NONE_READ.found(what, "give the files that receivers sent to rua="))
    findings.sort(key=lambda finding: -finding.severity.rank)
    counted = gathering.reports - gathering.tally.duplicates
    return ReportsAudit(gathering.files, counted, tuple(judged), tuple(findings))


async def _judged(tally: DomainTally, means: Means, deadline: float) -> DomainReports:
    asking = MemoResolver(means.resolver, patience=deadline)
    whose, dmarc = await asyncio.gather(
        look_up(list(tally.sources.values()), asking),
        audit_dmarc(tally.domain, asking, exists=True),
    )
    senders = senders_of(tally, whose)
    step = next_policy(dmarc.walk.own.record, tally, senders, means.now)
    findings = (*_about_senders(tally, senders), *_about_policy(tally, step))
    return DomainReports(tally, senders, whose, step, findings)


def _about_senders(tally: DomainTally, senders: Sequence[Sender]) -> Iterator[Finding]:
    told: Counter[str] = Counter()
    for sender in senders:
        for finding in _about_sender(tally.domain, sender):
            told[finding.id] += 1
            if told[finding.id] <= _MOST_OF_A_KIND:
                yield finding
    flow = tally.flow
    if flow.forwarded:
        what = f"{flow.forwarded} messages of {printable(tally.domain)} were passed on, and failed"
        yield kinds.FORWARDED.found(what)
    if flow.spf_alone:
        yield kinds.SPF_ALONE.found(
            f"{flow.spf_alone} messages of {printable(tally.domain)} pass by SPF alone",
            "sign them with DKIM as well",
        )


_KINDS: dict[Standing, FindingKind] = {
    Standing.MISCONFIGURED: kinds.UNALIGNED_SENDER,
    Standing.SERVICE: kinds.UNALIGNED_SERVICE,
    Standing.UNKNOWN: kinds.UNKNOWN_SENDER,
}


def _about_sender(domain: str, sender: Sender) -> Iterator[Finding]:
    kind, name = _KINDS.get(sender.standing), printable(sender.name)
    if kind is None:
        return
    what = f"{sender.flow.failing} of {sender.flow.messages} messages from {name}"
    what += f" ({share_of(sender)}) as {printable(domain)} don't align"
    others = [other for other in sender.others if not is_within(other, domain)]
    if others:
        what += f"; they pass for {', '.join(map(printable, others[:3]))}"
    fix = f"have {name} sign with a key of {printable(domain)}, or use a return path below it"
    if kind is kinds.UNKNOWN_SENDER:
        fix = "where it is yours, have it sign; else leave it to a stricter policy"
    elif kind is kinds.UNALIGNED_SERVICE:
        fix = f"where the account is yours: {fix}"
    yield kind.found(what, fix)
    if sender.broken:
        yield kinds.BROKEN_SIGNATURE.found(
            f"{sender.broken} messages from {name} carry a signature of {printable(domain)}"
            " that does not hold",
            f"where {name} is yours, compare the key it signs with to the one in the DNS",
        )


def _about_policy(tally: DomainTally, step: PolicyStep) -> Iterator[Finding]:
    at = f"_dmarc.{printable(tally.domain)}"
    if step.record is not None:
        fix = publish(step.record, at)
        yield kinds.POLICY_NEXT.found(f"{at} can go a step further: {step.why}", fix)
    else:
        yield kinds.POLICY_HELD.found(f"{at} stays as it is: {step.why}")
    for told, receiver in tally.errors.items():
        what = f"{printable(receiver, _SHOWN)} tells of {printable(tally.domain)}: "
        fix = f"see what is wrong with {at}"
        yield kinds.TOLD_ERROR.found(what + excerpt(told), fix)
    if tally.unreadable:
        yield kinds.RECORDS_LEFT_OUT.found(
            f"{tally.unreadable} records about {printable(tally.domain)} have no address or count",
            "tell the receivers that send them",
        )
    if tally.others.messages:
        what = f"{tally.others.messages} messages came from other addresses than those told apart"
        yield kinds.SOURCES_LEFT_OUT.found(what)


def _about_files(gathering: Gathering) -> Iterator[Finding]:
    yield from gathering.faults
    for kind in (kinds.UNREADABLE, kinds.NOT_A_REPORT):
        if (more := gathering.more[kind.id] - _MOST_OF_A_KIND) > 0:
            yield kind.found(f"{more} more files like these", "see whether they are reports")
    if gathering.tally.duplicates:
        times = gathering.tally.duplicates
        yield kinds.DUPLICATE.found(f"{times} report{'s' if times > 1 else ''} came twice")


def _flow_json(flow: Flow) -> dict[str, object]:
    return {
        "messages": flow.messages,
        "dkim": flow.dkim,
        "spf": flow.spf,
        "dmarc": flow.dmarc,
        "forwarded": flow.forwarded,
        "dispositions": {name: flow.dispositions.get(name, 0) for name in _DONE},
        "reasons": {printable(name, _SHOWN): n for name, n in sorted(flow.reasons.items())},
        "from": day_of(flow.first),
        "to": day_of(flow.last),
    }


_DONE = ("none", "quarantine", "reject")


def day_of(seconds: int | None) -> str | None:
    """An epoch second as a day of UTC; None for none."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).date().isoformat()
