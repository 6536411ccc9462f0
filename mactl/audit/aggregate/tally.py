"""Reports summed up: by domain, then by the address that sent."""

import hashlib
from collections import Counter
from dataclasses import dataclass, field

from mactl.audit.aggregate.report import AggregateReport, ReportRecord
from mactl.audit.names import is_within

FORWARDED = ("forwarded", "trusted_forwarder", "mailing_list")
"""Reasons that tell of mail that was passed on: what failed then was no fault of who sent it."""
_MOST_SOURCES = 50_000  # of one domain
_MOST_DOMAINS = 1_000
_MOST_NAMES = 20  # of one kind at one source
_MOST_SELECTORS = 200
_DISPOSITIONS = ("none", "quarantine", "reject")


@dataclass(slots=True)
class Flow:
    """Messages, and how many of them passed; `first` and `last` are epoch seconds, None where unknown.

    `forwarded` counts those that failed DMARC and were passed on by somebody.
    """

    messages: int = 0
    dkim: int = 0
    spf: int = 0
    dmarc: int = 0
    spf_alone: int = 0
    forwarded: int = 0
    dispositions: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    first: int | None = None
    last: int | None = None

    @property
    def failing(self) -> int:
        """Those that failed DMARC and were not passed on by anybody."""
        return self.messages - self.dmarc - self.forwarded

    def span(self, begin: int | None, end: int | None) -> None:
        """Makes room for what was seen from `begin` to `end`."""
        if begin is not None:
            self.first = begin if self.first is None else min(self.first, begin)
        if end is not None:
            self.last = end if self.last is None else max(self.last, end)

    def add(self, record: ReportRecord) -> None:
        """Adds the messages of one record."""
        count = record.count
        passes = record.dkim or record.spf
        self.messages += count
        self.dkim += count * record.dkim
        self.spf += count * record.spf
        self.dmarc += count * passes
        self.spf_alone += count * (record.spf and not record.dkim)
        self.forwarded += count * (not passes and any(r in FORWARDED for r in record.reasons))
        # RFC 9990: 'pass' for what passes under a policy in force; the older form says 'none'.
        done = record.disposition if record.disposition in _DISPOSITIONS else "none"
        self.dispositions[done] += count
        for reason in record.reasons[:_MOST_NAMES]:
            if reason in self.reasons or len(self.reasons) < _MOST_NAMES:
                self.reasons[reason] += count

    def merge(self, other: "Flow") -> None:
        """Adds all of another."""
        for name in ("messages", "dkim", "spf", "dmarc", "spf_alone", "forwarded"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.dispositions.update(other.dispositions)
        self.reasons.update(other.reasons)
        self.span(other.first, other.last)


@dataclass(slots=True)
class Source:
    """What one address sent: `signers` and `senders` are the domains that DKIM and SPF passed for by themselves.

    `broken` counts messages that failed DMARC though a signature of the domain was on them.
    """

    ip: str
    flow: Flow = field(default_factory=Flow)
    authors: set[str] = field(default_factory=set)
    signers: set[str] = field(default_factory=set)
    senders: set[str] = field(default_factory=set)
    broken: int = 0

    def add(self, record: ReportRecord, domain: str) -> None:
        """Adds one record of a report about `domain`."""
        self.flow.add(record)
        _keep(self.authors, record.header_from)
        _keep(self.senders, record.spf_domain)
        for signature in record.signatures:
            if signature.result == "pass":
                _keep(self.signers, signature.domain)
        if not (record.dkim or record.spf):
            own = any(is_within(s.domain, domain) for s in record.signatures if s.domain)
            self.broken += record.count * own


@dataclass(slots=True)
class DomainTally:
    """All reports about one domain. `at_policy` holds, for each published p=, the days seen with it."""

    domain: str
    reports: int = 0
    flow: Flow = field(default_factory=Flow)
    sources: dict[str, Source] = field(default_factory=dict)
    others: Flow = field(default_factory=Flow)
    receivers: Counter[str] = field(default_factory=Counter)
    selectors: dict[str, dict[str, None]] = field(default_factory=dict)
    at_policy: dict[str, Flow] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    unreadable: int = 0

    def add(self, report: AggregateReport) -> None:
        """Adds one report."""
        self.reports += 1
        self.unreadable += report.unreadable
        self.flow.span(report.begin, report.end)
        if report.policy in _DISPOSITIONS:
            self.at_policy.setdefault(report.policy, Flow()).span(report.begin, report.end)
        if report.organization in self.receivers or len(self.receivers) < _MOST_DOMAINS:
            self.receivers[report.organization] += 1
        for told in report.errors:
            if len(self.errors) < _MOST_NAMES:
                self.errors.setdefault(told, report.organization)
        for record in report.records:
            self._add(record, report)

    def _add(self, record: ReportRecord, report: AggregateReport) -> None:
        self.flow.add(record)
        source = self.sources.get(record.ip)
        if source is None and len(self.sources) < _MOST_SOURCES:
            source = self.sources[record.ip] = Source(record.ip)
        if source is None:
            self.others.add(record)
            return
        source.add(record, self.domain)
        source.flow.span(report.begin, report.end)
        for signature in record.signatures if record.dkim else ():
            # Who forges the domain can name any selector, and make none pass.
            if signature.result == "pass" and signature.selector and signature.domain:
                self._learn(signature.domain, signature.selector)

    def _learn(self, domain: str, selector: str) -> None:
        if not (is_within(domain, self.domain) or is_within(self.domain, domain)):
            return
        known = self.selectors.setdefault(domain, {})
        if len(known) < _MOST_SELECTORS:
            known[selector] = None


@dataclass(slots=True)
class Tally:
    """All reports, those that come twice counted once."""

    domains: dict[str, DomainTally] = field(default_factory=dict)
    duplicates: int = 0
    seen: set[bytes] = field(default_factory=set)

    def add(self, report: AggregateReport) -> None:
        """Adds a report, unless it was there before (RFC 9990 3.5.4)."""
        called = "\x00".join((report.organization, report.id, report.domain))
        mark = hashlib.blake2b(called.encode("utf-8", "replace"), digest_size=16).digest()
        if mark in self.seen:
            self.duplicates += 1
            return
        self.seen.add(mark)
        tally = self.domains.get(report.domain)
        if tally is None and len(self.domains) < _MOST_DOMAINS:
            tally = self.domains[report.domain] = DomainTally(report.domain)
        if tally is not None:
            tally.add(report)


def _keep(names: set[str], name: str) -> None:
    if name and len(names) < _MOST_NAMES:
        names.add(name)
