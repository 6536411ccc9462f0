"""The audit of one domain: what each standard comes to, and all findings, gravest first."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from mactl.audit.bimi.audit import DEFAULT_SELECTOR, BimiAudit, audit_bimi
from mactl.audit.catalogue import CATALOGUE
from mactl.audit.cross import DOMAIN_MISSING, cross_check, is_null_mx
from mactl.audit.dkim.audit import DkimAudit, audit_dkim, checked_selectors
from mactl.audit.dkim.kinds import NONE as DKIM_NONE
from mactl.audit.dkim.kinds import NOT_FOUND as DKIM_NOT_FOUND
from mactl.audit.dmarc.audit import DmarcAudit, audit_dmarc
from mactl.audit.dmarc.kinds import MISSING as DMARC_MISSING
from mactl.audit.kinds import FindingKind, Status
from mactl.audit.names import audited_domain, printable
from mactl.audit.providers import Provider, recognise
from mactl.audit.resolver import Answer, MemoResolver, Outcome, Resolver
from mactl.audit.spf.audit import SpfAudit, audit_spf
from mactl.audit.spf.kinds import MISSING as SPF_MISSING
from mactl.findings import Finding, Severity


class Verdict(StrEnum):
    """What the audit of a domain comes to."""

    PASS = "pass"
    WARN = "warn"
    FAIL = "fail"
    ERROR = "error"  # nothing is known to be broken, but the DNS kept something from being judged


@dataclass(frozen=True, slots=True)
class DomainAudit:
    """All that was found about one domain; `asked` counts the distinct questions it took.

    `no_dns` holds where no server did its work for any question: try again later.
    """

    domain: str
    spf: SpfAudit
    dkim: DkimAudit
    dmarc: DmarcAudit
    bimi: BimiAudit
    findings: tuple[Finding, ...]
    asked: int = 0
    no_dns: bool = False

    @property
    def verdict(self) -> Verdict:
        """`fail` for any error that is certain, `error` where the DNS failed, else the gravest."""
        errors = [f for f in self.findings if f.severity is Severity.ERROR]
        unknown = [f for f in errors if CATALOGUE[f.id].status is Status.TEMPERROR]
        if len(errors) > len(unknown):
            return Verdict.FAIL
        if unknown:
            return Verdict.ERROR
        warned = any(f.severity is Severity.WARNING for f in self.findings)
        return Verdict.WARN if warned else Verdict.PASS

    def finding(self, id: str) -> Finding:
        """The first finding with this id; raises KeyError where there is none."""
        for finding in self.findings:
            if finding.id == id:
                return finding
        raise KeyError(id)

    def as_json(self) -> dict[str, object]:
        """The report as plain values, with nothing from the DNS that a terminal would obey."""
        return {
            "domain": self.domain,
            "verdict": self.verdict.value,
            "findings": [finding_json(finding) for finding in self.findings],
            "spf": self.spf.as_json(),
            "dkim": self.dkim.as_json(),
            "dmarc": self.dmarc.as_json(),
            "bimi": self.bimi.as_json(),
            "queries": self.asked,
        }


def finding_json(finding: Finding) -> dict[str, object]:
    """One finding as plain values; `fix` is its hint."""
    return {
        "id": finding.id,
        "severity": finding.severity.value,
        "message": finding.message,
        "fix": finding.hint,
        "reference": finding.reference,
    }


async def audit_domain(
    domain: str,
    resolver: Resolver,
    *,
    selectors: Sequence[str] = (),
    bimi_selector: str = DEFAULT_SELECTOR,
    guess_selectors: bool = True,
) -> DomainAudit:
    """SPF, DKIM, DMARC and BIMI of `domain`.

    `selectors` are DKIM selectors to look at beside those that can be guessed. Raises UsageError
    where `domain` or a selector is none; whatever the DNS does becomes part of the report.
    """
    domain = audited_domain(domain)
    selectors = checked_selectors(selectors)
    asking = MemoResolver(resolver)
    # All that does not wait for another answer goes out at once; later steps find it remembered.
    early = [f"{bimi_selector}._bimi.{domain}", *([f"_domainkey.{domain}"] * guess_selectors)]
    mx, apex, dmarc, _ = await asyncio.gather(
        asking.query(domain, "MX"),
        asking.query(domain, "TXT"),
        audit_dmarc(domain, asking),
        _ask_early(early, asking),
    )
    spf = await audit_spf(domain, asking, _spf_to_publish(mx))
    providers = _providers(mx, spf)
    dkim, bimi = await asyncio.gather(
        audit_dkim(domain, asking, selectors=selectors, providers=providers, guess=guess_selectors),
        audit_bimi(domain, asking, dmarc, selector=bimi_selector),
    )
    exists = apex.outcome is not Outcome.NXDOMAIN
    if not exists:
        # One clear word about a name that is not there, instead of one per standard.
        spf = replace(spf, findings=_but(spf.findings, SPF_MISSING))
        dmarc = replace(dmarc, findings=_but(dmarc.findings, DMARC_MISSING))
    if not exists or spf.sends_nothing:
        # A domain that sends no mail needs no key.
        dkim = replace(dkim, findings=_but(dkim.findings, DKIM_NONE, DKIM_NOT_FOUND))
    findings = [*spf.findings, *dkim.findings, *dmarc.findings, *bimi.findings]
    if exists:
        findings += cross_check(domain, mx, spf, dkim, dmarc)
    else:
        message = f"{domain} does not exist"
        if apex.canonical:
            message = f"{domain} points to {printable(apex.canonical)}, which does not exist"
        findings.append(DOMAIN_MISSING.found(message, "correct its spelling, or register it"))
    findings.sort(key=lambda finding: -finding.severity.rank)
    return DomainAudit(domain, spf, dkim, dmarc, bimi, tuple(findings), asking.asked, asking.silent)


async def _ask_early(names: Sequence[str], resolver: Resolver) -> None:
    await asyncio.gather(*(resolver.query(name, "TXT") for name in names))


def _providers(mx: Answer, spf: SpfAudit) -> tuple[Provider, ...]:
    hosts = [host for _, host in mx.exchanges]
    return recognise([*hosts, *(node.domain for node, _ in spf.tree.reach())])


def _spf_to_publish(mx: Answer) -> str:
    """What to do without an SPF record, by where the domain's mail is received."""
    if is_null_mx(mx):
        return "publish 'v=spf1 -all'"
    if mx.absent:
        return "publish 'v=spf1 -all' if it sends no mail; else name its servers, and end in '~all'"
    terms = [p.spf_term for p in recognise([host for _, host in mx.exchanges]) if p.spf_term]
    return f"publish '{' '.join(('v=spf1', *(terms or ('mx',)), '~all'))}'"


def _but(findings: tuple[Finding, ...], *kinds: FindingKind) -> tuple[Finding, ...]:
    ids = {kind.id for kind in kinds}
    return tuple(finding for finding in findings if finding.id not in ids)
