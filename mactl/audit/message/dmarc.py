"""DMARC of a message: its author domain, what authenticates that, and the result."""

import asyncio
from enum import StrEnum

from mactl.audit.dkim.signature import DkimResult
from mactl.audit.dkim.verify import SignatureCheck
from mactl.audit.dmarc.alignment import aligns
from mactl.audit.dmarc.audit import DmarcAudit, audit_dmarc
from mactl.audit.dns import Resolver
from mactl.audit.kinds import Status
from mactl.audit.message.mail import ReceivedMessage
from mactl.audit.message.spf import MessageSpf
from mactl.audit.spf.evaluate import Result


class DmarcResult(StrEnum):
    """What DMARC says of a message, in the words of RFC 9989 and its registry."""

    PASS = "pass"
    FAIL = "fail"
    NONE = "none"  # no record
    PERMERROR = "permerror"  # no author domain, or several
    TEMPERROR = "temperror"


def author_domain(message: ReceivedMessage) -> str:
    """The domain that DMARC is about; '' where there is not exactly one (RFC 9989 5.3.1)."""
    domains = message.author_domains
    return domains[0] if message.count("from") == 1 and len(domains) == 1 else ""


async def policies_of(domain: str, resolver: Resolver) -> DmarcAudit | None:
    """What DMARC records say of the author domain; None where there is none."""
    return await audit_dmarc(domain, resolver) if domain else None


async def alignment(
    checks: tuple[SignatureCheck, ...], spf: MessageSpf, policies: DmarcAudit, resolver: Resolver
) -> tuple[tuple[SignatureCheck, ...], bool | None]:
    """The signatures of the author's organization, and whether the return path is of it."""
    record = policies.record
    adkim, aspf = (record.adkim, record.aspf) if record is not None else ("r", "r")
    domains = dict.fromkeys(c.signature.domain for c in checks if c.signature.domain)
    found = await asyncio.gather(*(aligns(d, policies, adkim, resolver) for d in domains))
    own = {domain for domain, is_own in zip(domains, found, strict=True) if is_own}
    spf_aligned = await aligns(spf.domain, policies, aspf, resolver) if spf.domain else None
    return tuple(check for check in checks if check.signature.domain in own), spf_aligned


def dmarc_result(
    aligned: tuple[SignatureCheck, ...],
    spf: MessageSpf,
    spf_aligned: bool | None,
    policies: DmarcAudit | None,
) -> DmarcResult | None:
    """The result of RFC 9989 5.3.5; None where the file does not tell enough."""
    if policies is None:
        return DmarcResult.PERMERROR
    if policies.policies.this is None:
        is_unknown = policies.status is Status.TEMPERROR
        return DmarcResult.TEMPERROR if is_unknown else DmarcResult.NONE
    if any(check.counts for check in aligned) or (spf.result is Result.PASS and spf_aligned):
        return DmarcResult.PASS
    if spf.result is Result.TEMPERROR or any(c.result is DkimResult.TEMPERROR for c in aligned):
        return DmarcResult.TEMPERROR  # RFC 9989 5.3.6
    if spf.result is None and spf_aligned is not False:
        return None
    return DmarcResult.FAIL
