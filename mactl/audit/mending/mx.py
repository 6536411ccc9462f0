"""MX: hosts that there are; where mail is really taken is for the domain's owner to say."""

import re
from collections.abc import Sequence
from ipaddress import ip_address

from mactl.audit.addresses import is_private
from mactl.audit.dns import Resolver
from mactl.audit.kinds import has_any
from mactl.audit.means import Means
from mactl.audit.mending.zone import Edit
from mactl.audit.mx import kinds
from mactl.audit.mx.hosts import MxHost
from mactl.audit.mx.judge import is_host
from mactl.audit.names import normalised
from mactl.audit.report import DomainAudit

_NULL = "0 "
_WHY = "MX"


async def mend_mx(audit: DomainAudit, means: Means) -> Sequence[Edit]:
    """The edits that mend the errors of MX; none where only the owner knows what takes the mail."""
    mx, name = audit.mx, audit.domain
    wrong = (kinds.NONE_USABLE, kinds.NULL_NOT_ALONE, kinds.IP_ADDRESS, kinds.NOT_A_HOST)
    if not has_any(mx.findings, *wrong):
        return ()
    if mx.hosts and all(host.is_local for host in mx.hosts):
        why = f"{_WHY}: {name} takes no mail, as all of its hosts are whoever sends"
        return [Edit(name, "MX", mx.answer.records, (_NULL,), why)]
    has_usable = any(_is_fine(host) for host in mx.hosts)
    removed: list[str] = []
    added: list[str] = []
    edits: list[Edit] = []
    for record in mx.answer.records:
        host = next((h for h in mx.hosts if _is_of(record, h)), None)
        is_null = record.partition(" ")[2] in ("", ".")
        if (host is None and not is_null) or (host is not None and _is_fine(host)):
            continue  # one that was not looked at, or the same host once more
        if host is not None and (meant := await _meant(name, host, means.resolver)):
            added.append(f"{host.preference} {meant}")
            edits += await _address_of(meant, host, means.resolver)
        if added or has_usable:
            removed.append(record)
    if not removed:
        return ()
    return [Edit(name, "MX", tuple(removed), tuple(added), f"{_WHY}: hosts that there are"), *edits]


def _is_of(record: str, host: MxHost) -> bool:
    preference, _, name = record.partition(" ")
    return normalised(name) == host.host and preference == str(host.preference)


def _is_fine(host: MxHost) -> bool:
    return host.usable and is_host(host.host)


async def _address_of(name: str, host: MxHost, resolver: Resolver) -> Sequence[Edit]:
    """The address that `name` lacks, in place of an MX that has it."""
    if not host.is_address:
        return ()
    address, rdtype = _literal(host)
    published = (await resolver.query(name, rdtype)).records
    why = "the host that takes mail"
    return () if address in published else [Edit(name, rdtype, (), (address,), why)]


def _literal(host: MxHost) -> tuple[str, str]:
    address = str(ip_address(host.host.strip("[]")))
    return address, "AAAA" if ":" in address else "A"


async def _free_name(domain: str, host: MxHost, resolver: Resolver) -> str:
    """A name for the host at an address: one that has it, or that nothing has; '' where all are taken."""
    address, rdtype = _literal(host)
    for label in ("mail", "mx", "mx1"):
        answer = await resolver.query(f"{label}.{domain}", rdtype)
        if address in answer.records or (answer.absent and not answer.canonical):
            return f"{label}.{domain}"
    return ""


async def _meant(domain: str, host: MxHost, resolver: Resolver) -> str:
    """The host that was probably meant, where it has an address; '' where that can't be told."""
    if host.is_address:
        private = is_private(_literal(host)[0])
        return "" if private else await _free_name(domain, host, resolver)
    bare = re.sub(r"^[a-z][a-z0-9+.-]*:/*|[/?#:].*\Z", "", host.host)
    # A zone file adds the domain to every name that does not end in a dot.
    for name in (bare, host.host.removesuffix(f".{domain}"), f"{bare}.{domain}"):
        if name != host.host and is_host(name):
            answer = await resolver.query(name, "A")
            if answer.records and not any(map(is_private, answer.records)):
                return name
    return ""
