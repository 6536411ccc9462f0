"""What shows only when several records of a domain are held against each other."""

from collections.abc import Iterator

from mactl.audit.dkim.audit import DkimAudit
from mactl.audit.dmarc.audit import DmarcAudit
from mactl.audit.dns import Answer
from mactl.audit.kinds import Status, error, kinds_in, warning
from mactl.audit.names import printable
from mactl.audit.spf.audit import SpfAudit
from mactl.findings import Finding

DOMAIN_MISSING = error(
    "domain-missing",
    "The domain does not exist",
    "Receivers refuse mail from a domain that no reply can reach.",
    "RFC 5321 4.1.4",
    Status.NONE,
)
DMARC_WITHOUT_DKIM = warning(
    "dmarc-without-dkim",
    "A DMARC policy in force, and no DKIM key found",
    "Receivers quarantine or refuse the domain's own mail as soon as somebody forwards it.",
    "RFC 9989 5.1.2",
)
NOTHING_ALIGNS = error(
    "dmarc-nothing-aligns",
    "A DMARC policy in force, and neither SPF nor DKIM",
    "Receivers quarantine or refuse all mail from the domain.",
    "RFC 9989 5.1.1",
)
NULL_MX_SENDS = warning(
    "null-mx-sends",
    "A domain that takes no mail, and lets servers send",
    "Some receivers refuse mail from a domain that can't be answered.",
    "RFC 7505 4.2",
)

KINDS = kinds_in(globals())


def is_null_mx(mx: Answer) -> bool:
    """A single MX record for the root: the domain takes no mail (RFC 7505 3)."""
    return len(mx.exchanges) == 1 and mx.exchanges[0][1] == ""


def cross_check(
    domain: str, mx: Answer, spf: SpfAudit, dkim: DkimAudit, dmarc: DmarcAudit
) -> Iterator[Finding]:
    """The findings about SPF, DKIM, DMARC and MX of a domain together."""
    if dmarc.enforced and not spf.sends_nothing and dkim.status is Status.NONE:
        policy = f"'{dmarc.policies.this}' is in force for {printable(domain)}"
        fix = "sign with DKIM"
        if spf.status is Status.NONE and dkim.certain:
            yield NOTHING_ALIGNS.found(f"{policy}, without an SPF record or a DKIM key", fix)
        else:
            if not dkim.certain:
                fix = "name the selector of the key that signs, or sign with DKIM"
            yield DMARC_WITHOUT_DKIM.found(f"{policy}, and no DKIM key was found", fix)
    if is_null_mx(mx) and spf.record is not None and not spf.sends_nothing:
        yield NULL_MX_SENDS.found(
            f"{printable(domain)} has a null MX, and an SPF record that is not 'v=spf1 -all'",
            "publish 'v=spf1 -all', or an MX that takes replies and bounces",
        )
