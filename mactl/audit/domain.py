"""The audit of one domain: all that is published is looked at, held against each other, and told."""

import asyncio
from dataclasses import replace

from mactl.audit.around import Around, look_around, look_further
from mactl.audit.dns import MemoResolver
from mactl.audit.evidence import Evidence
from mactl.audit.means import DEFAULT_SCOPE, Means, Scope
from mactl.audit.names import audited_domain
from mactl.audit.parked import Mail
from mactl.audit.report import DomainAudit
from mactl.audit.scorecard.card import score
from mactl.audit.scorecard.requirements import Known
from mactl.audit.selectors import checked_selectors
from mactl.audit.spf.evidence import evidence_of
from mactl.audit.standards import Standards, look_at_standards
from mactl.audit.telling import quieted, told
from mactl.audit.web import MemoWeb


async def audit_domain(domain: str, means: Means, scope: Scope = DEFAULT_SCOPE) -> DomainAudit:
    """All that receivers look at of `domain`.

    Raises UsageError where `domain` or a selector is none; whatever the DNS and the web do becomes
    part of the report.
    """
    domain = audited_domain(domain)
    checked_selectors(scope.selectors)
    checked_selectors([scope.bimi_selector], "BIMI")
    asking = MemoResolver(means.resolver, patience=scope.deadline)
    means = replace(means, resolver=asking, web=MemoWeb(means.web, patience=scope.deadline))
    seen, around = await _look(domain, means, scope)
    mail = Mail(domain, seen, around.mx, guessed=scope.guess_selectors)
    standards, around = quieted(mail, around)
    spf, dkim, dmarc = standards.spf, standards.dkim, standards.dmarc
    known = Known(domain, spf, dkim, dmarc, around.reverse, _evidence(domain, standards, scope))
    return DomainAudit(
        domain,
        spf,
        dkim,
        dmarc,
        standards.bimi,
        around.mx,
        around.mta_sts,
        around.tls_rpt,
        around.dnssec,
        score(known),
        told(mail, standards, around),
        asking.asked,
        (asking.trouble or "no answer in time") if asking.silent else "",
        around.reverse,
        around.servers,
    )


async def _look(domain: str, means: Means, scope: Scope) -> tuple[Standards, Around]:
    """What is published: the standards and what surrounds them at once, then what they lead to."""
    async with asyncio.TaskGroup() as group:
        surroundings = group.create_task(look_around(domain, means, scope))
        standards = await look_at_standards(domain, means, scope)
        around = await surroundings
        further = await look_further(domain, standards, around, means.resolver, scope)
    return standards, further


def _evidence(domain: str, standards: Standards, scope: Scope) -> Evidence:
    """What real mail shows, and the clients that were asked about."""
    shown = evidence_of(standards.spf.checks)
    for author_domain, seen in scope.seen:
        if author_domain == domain:
            shown = shown.and_also(seen)
    return shown
