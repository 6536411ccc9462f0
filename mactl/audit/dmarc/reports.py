"""Whether the domains that reports go to have agreed to get them (RFC 9990 4)."""

import asyncio
from dataclasses import dataclass
from enum import StrEnum

from mactl.audit.dmarc.record import DmarcRecord, is_dmarc, parse_dmarc
from mactl.audit.dmarc.walk import walk_tree
from mactl.audit.dns import Answer, Outcome, Resolver
from mactl.audit.names import is_queryable, is_within, printable


class Consent(StrEnum):
    """What a domain outside the organization says about getting reports."""

    AGREED = "agreed"
    MISSING = "missing"
    OVERRIDDEN = "overridden"  # it agreed, and names an address that may not be
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ReportHost:
    """A host outside the organization that reports go to, and what was found at `name`."""

    host: str
    name: str
    consent: Consent
    answer: Answer

    def as_json(self) -> dict[str, object]:
        """The host as plain values."""
        return {
            "host": printable(self.host),
            "name": printable(self.name),
            "consent": self.consent.value,
        }


async def outside_hosts(
    record: DmarcRecord, domain: str, organization: str, resolver: Resolver
) -> tuple[ReportHost, ...]:
    """The outside hosts that the record of `domain` names in rua and ruf, each asked once."""
    hosts = list(dict.fromkeys(u.host for u in (*record.rua, *record.ruf) if u.host))
    own = await asyncio.gather(*(_is_own(host, organization, resolver) for host in hosts))
    outside = [host for host, is_own in zip(hosts, own, strict=True) if not is_own]
    return tuple(await asyncio.gather(*(_ask(host, domain, resolver) for host in outside)))


async def _is_own(host: str, organization: str, resolver: Resolver) -> bool:
    """Whether a host is of the organization (RFC 9990 4): one below it may be its own, by psd=n."""
    if host == organization or not is_within(host, organization):
        return host == organization
    return (await walk_tree(host, resolver)).organizational_domain == organization


async def _ask(host: str, domain: str, resolver: Resolver) -> ReportHost:
    name = f"{domain}._report._dmarc.{host}"
    if is_queryable(name):
        answer = await resolver.query(name, "TXT")
    else:
        # RFC 9990 4, step 4: what can't be asked for can't be confirmed.
        answer = Answer(name, "TXT", Outcome.NXDOMAIN, detail="longer than a name may be")
    return ReportHost(host, name, _consent(host, answer), answer)


def _consent(host: str, answer: Answer) -> Consent:
    if answer.failed:
        return Consent.UNKNOWN
    records = [parse_dmarc(text) for text in answer.records if is_dmarc(text)]
    if not records:
        return Consent.MISSING
    targets = {uri.host for record in records for uri in record.rua if uri.host}
    # RFC 9990 4, step 9: an override stays on the same host.
    return Consent.OVERRIDDEN if targets - {host} else Consent.AGREED
