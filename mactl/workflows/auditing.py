"""`mactl audit`: whether mail from a domain will be believed."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from mactl.audit import DomainAudit, Means, Scope, audit_domain, system_resolver
from mactl.audit.web import NoWeb
from mactl.errors import TryAgainLater, UsageError
from mactl.project import Sender
from mactl.workflows.opening import open_project

_AT_ONCE = 16


def audit_domains(
    given: Path | None,
    domains: Sequence[str],
    selectors: Sequence[str],
    nameserver: str | None,
    now: datetime,
) -> list[DomainAudit]:
    """The audit of each of `domains`, or of the project's sender where there are none.

    Raises UsageError where there is no domain to audit, TryAgainLater where no name server answers at all.
    """
    if not domains:
        sender = _sender(given)
        domains, nameserver = [sender.domain], nameserver or sender.nameserver
        own = [key.selector for key in sender.dkim_keys if key.domain == sender.domain]
        selectors = [*selectors, *own]
    audits = asyncio.run(_audit(list(dict.fromkeys(domains)), selectors, nameserver, now))
    if all(audit.no_dns for audit in audits):
        raise TryAgainLater(
            "no name server answers", "check the network, or name one with --nameserver HOST:PORT"
        )
    return audits


def _sender(given: Path | None) -> Sender:
    sender = open_project(given).settings.sender
    if sender is None:
        raise UsageError("there is no domain to audit", "name one: mactl audit example.com")
    return sender


async def _audit(
    domains: Sequence[str], selectors: Sequence[str], nameserver: str | None, now: datetime
) -> list[DomainAudit]:
    means = Means(system_resolver(nameserver), NoWeb(), now)
    scope = Scope(selectors=tuple(selectors))
    places = asyncio.Semaphore(_AT_ONCE)

    async def one(domain: str) -> DomainAudit:
        async with places:
            return await audit_domain(domain, means, scope)

    return list(await asyncio.gather(*(one(domain) for domain in domains)))
