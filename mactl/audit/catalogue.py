"""Every kind of finding that an audit knows, by id."""

from mactl.audit import cross, parked
from mactl.audit.aggregate import kinds as aggregate
from mactl.audit.bimi import certificate_kinds, logo_kinds
from mactl.audit.bimi import kinds as bimi
from mactl.audit.dkim import kinds as dkim
from mactl.audit.dmarc import kinds as dmarc
from mactl.audit.dnssec import kinds as dnssec
from mactl.audit.kinds import FindingKind, Status
from mactl.audit.message import kinds as message
from mactl.audit.mta_sts import kinds as mta_sts
from mactl.audit.mx import kinds as mx
from mactl.audit.reverse import kinds as reverse
from mactl.audit.servers import kinds as servers
from mactl.audit.spf import kinds as spf
from mactl.audit.subdomains import kinds as subdomains
from mactl.audit.tls_rpt import kinds as tls_rpt

KINDS_BY_STANDARD: dict[str, dict[str, FindingKind]] = {
    "spf": spf.KINDS,
    "dkim": dkim.KINDS,
    "dmarc": dmarc.KINDS,
    "bimi": {**bimi.KINDS, **logo_kinds.KINDS, **certificate_kinds.KINDS},
    "mx": mx.KINDS,
    "reverse": reverse.KINDS,
    "mta_sts": mta_sts.KINDS,
    "tls_rpt": tls_rpt.KINDS,
    "dnssec": dnssec.KINDS,
    "servers": servers.KINDS,
    "domain": {**subdomains.KINDS, **parked.KINDS, **cross.KINDS},
    "message": message.KINDS,
    "reports": aggregate.KINDS,
}
"""The kinds by what they are about, as the report calls it; `domain` for several records together."""

CATALOGUE: dict[str, FindingKind] = {
    id: kind for kinds in KINDS_BY_STANDARD.values() for id, kind in kinds.items()
}
STANDARD_OF: dict[str, str] = {
    id: standard for standard, kinds in KINDS_BY_STANDARD.items() for id in kinds
}
TEMPORARY = frozenset(kind.id for kind in CATALOGUE.values() if kind.status is Status.TEMPERROR)
"""The ids of those that say that the DNS kept something from being judged."""
