"""Whether mail to a domain can get anywhere, for addresses that reports go to."""

import asyncio
from collections.abc import Iterable

from mactl.audit.dns import Resolver
from mactl.audit.mx.hosts import addresses_of
from mactl.audit.names import is_queryable, printable

MAX_DOMAINS = 5  # that the reports of one record go to


async def lost_mail(domains: Iterable[str], resolver: Resolver) -> dict[str, str]:
    """Those of the first `MAX_DOMAINS` of `domains` that no mail can be delivered to, and why."""
    asked = list(dict.fromkeys(domains))[:MAX_DOMAINS]
    reasons = await asyncio.gather(*(undeliverable(domain, resolver) for domain in asked))
    return {domain: reason for domain, reason in zip(asked, reasons, strict=True) if reason}


async def undeliverable(domain: str, resolver: Resolver) -> str:
    """Why no mail can be delivered to `domain`; '' where it can, or the DNS failed to tell.

    The hosts of MX records are not looked at (RFC 5321 5.1, RFC 7505 3).
    """
    if not is_queryable(domain):
        return f"{printable(domain, 100)} is no domain"
    answer = await resolver.query(domain, "MX")
    if answer.is_null_mx:
        return f"{printable(domain)} takes no mail: it has a null MX"
    if not answer.absent:
        return ""
    found, _, failure = await addresses_of(domain, resolver)
    if found or failure:
        return ""
    return f"{printable(domain)} has neither an MX record nor an address"
