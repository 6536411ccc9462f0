"""Whether an authenticated domain is that of the author (RFC 9989 4.4, 4.10.2)."""

from mactl.audit.dmarc.audit import DmarcAudit
from mactl.audit.dmarc.walk import walk_tree
from mactl.audit.dns import Resolver
from mactl.audit.names import is_within, normalised


async def aligns(domain: str, dmarc: DmarcAudit, mode: str, resolver: Resolver) -> bool:
    """Whether `domain` is aligned with the domain that `dmarc` is about.

    `mode` is `s` (strict: the same) or `r` (relaxed: of the same organization).
    """
    own, domain = dmarc.walk.domain, normalised(domain)
    if mode == "s" or domain == own:
        return domain == own
    if dmarc.record is None:  # nothing tells organizations apart; that is another finding
        return is_within(domain, own) or is_within(own, domain)
    walk = await walk_tree(domain, resolver)
    return walk.organizational_domain == dmarc.walk.organizational_domain
