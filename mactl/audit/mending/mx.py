"""MX: hosts that there are; where mail is really taken is for the domain's owner to say."""

import re
from collections.abc import Sequence

from mactl.audit.addresses import is_private
from mactl.audit.dns import Resolver
from mactl.audit.means import Means
from mactl.audit.mending.errors import has_error
from mactl.audit.mending.zone import Edit
from mactl.audit.mx import kinds
from mactl.audit.mx.hosts import MxHost
from mactl.audit.mx.judge import is_host
from mactl.audit.names import is_queryable, normalised
from mactl.audit.report import DomainAudit

_NULL = "0 "
_WHY = "MX"


async def mend_mx(audit: DomainAudit, means: Means) -> Sequence[Edit]:
    """The edits that mend the errors of MX."""
    mx, name = audit.mx, audit.domain
    wrong = (kinds.NONE_USABLE, kinds.NULL_NOT_ALONE, kinds.IP_ADDRESS, kinds.NOT_A_HOST)
    if not has_error(mx.findings, *wrong):
        return ()
    removed, added, edits = [], [], []
    for record in mx.answer.records:
        host = next((h for h in mx.hosts if _is_of(record, h)), None)
        is_null = record.partition(" ")[2] in ("", ".")
        if host is None and not is_null:
            continue  # one that was not looked at, or the same host once more
        if host is not None and host.usable and is_host(host.host):
            continue
        meant = await _meant(name, host, means.resolver) if host is not None else ""
        if host is not None and host.is_address and not is_private(host.host):
            meant = f"mail.{name}"
            rdtype = "AAAA" if ":" in host.host else "A"
            edits.append(Edit(meant, rdtype, (), (host.host,), "the host that takes mail"))
        broken = has_error(mx.findings, kinds.NONE_USABLE) or is_null or _is_no_host(host)
        if meant and host is not None:
            removed.append(record)
            added.append(f"{host.preference} {meant}")
        elif broken:
            removed.append(record)
    if not added and not any(host.usable and is_host(host.host) for host in mx.hosts):
        why = f"{_WHY}: no host takes mail for {name}; name the one that should, if there is one"
        return [Edit(name, "MX", tuple(removed), (_NULL,), why)]
    return [Edit(name, "MX", tuple(removed), tuple(added), f"{_WHY}: hosts that there are"), *edits]


def _is_of(record: str, host: MxHost) -> bool:
    preference, _, name = record.partition(" ")
    return normalised(name) == host.host and preference == str(host.preference)


def _is_no_host(host: MxHost | None) -> bool:
    return host is None or host.is_address or not host.addresses or not is_host(host.host)


async def _meant(domain: str, host: MxHost, resolver: Resolver) -> str:
    """The host that was probably meant, where it has an address; '' where that can't be told."""
    bare = re.sub(r"^[a-z][a-z0-9+.-]*:/*|[/?#:].*\Z", "", host.host)
    # A zone file adds the domain to every name that does not end in a dot.
    for name in (bare, host.host.removesuffix(f".{domain}"), f"{bare}.{domain}"):
        if name != host.host and "." in name and is_queryable(name):
            answer = await resolver.query(name, "A")
            if answer.records and not any(map(is_private, answer.records)):
                return name
    return ""
