"""What surrounds SPF, DKIM, DMARC and BIMI: where mail is taken, over TLS or not, and the zone."""

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

from mactl.audit.bimi.audit import BimiAudit
from mactl.audit.cross import cross_check_transport
from mactl.audit.dkim.audit import DkimAudit
from mactl.audit.dmarc.audit import DmarcAudit
from mactl.audit.dns import Resolver
from mactl.audit.dnssec.audit import DnssecAudit, audit_dnssec
from mactl.audit.dnssec.zones import zone_of
from mactl.audit.kinds import Status
from mactl.audit.means import Means, Scope
from mactl.audit.mta_sts.audit import MtaStsAudit, against_mx, audit_mta_sts
from mactl.audit.mx.audit import MxAudit, audit_mx, with_senders
from mactl.audit.reverse.audit import ReverseAudit, audit_reverse
from mactl.audit.servers.asking import Question, ask_early
from mactl.audit.servers.audit import ServersAudit, audit_servers
from mactl.audit.spf.audit import SpfAudit
from mactl.audit.spf.evaluate import Result, check_host
from mactl.audit.subdomains.audit import judge_below, look_below
from mactl.audit.tls_rpt.audit import TlsRptAudit, audit_tls_rpt, for_mx
from mactl.findings import Finding

_MAX_SENDERS = 16  # addresses of MX hosts that SPF is evaluated for


@dataclass(frozen=True, slots=True)
class Around:
    """What was found around the four standards; `below` are findings about names below."""

    mx: MxAudit
    mta_sts: MtaStsAudit
    tls_rpt: TlsRptAudit
    dnssec: DnssecAudit
    reverse: ReverseAudit | None = None
    servers: ServersAudit | None = None
    below: tuple[Finding, ...] = ()

    def findings(self, domain: str) -> Iterator[Finding]:
        """All of them, and what shows where they are held against each other."""
        for audit in (self.mx, self.reverse, self.mta_sts, self.tls_rpt, self.dnssec, self.servers):
            if audit is not None:
                yield from audit.findings
        yield from self.below
        yield from cross_check_transport(domain, self.mx, self.mta_sts, self.tls_rpt)


async def look_around(domain: str, means: Means, resolver: Resolver, scope: Scope) -> Around:
    """All that does not wait for the four standards; `resolver` is the one to ask."""
    mx, mta_sts, tls_rpt, dnssec, reverse, _ = await asyncio.gather(
        audit_mx(domain, resolver),
        audit_mta_sts(domain, resolver, means.web),
        audit_tls_rpt(domain, resolver),
        audit_dnssec(domain, resolver, means.now),
        _reverse(resolver, scope),
        _ask_early(domain, resolver, scope),
    )
    return Around(mx, against_mx(mta_sts, domain, mx), for_mx(tls_rpt, mx), dnssec, reverse)


async def _reverse(resolver: Resolver, scope: Scope) -> ReverseAudit | None:
    return await audit_reverse(scope.envelopes, resolver) if scope.envelopes else None


async def _ask_early(domain: str, resolver: Resolver, scope: Scope) -> None:
    """Ask for what is known to be wanted later; it is remembered then."""
    await asyncio.gather(
        look_below(domain, (), resolver), _ask_servers_early(domain, resolver, scope)
    )


async def _ask_servers_early(domain: str, resolver: Resolver, scope: Scope) -> None:
    if scope.every_server and (top := await zone_of(domain, resolver)).name:
        await ask_early(top.name, resolver)


async def look_further(
    domain: str,
    around: Around,
    standards: tuple[SpfAudit, DkimAudit, DmarcAudit, BimiAudit],
    resolver: Resolver,
    scope: Scope,
) -> Around:
    """What only the four standards tell to ask for."""
    spf, dkim, dmarc, bimi = standards
    known = [host.host for host in around.mx.hosts]
    known += [node.domain for node, _ in spf.tree.reach()]
    known += [selector.alias for selector in dkim.selectors if selector.alias]
    senders, below, servers = await asyncio.gather(
        _senders(domain, around.mx, spf, resolver),
        _below(domain, known, dmarc, resolver),
        _servers(domain, around, dkim, bimi, resolver, scope),
    )
    return replace(
        around,
        mx=with_senders(around.mx, senders),
        below=tuple(below),
        servers=servers,
    )


async def _senders(domain: str, mx: MxAudit, spf: SpfAudit, resolver: Resolver) -> frozenset[str]:
    """The addresses of MX hosts that SPF lets send; most answers are known by now."""
    if spf.record is None or spf.sends_nothing:
        return frozenset()
    addresses = mx.addresses[:_MAX_SENDERS]
    checks = await asyncio.gather(
        *(check_host(a, f"postmaster@{domain}", domain, resolver) for a in addresses)
    )
    passing = (a for a, check in zip(addresses, checks, strict=True) if check.result is Result.PASS)
    return frozenset(passing)


async def _below(
    domain: str, known: Iterable[str], dmarc: DmarcAudit, resolver: Resolver
) -> list[Finding]:
    return await judge_below(await look_below(domain, known, resolver), dmarc, resolver)


async def _servers(
    domain: str,
    around: Around,
    dkim: DkimAudit,
    bimi: BimiAudit,
    resolver: Resolver,
    scope: Scope,
) -> ServersAudit | None:
    if not scope.every_server:
        return None
    keys = [f"{s.name}._domainkey.{domain}" for s in dkim.selectors if s.name != "*"]
    others = [f"_mta-sts.{domain}", f"_smtp._tls.{domain}"]
    if bimi.record_domain in (None, domain):
        others.append(f"{scope.bimi_selector}._bimi.{domain}")
    questions: list[Question] = [(domain, "TXT"), (domain, "MX"), (f"_dmarc.{domain}", "TXT")]
    questions += [(name, "TXT") for name in (*others, *keys)]
    return await audit_servers(around.dnssec.zone, questions, resolver)


_Audit = TypeVar("_Audit", MxAudit, MtaStsAudit, TlsRptAudit, DnssecAudit)


def of_absent(around: Around) -> Around:
    """The same for a domain that does not exist, of which one clear word is said elsewhere."""

    def quiet(audit: _Audit) -> _Audit:
        return replace(audit, findings=()) if audit.status is Status.NONE else audit

    return replace(
        around,
        mx=quiet(around.mx),
        mta_sts=quiet(around.mta_sts),
        tls_rpt=quiet(around.tls_rpt),
        dnssec=quiet(around.dnssec),
    )
