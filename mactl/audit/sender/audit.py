"""The audit of a sender: its From, its return path, its key and its relay held against what the DNS has."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from mactl.audit.catalogue import CATALOGUE, TEMPORARY
from mactl.audit.dkim.audit import DkimSelector, audit_dkim
from mactl.audit.dkim.kinds import TESTING
from mactl.audit.dkim.record import DkimKey, same_key
from mactl.audit.dmarc.alignment import aligns
from mactl.audit.dmarc.audit import DmarcAudit, audit_dmarc
from mactl.audit.dns import MemoResolver, Resolver
from mactl.audit.kinds import Status
from mactl.audit.names import audited_domain, printable
from mactl.audit.sender import kinds
from mactl.audit.sender.relay import relay_addresses, spf_term
from mactl.audit.spf.audit import SpfAudit, audit_spf
from mactl.audit.spf.evaluate import Result, check_host
from mactl.audit.spf.kinds import RELAY_UNLISTED
from mactl.errors import UsageError
from mactl.findings import Finding, Severity


@dataclass(frozen=True, slots=True)
class SigningKey:
    """What messages are signed with: `domain` and `selector` as in d= and s=, the public half as base64 in p=."""

    domain: str
    selector: str
    key_type: str
    """`rsa` or `ed25519`."""
    public_key: str

    @property
    def host(self) -> str:
        """The name that its record is published at."""
        return f"{self.selector}._domainkey.{self.domain}"

    @property
    def record(self) -> str:
        """The TXT record to publish."""
        return f"v=DKIM1; k={self.key_type}; p={self.public_key}"


@dataclass(frozen=True, slots=True)
class MailSource:
    """How mail goes out: the domain in From, that of the return path, the keys that sign (none: not mactl), the relay's
    host ('' where there is none)."""

    from_domain: str
    return_domain: str
    signing: tuple[SigningKey, ...] = ()
    relay: str = ""


def is_fault(finding: Finding) -> bool:
    """Whether `finding` is something that surely must be mended before mail passes."""
    return finding.severity is Severity.ERROR and not is_unknown(finding)


def is_unknown(finding: Finding) -> bool:
    """Whether `finding` says that the DNS kept something from being told."""
    return finding.id in _TEMPORARY


_TEMPORARY = TEMPORARY | {kinds.TEMPERROR.id}
_BREAKS = (Status.NONE, Status.PERMERROR, Status.TEMPERROR)


async def audit_sender(source: MailSource, resolver: Resolver) -> tuple[Finding, ...]:
    """What keeps mail of `source` from passing SPF, DKIM and DMARC (errors), or may (warnings); gravest first.

    Each error's hint names the record to publish: `publish TXT at HOST: VALUE`. Whatever the DNS does becomes a
    finding; see `is_fault` and `is_unknown`.
    """
    try:
        source = replace(
            source,
            from_domain=audited_domain(source.from_domain),
            return_domain=audited_domain(source.return_domain),
        )
    except UsageError as bad:
        return (kinds.NOT_A_DOMAIN.found(bad.message, "see sender.from and sender.bounces"),)
    return await _SenderAudit(source, MemoResolver(resolver)).run()


class _SenderAudit:
    def __init__(self, source: MailSource, resolver: MemoResolver) -> None:
        self.source = source
        self.resolver = resolver

    async def run(self) -> tuple[Finding, ...]:
        source = self.source
        dmarc, spf, published = await asyncio.gather(
            audit_dmarc(source.from_domain, self.resolver),
            audit_spf(source.return_domain, self.resolver, self._proposed_spf),
            asyncio.gather(*(self._published(key) for key in source.signing)),
        )
        spf_faults = list(self._spf(spf))
        findings = [
            *self._dmarc(dmarc),
            *spf_faults,
            *self._dkim(published),
            *await self._alignment(dmarc),
            *(() if spf_faults else await self._relay(spf)),
        ]
        findings.sort(key=lambda finding: -finding.severity.rank)
        return tuple(dict.fromkeys(findings))

    @property
    def _proposed_spf(self) -> str:
        """What to do where no record lets the relay send."""
        source = self.source
        return publish(source.return_domain, f"v=spf1 {spf_term(source.relay)} ~all")

    async def _published(self, key: SigningKey) -> DkimSelector:
        found = await audit_dkim(key.domain, self.resolver, selectors=[key.selector], guess=False)
        return found.selectors[0]

    def _dmarc(self, dmarc: DmarcAudit) -> Iterator[Finding]:
        """A record must govern the domain, be its policy none."""
        if dmarc.policies.this is not None:
            return
        domain = self.source.from_domain
        proposed = publish(f"_dmarc.{domain}", f"v=DMARC1; p=none; rua=mailto:dmarc@{domain}")
        for finding in _breaking(dmarc.findings):
            is_missing = CATALOGUE[finding.id].status is Status.NONE
            yield replace(finding, hint=proposed) if is_missing else finding

    def _spf(self, spf: SpfAudit) -> Iterator[Finding]:
        """The return path's domain must have a record that can be evaluated and lets somebody send."""
        domain = self.source.return_domain
        yield from _breaking(spf.findings)
        if spf.sends_nothing:
            yield kinds.SPF_FORBIDS_ALL.found(
                f"{domain} publishes '{spf.record}': no server may send for it",
                self._proposed_spf,
            )

    def _dkim(self, published: Sequence[DkimSelector]) -> Iterator[Finding]:
        """Every key that signs must be the one that is published."""
        if not published:
            yield kinds.NOT_SIGNED.found(
                f"mactl signs nothing for {self.source.from_domain}",
                "name a key in sender.dkim, or look for dkim=pass in a message that came through the relay",
            )
        for key, found in zip(self.source.signing, published, strict=True):
            yield from _judge_key(key, found)

    async def _alignment(self, dmarc: DmarcAudit) -> Sequence[Finding]:
        """What of the signature and the return path is of the domain in From (RFC 9989 4.4)."""
        source, record = self.source, dmarc.record
        if dmarc.walk.failed:
            return ()
        modes = (record.adkim, record.aspf) if record is not None else ("r", "r")
        signed_by = " and ".join(dict.fromkeys(key.domain for key in source.signing))
        aligned = [
            await aligns(key.domain, dmarc, modes[0], self.resolver) for key in source.signing
        ]
        dkim = any(aligned) if aligned else None
        spf = await aligns(source.return_domain, dmarc, modes[1], self.resolver)
        sign = f"set sender.dkim.domain to {source.from_domain}, and publish its key there"
        if dkim is False and spf is False:
            message = (
                f"messages of {source.from_domain} are signed by {signed_by}, "
                f"and have a return path at {source.return_domain}"
            )
            return (kinds.NOTHING_ALIGNS.found(message, sign),)
        findings = []
        if dkim is False:
            message = f"messages of {source.from_domain} are signed by {signed_by}"
            findings.append(kinds.DKIM_NOT_ALIGNED.found(message, sign))
        if spf is False:
            message = (
                f"messages of {source.from_domain} have a return path at {source.return_domain}"
            )
            fix = f"set sender.bounces to a mailbox at {source.from_domain}, or below it"
            findings.append(kinds.SPF_NOT_ALIGNED.found(message, fix))
        return findings

    async def _relay(self, spf: SpfAudit) -> Sequence[Finding]:
        """Whether SPF knows the relay, as far as that can be told."""
        relay, domain = self.source.relay, self.source.return_domain
        term = spf_term(relay)
        named = {f"include:{node.domain}" for node, _ in spf.tree.reach()}
        if not relay or spf.record is None or term in named:
            return ()
        addresses = await relay_addresses(relay, self.resolver)
        checks = await asyncio.gather(
            *(
                check_host(address, f"postmaster@{domain}", relay, self.resolver)
                for address in addresses
            )
        )
        results = [check.result for check in checks]
        if not results or set(results) & {Result.PASS, Result.TEMPERROR}:
            return ()
        _, *terms = spf.record.text.split()
        message = f"{printable(relay)} ({addresses[0]}) is not among those that may send for {domain}: {results[0]}"
        listed = publish(domain, " ".join(("v=spf1", term, *terms)))
        fix = f"where it sends by itself, {listed}"
        return (RELAY_UNLISTED.found(message, fix),)


def _judge_key(key: SigningKey, found: DkimSelector) -> Iterator[Finding]:
    """What is wrong with what is published of `key`."""
    fix = publish(key.host, key.record)
    broken = _breaking(found.findings)
    for finding in broken:
        yield finding if is_unknown(finding) else replace(finding, hint=fix)
    yield from (finding for finding in found.findings if finding.id == TESTING.id)
    if found.key is not None and not broken and not _is_ours(found.key, key):
        yield kinds.KEY_DIFFERS.found(
            f"{printable(key.host)} has another key than the one that signs", fix
        )


def publish(host: str, value: str) -> str:
    """What to do about a TXT record that is missing or wrong."""
    return f"publish TXT at {printable(host)}: {printable(value)}"


def _breaking(findings: Sequence[Finding]) -> list[Finding]:
    """Those of an audit's findings that keep a standard from working."""
    return [
        finding
        for finding in findings
        if finding.severity is Severity.ERROR and CATALOGUE[finding.id].status in _BREAKS
    ]


def _is_ours(published: DkimKey, signing: SigningKey) -> bool:
    return published.key_type == signing.key_type and same_key(
        published.key_type, published.public_key or "", signing.public_key
    )
