"""The audit of one domain: every standard, each held against the others."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from mactl.audit.around import look_around, look_further, of_absent
from mactl.audit.bimi.audit import audit_bimi
from mactl.audit.cross import DOMAIN_MISSING, cross_check, lost_reports
from mactl.audit.dkim.audit import audit_dkim
from mactl.audit.dkim.kinds import NONE as DKIM_NONE
from mactl.audit.dkim.kinds import NOT_FOUND as DKIM_NOT_FOUND
from mactl.audit.dmarc.audit import audit_dmarc
from mactl.audit.dmarc.kinds import MISSING as DMARC_MISSING
from mactl.audit.dns import Answer, MemoResolver, Outcome, Resolver
from mactl.audit.dnssec.audit import State
from mactl.audit.evidence import Evidence
from mactl.audit.kinds import FindingKind, without
from mactl.audit.means import DEFAULT_SCOPE, Means, Scope
from mactl.audit.mx.kinds import MISSING as MX_MISSING
from mactl.audit.names import audited_domain, printable
from mactl.audit.parked import Mail, judge_parked, parked_policy
from mactl.audit.providers import Provider, recognise
from mactl.audit.report import DomainAudit
from mactl.audit.scorecard.card import score
from mactl.audit.scorecard.requirements import Known
from mactl.audit.selectors import checked_selectors
from mactl.audit.spf.audit import SpfAudit, audit_spf
from mactl.audit.spf.evaluate import Result
from mactl.audit.spf.fresh import how_to_begin
from mactl.audit.spf.kinds import MISSING as SPF_MISSING
from mactl.audit.web import MemoWeb
from mactl.findings import Finding


async def audit_domain(domain: str, means: Means, scope: Scope = DEFAULT_SCOPE) -> DomainAudit:
    """All that receivers look at of `domain`.

    Raises UsageError where `domain` or a selector is none; whatever the DNS and the web do becomes
    part of the report.
    """
    domain = audited_domain(domain)
    selectors = checked_selectors(scope.selectors)
    checked_selectors([scope.bimi_selector], "BIMI")
    learned = [selector for of, selector in scope.learned_selectors if of == domain]
    guess = scope.guess_selectors
    asking = MemoResolver(means.resolver, patience=scope.deadline)
    means = replace(means, resolver=asking, web=MemoWeb(means.web, patience=scope.deadline))
    # All that does not wait for another answer goes out at once; later steps find it remembered.
    early = [f"{scope.bimi_selector}._bimi.{domain}", *([f"_domainkey.{domain}"] * guess)]
    async with asyncio.TaskGroup() as group:
        surroundings = group.create_task(look_around(domain, means, asking, scope))
        mx, apex, dmarc, _ = await asyncio.gather(
            asking.query(domain, "MX"),
            asking.query(domain, "TXT"),
            audit_dmarc(domain, asking),
            _ask_early(early, asking),
        )
        reports = group.create_task(lost_reports(dmarc, asking))
        spf = await audit_spf(domain, asking, how_to_begin(mx), scope.envelopes)
        providers = _providers(mx, spf)
        dkim, bimi = await asyncio.gather(
            audit_dkim(
                domain,
                asking,
                selectors=selectors,
                learned=learned,
                providers=providers,
                guess=guess,
            ),
            audit_bimi(domain, means, dmarc, selector=scope.bimi_selector),
        )
        around = await surroundings
        around = await look_further(domain, around, (spf, dkim, dmarc, bimi), asking, scope)
    exists = apex.outcome is not Outcome.NXDOMAIN
    mail = Mail(domain, around.mx, spf, dkim, dmarc, guessed=guess)
    if not exists:
        # One clear word about a name that is not there, instead of one per standard.
        spf = replace(spf, findings=without(spf.findings, SPF_MISSING))
        dmarc = replace(dmarc, findings=without(dmarc.findings, DMARC_MISSING))
        around = of_absent(around)
    elif mail.parked:
        dmarc = replace(dmarc, findings=_told(dmarc.findings, DMARC_MISSING, parked_policy(domain)))
        around = replace(
            around, mx=replace(around.mx, findings=without(around.mx.findings, MX_MISSING))
        )
    if not exists or mail.parked:
        # A domain that sends no mail needs no key.
        dkim = replace(dkim, findings=without(dkim.findings, DKIM_NONE, DKIM_NOT_FOUND))
    findings = [*spf.findings, *dkim.findings, *dmarc.findings, *bimi.findings]
    if exists:
        findings += around.findings(domain)
        findings += cross_check(domain, around.mx, spf, dkim, dmarc, reports.result())
        findings += judge_parked(mail)
    else:
        message = f"{domain} does not exist"
        if apex.canonical:
            message = f"{domain} points to {printable(apex.canonical)}, which does not exist"
        findings.append(DOMAIN_MISSING.found(message, "correct its spelling, or register it"))
    # A zone that is refused as bogus is why all the rest can't be read: it comes first.
    cause = {f.id for f in around.dnssec.findings} if around.dnssec.state is State.BOGUS else set()
    findings.sort(key=lambda finding: (-finding.severity.rank, finding.id not in cause))
    known = Known(domain, spf, dkim, dmarc, around.reverse, _evidence(domain, spf, scope))
    return DomainAudit(
        domain,
        spf,
        dkim,
        dmarc,
        bimi,
        around.mx,
        around.mta_sts,
        around.tls_rpt,
        around.dnssec,
        score(known),
        tuple(findings),
        asking.asked,
        (asking.trouble or "no answer in time") if asking.silent else "",
        around.reverse,
        around.servers,
    )


async def _ask_early(names: Sequence[str], resolver: Resolver) -> None:
    await asyncio.gather(*(resolver.query(name, "TXT") for name in names))


def _providers(mx: Answer, spf: SpfAudit) -> tuple[Provider, ...]:
    hosts = [host for _, host in mx.exchanges]
    return recognise([*hosts, *(node.domain for node, _ in spf.tree.reach())])


def _told(findings: tuple[Finding, ...], kind: FindingKind, fix: str) -> tuple[Finding, ...]:
    """The findings with another fix for those of `kind`."""
    return tuple(replace(f, hint=fix) if f.id == kind.id else f for f in findings)


def _evidence(domain: str, spf: SpfAudit, scope: Scope) -> Evidence:
    """What real mail shows, and the clients that were asked about."""
    shown = _of_clients(spf)
    for author_domain, seen in scope.seen:
        if author_domain == domain:
            shown = shown.and_also(seen)
    return shown


def _of_clients(spf: SpfAudit) -> Evidence:
    """What the clients that were asked about show; those of a relay may not be who sends."""
    clients = [check for check in spf.checks if not check.envelope.relay]
    results = {check.result for check in clients}
    if not clients or Result.TEMPERROR in results:
        return Evidence()
    seen_in = f"mail from {', '.join(check.envelope.ip for check in clients[:3])}"
    return Evidence(seen_in=seen_in, spf=results == {Result.PASS})
