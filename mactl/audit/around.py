"""What surrounds SPF, DKIM, DMARC and BIMI: where mail is taken, over TLS or not, and the zone."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, replace

from mactl.audit.dmarc.audit import DmarcAudit
from mactl.audit.dns import Resolver
from mactl.audit.dnssec.audit import DnssecAudit, audit_dnssec
from mactl.audit.dnssec.zones import zone_of
from mactl.audit.means import Means, Scope
from mactl.audit.mta_sts.audit import MtaStsAudit, against_mx, audit_mta_sts
from mactl.audit.mx.audit import MxAudit, audit_mx, with_senders
from mactl.audit.providers import recognise
from mactl.audit.reverse.audit import ReverseAudit, audit_reverse
from mactl.audit.servers.asking import Question, ask_early
from mactl.audit.servers.audit import ServersAudit, audit_servers
from mactl.audit.spf.audit import SpfAudit
from mactl.audit.spf.evaluate import Result, check_host
from mactl.audit.standards import Standards
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

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Those of all of them."""
        audits = (self.mx, self.reverse, self.mta_sts, self.tls_rpt, self.dnssec, self.servers)
        found = [f for audit in audits if audit is not None for f in audit.findings]
        return (*found, *self.below)


async def look_around(domain: str, means: Means, scope: Scope) -> Around:
    """All that does not wait for the four standards."""
    resolver = means.resolver
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
    domain: str, standards: Standards, around: Around, resolver: Resolver, scope: Scope
) -> Around:
    """`around`, with what only the four standards tell to ask for."""
    spf, dkim, dmarc = standards.spf, standards.dkim, standards.dmarc
    known = [host.host for host in around.mx.hosts]
    known += [node.domain for node, _ in spf.tree.reach()]
    known += [selector.alias for selector in dkim.selectors if selector.alias]
    senders, below, servers = await asyncio.gather(
        _senders(domain, around.mx, spf, resolver),
        _below(domain, known, dmarc, resolver),
        _servers(domain, standards, around.dnssec.zone, resolver, scope),
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
    # A large service takes mail at hosts of their own, in ranges that its SPF record has whole.
    own = (host for host in mx.hosts if not recognise([host.host]))
    addresses = tuple(dict.fromkeys(r.address for h in own for r in h.public))[:_MAX_SENDERS]
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
    domain: str, standards: Standards, zone: str, resolver: Resolver, scope: Scope
) -> ServersAudit | None:
    """What each server of `zone` says of every name that the audit of `domain` rests on."""
    if not scope.every_server:
        return None
    keys = [f"{s.name}._domainkey.{domain}" for s in standards.dkim.selectors if s.name != "*"]
    others = [f"_mta-sts.{domain}", f"_smtp._tls.{domain}"]
    if standards.bimi.record_domain in (None, domain):
        others.append(f"{scope.bimi_selector}._bimi.{domain}")
    questions: list[Question] = [(domain, "TXT"), (domain, "MX"), (f"_dmarc.{domain}", "TXT")]
    questions += [(name, "TXT") for name in (*others, *keys)]
    return await audit_servers(zone, questions, resolver)
