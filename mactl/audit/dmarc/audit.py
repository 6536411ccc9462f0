"""DMARC of one domain: the record that governs it, the policies it comes to, and their faults."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mactl.audit.dmarc import kinds
from mactl.audit.dmarc.judge import judge_policies, judge_record, judge_unheeded
from mactl.audit.dmarc.record import DmarcRecord, Policy, is_dmarc, mildest, parse_dmarc, repaired
from mactl.audit.dmarc.reports import Consent, ReportHost, outside_hosts
from mactl.audit.dmarc.walk import Policies, Step, Walk, policies, walk_tree
from mactl.audit.dns import ASK_AGAIN, Outcome, Resolver
from mactl.audit.fixes import leave_one, publish
from mactl.audit.kinds import FindingKind, Status, status_of
from mactl.audit.names import excerpt, is_queryable, is_within, normalised, printable
from mactl.findings import Finding


@dataclass(frozen=True, slots=True)
class DmarcAudit:
    """What was found about DMARC; `walk` holds every question, `governing` the step that counts."""

    status: Status
    findings: tuple[Finding, ...]
    walk: Walk
    governing: Step | None
    policies: Policies
    policies_rfc7489: Policies
    report_hosts: tuple[ReportHost, ...] = ()
    misplaced: DmarcRecord | None = None
    """A record that stands where nobody looks, in place of one that counts."""

    @property
    def record(self) -> DmarcRecord | None:
        """The record that applies to the domain, be it from further up."""
        return self.governing.record if self.governing is not None else None

    @property
    def enforced(self) -> bool:
        """Whether receivers quarantine or refuse mail from the domain that fails."""
        return self.policies.this in (Policy.QUARANTINE, Policy.REJECT)

    @property
    def elder(self) -> str:
        """The organizational domain above, where its signatures align with mail from this one; or ''."""
        organization = self.walk.organizational_domain
        relaxed = self.record is not None and self.record.adkim == "r"  # RFC 9989 4.4.1
        return organization if relaxed and organization != self.walk.domain else ""

    def as_json(self) -> dict[str, object]:
        """The part of the report about DMARC."""
        record, governing = self.record, self.governing
        return {
            "status": self.status.value,
            "record": printable(record.text) if record else None,
            "record_domain": printable(governing.domain) if governing else None,
            "organizational_domain": printable(self.walk.organizational_domain),
            "published": record.published if record else None,
            "policy": self.policies.as_json(),
            "policy_rfc7489": self.policies_rfc7489.as_json(),
            "testing": record.testing if record else False,
            "pct": record.pct if record else None,
            "alignment": {"dkim": record.adkim, "spf": record.aspf} if record else None,
            "walk": [step.as_json() for step in self.walk.steps],
            "report_hosts": [host.as_json() for host in self.report_hosts],
        }


async def audit_dmarc(domain: str, resolver: Resolver, *, exists: bool | None = None) -> DmarcAudit:
    """DMARC of `domain` (RFC 9989, 9990); where `exists` is not known, the domain is asked for."""
    domain = normalised(domain)
    walk = await walk_tree(domain, resolver)
    if exists is None:
        exists = (await resolver.query(domain, "TXT")).outcome is not Outcome.NXDOMAIN
    unknown = list(_unknown(walk))
    # RFC 9989 4.10.1: the domain's own record counts, whatever is above it.
    governing = None if unknown and walk.own.record is None else walk.governing()
    if governing is None or governing.record is None:
        findings = [*unknown, *_dropped(walk), *_meant(walk)]
        place, misplaced = "", None
        if not findings:
            place, misplaced = await _misplaced(domain, resolver)
            findings = [_missing(walk, place, misplaced)]
        status = status_of(findings, kinds.KINDS)
        none = Policies()
        return DmarcAudit(status, tuple(findings), walk, None, none, none, misplaced=misplaced)
    organization = walk.organizational_domain
    if not is_within(governing.domain, organization):
        organization = governing.domain  # the record of a public suffix
    hosts = await outside_hosts(governing.record, governing.domain, organization, resolver)
    now = policies(walk, exists=exists)
    before = policies(walk, exists=exists, rfc7489=True)
    findings = [
        *unknown,
        *_dropped(walk),
        *_inherited(walk, governing),
        *judge_record(governing.domain, governing.record),
        *judge_policies(walk, governing, exists),
        *judge_unheeded(walk),
        *_consents(governing.domain, hosts),
    ]
    status = _status(findings, now)
    return DmarcAudit(status, tuple(findings), walk, governing, now, before, hosts)


def _status(findings: Sequence[Finding], policies: Policies) -> Status:
    """A record governs the domain: what is wrong elsewhere only warns, unless it disables it."""
    if policies.this is None:
        return Status.PERMERROR
    statuses = {kinds.KINDS[finding.id].status for finding in findings}
    return Status.WARN if statuses - {Status.PASS} else Status.PASS


def _unknown(walk: Walk) -> Iterator[Finding]:
    """What a failing DNS keeps from being told."""
    if not walk.failed:
        return
    failures = "; ".join(step.answer.failure for step in walk.failed)
    if walk.own.record is not None:
        message = f"the organizational domain of {walk.domain} can't be told: {failures}"
        yield kinds.WALK_INCOMPLETE.found(message, ASK_AGAIN)
        return
    message = f"the DMARC policy of {walk.domain} can't be told: {failures}"
    yield kinds.TEMPERROR.found(message, ASK_AGAIN)


async def _misplaced(domain: str, resolver: Resolver) -> tuple[str, DmarcRecord | None]:
    """Where a record is put by mistake: at the domain itself, or where a zone editor adds its name."""
    names = [name for name in (domain, f"_dmarc.{domain}.{domain}") if is_queryable(name)]
    answers = await asyncio.gather(*(resolver.query(name, "TXT") for name in names))
    for name, answer in zip(names, answers, strict=True):
        for text in filter(is_dmarc, answer.records):
            return name, parse_dmarc(text)
    return "", None


def _missing(walk: Walk, place: str, misplaced: DmarcRecord | None) -> Finding:
    if misplaced is not None:
        return kinds.MISSING.found(
            f"_dmarc.{walk.domain} has no DMARC record, but {place} has one, where nobody looks",
            f"{publish(misplaced.never_in_force, f'_dmarc.{walk.domain}')}, and take it away there;"
            " tighten p= once reports are clean",
        )
    proposed = f"v=DMARC1; p=none; rua=mailto:dmarc@{walk.domain}"
    message = f"neither {walk.domain} nor a domain above it has a DMARC record"
    if alias := walk.own.answer.canonical:
        message = f"_dmarc.{walk.domain} points to {printable(alias)}, which has no DMARC record"
    return kinds.MISSING.found(
        message,
        f"{publish(proposed, f'_dmarc.{walk.domain}')}; tighten p= once reports are clean",
    )


def _dropped(walk: Walk) -> Iterator[Finding]:
    for step in walk.steps:
        if step.dropped:
            fix = leave_one(mildest(step.dropped))
            message = f"_dmarc.{printable(step.domain)} has {len(step.dropped)} DMARC records"
            yield kinds.MULTIPLE_RECORDS.found(message, fix)


def _meant(walk: Walk) -> Iterator[Finding]:
    for step in walk.steps:
        if step.meant:
            text = excerpt(step.meant)
            message = f"_dmarc.{printable(step.domain)}: '{text}' is no DMARC record"
            meant = repaired(step.meant)
            fix = (
                publish(meant, f"_dmarc.{step.domain}")
                if meant
                else "begin it with exactly 'v=DMARC1;'"
            )
            yield kinds.BAD_VERSION.found(message, fix)


def _inherited(walk: Walk, governing: Step) -> Iterator[Finding]:
    if governing is walk.own:
        return
    if walk.own.meant:
        yield from _meant(Walk(walk.domain, (walk.own,)))
    yield kinds.INHERITED.found(
        f"{walk.domain} has no record of its own; that of {printable(governing.domain)} applies"
    )


_CONSENT_KINDS: dict[Consent, FindingKind] = {
    Consent.MISSING: kinds.REPORT_UNAUTHORISED,
    Consent.OVERRIDDEN: kinds.REPORT_BAD_OVERRIDE,
    Consent.UNKNOWN: kinds.REPORT_TEMPERROR,
}


def _consents(domain: str, hosts: Sequence[ReportHost]) -> Iterator[Finding]:
    for host in hosts:
        name = printable(host.name)
        message = {
            Consent.MISSING: f"{name} has no record",
            Consent.OVERRIDDEN: f"{name} names an address on another host",
            Consent.UNKNOWN: f"{name} can't be read: {host.answer.failure}",
        }.get(host.consent)
        if message is not None:
            fix = f"have 'v=DMARC1' published at {name}, or send the reports of {domain} elsewhere"
            yield _CONSENT_KINDS[host.consent].found(message, fix)
