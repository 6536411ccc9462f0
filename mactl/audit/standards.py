"""SPF, DKIM, DMARC and BIMI of one domain: each asked for as early as it can be, and judged by itself."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from mactl.audit.bimi.audit import BimiAudit, audit_bimi
from mactl.audit.dkim.audit import DkimAudit, audit_dkim
from mactl.audit.dmarc.audit import DmarcAudit, audit_dmarc
from mactl.audit.dns import Answer, Outcome, Resolver
from mactl.audit.means import Means, Scope
from mactl.audit.mx.delivery import lost_mail
from mactl.audit.providers import Provider, recognise
from mactl.audit.spf.audit import SpfAudit, audit_spf
from mactl.audit.spf.fresh import how_to_begin
from mactl.findings import Finding


@dataclass(frozen=True, slots=True)
class Standards:
    """What was found about the four standards; `apex` is the answer for the domain's own TXT records.

    `lost_reports` has the domains that DMARC reports go to in vain, and why.
    """

    apex: Answer
    spf: SpfAudit
    dkim: DkimAudit
    dmarc: DmarcAudit
    bimi: BimiAudit
    lost_reports: Mapping[str, str] = field(default_factory=dict)

    @property
    def exists(self) -> bool:
        """Whether the domain does, as far as the DNS tells."""
        return self.apex.outcome is not Outcome.NXDOMAIN

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Those of all four."""
        audits = (self.spf, self.dkim, self.dmarc, self.bimi)
        return tuple(finding for audit in audits for finding in audit.findings)


async def look_at_standards(domain: str, means: Means, scope: Scope) -> Standards:
    """The four standards of `domain`; raises UsageError where a selector of `scope` is none."""
    resolver = means.resolver
    # All that does not wait for another answer goes out at once; later steps find it remembered.
    mx, apex, dmarc, _ = await asyncio.gather(
        resolver.query(domain, "MX"),
        resolver.query(domain, "TXT"),
        audit_dmarc(domain, resolver),
        _ask_early(domain, resolver, scope),
    )
    async with asyncio.TaskGroup() as group:
        lost = group.create_task(_lost_reports(dmarc, resolver))
        bimi = group.create_task(audit_bimi(domain, means, dmarc, selector=scope.bimi_selector))
        spf = await audit_spf(domain, resolver, how_to_begin(domain, mx), scope.envelopes)
        dkim = await audit_dkim(
            domain,
            resolver,
            selectors=scope.selectors,
            learned=[selector for of, selector in scope.learned_selectors if of == domain],
            providers=_providers(mx, spf),
            guess=scope.guess_selectors,
            elder=dmarc.elder,
        )
    return Standards(apex, spf, dkim, dmarc, bimi.result(), lost.result())


async def _ask_early(domain: str, resolver: Resolver, scope: Scope) -> None:
    names = [f"{scope.bimi_selector}._bimi.{domain}"]
    if scope.guess_selectors:
        names.append(f"_domainkey.{domain}")
    await asyncio.gather(*(resolver.query(name, "TXT") for name in names))


async def _lost_reports(dmarc: DmarcAudit, resolver: Resolver) -> dict[str, str]:
    uris = dmarc.record.rua if dmarc.record is not None else ()
    return await lost_mail((uri.host for uri in uris if uri.host), resolver)


def _providers(mx: Answer, spf: SpfAudit) -> tuple[Provider, ...]:
    """The mail services that the domain's MX hosts and its SPF tree show."""
    hosts = [host for _, host in mx.exchanges]
    return recognise([*hosts, *(node.domain for node, _ in spf.tree.reach())])
