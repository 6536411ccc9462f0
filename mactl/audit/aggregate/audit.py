"""What aggregate reports tell of a domain: who sends as it, what passes, which policy that allows."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from mactl.audit.aggregate import kinds
from mactl.audit.aggregate.advice import PolicyStep, next_policy
from mactl.audit.aggregate.gathering import Gathering
from mactl.audit.aggregate.judge import judge_files, judge_policy, judge_senders
from mactl.audit.aggregate.senders import Sender, senders_of
from mactl.audit.aggregate.sources import Whose, look_up
from mactl.audit.aggregate.tally import DomainTally, Flow, Source
from mactl.audit.dmarc.audit import audit_dmarc
from mactl.audit.dns import MemoResolver
from mactl.audit.kinds import MOST_OF_A_KIND
from mactl.audit.means import DEADLINE, Means
from mactl.audit.names import is_within, printable
from mactl.findings import Finding

MOST_JUDGED = 20
"""So many domains are judged: those with most messages."""
_SHOWN = 80


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
            "authenticated": [printable(name) for name in sender.others[:MOST_OF_A_KIND]],
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
    findings = [*(f for domain in judged for f in domain.findings), *judge_files(gathering)]
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
    findings = (*judge_senders(tally, senders), *judge_policy(tally, step))
    return DomainReports(tally, senders, whose, step, findings)


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
