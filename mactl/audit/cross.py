"""What shows only when several records of a domain are held against each other."""

from collections.abc import Iterator

from mactl.audit.around import Around
from mactl.audit.dkim.audit import DkimAudit
from mactl.audit.dmarc.audit import DmarcAudit
from mactl.audit.dns import Answer
from mactl.audit.fixes import publish
from mactl.audit.kinds import Status, error, kinds_in, note, warning
from mactl.audit.mta_sts.policy import Mode
from mactl.audit.names import printable
from mactl.audit.spf.audit import SpfAudit
from mactl.audit.standards import Standards
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
DKIM_ALL_REVOKED = warning(
    "dmarc-dkim-all-revoked",
    "A DMARC policy in force, and every DKIM key found is revoked",
    "Receivers quarantine or refuse the domain's own mail as soon as somebody forwards it.",
    "RFC 9989 5.1.2",
)
REPORT_UNDELIVERABLE = warning(
    "dmarc-report-undeliverable",
    "DMARC reports go to a domain that takes no mail",
    "Reports bounce: nobody notices forgeries, or mail of your own that fails.",
    "RFC 9989 4.7",
)
MTA_STS_NO_REPORTS = note(
    "mta-sts-no-reports",
    "MTA-STS is enforced, and nobody gets reports",
    "Mail that is not brought, as TLS fails, is missed by nobody until its sender complains.",
    "RFC 8460 1",
)
MTA_STS_NO_MAIL = note(
    "mta-sts-no-mail",
    "MTA-STS for a domain that takes no mail",
    "None: nothing is brought there.",
    "RFC 8461 2",
)

KINDS = kinds_in(globals())


def missing_domain(domain: str, apex: Answer) -> Finding:
    """The finding about a domain that does not exist; `apex` is an answer that says so."""
    message = f"{domain} does not exist"
    if apex.canonical:
        message = f"{domain} points to {printable(apex.canonical)}, which does not exist"
    return DOMAIN_MISSING.found(message, "correct its spelling, or register it")


def cross_check(domain: str, standards: Standards, around: Around) -> Iterator[Finding]:
    """The findings about records of a domain that say different things."""
    yield from _transport(domain, around)
    spf, dkim, dmarc = standards.spf, standards.dkim, standards.dmarc
    if dmarc.enforced and not spf.sends_nothing and dkim.status is Status.NONE:
        yield from _unsigned(domain, spf, dkim, dmarc)
    if around.mx.null and spf.record is not None and not spf.sends_nothing:
        yield NULL_MX_SENDS.found(
            f"{printable(domain)} has a null MX, and an SPF record that is not 'v=spf1 -all'",
            f"{publish('v=spf1 -all', domain)}, or an MX that takes replies and bounces",
        )
    for host, reason in standards.lost_reports.items():
        at = f"_dmarc.{printable(dmarc.governing.domain if dmarc.governing else domain)}"
        message = f"{at} sends reports to {printable(host)}: {reason}"
        yield REPORT_UNDELIVERABLE.found(message, "name an address in 'rua=' that takes mail")


def _unsigned(domain: str, spf: SpfAudit, dkim: DkimAudit, dmarc: DmarcAudit) -> Iterator[Finding]:
    """A policy in force needs a signature: SPF alone fails with the first forward."""
    policy = f"'{dmarc.policies.this}' is in force for {printable(domain)}"
    fix = "sign with DKIM"
    revoked = [s.name for s in dkim.selectors if s.key is not None and s.key.revoked]
    if spf.status is Status.NONE and dkim.certain:
        yield NOTHING_ALIGNS.found(f"{policy}, without an SPF record or a DKIM key", fix)
    elif revoked:
        message = f"{policy}, and the keys found are revoked: {', '.join(revoked[:5])}"
        yield DKIM_ALL_REVOKED.found(message, "sign with a new key, and publish it")
    else:
        if not dkim.certain:
            fix = "name the selector of the key that signs, or sign with DKIM"
        yield DMARC_WITHOUT_DKIM.found(f"{policy}, and no DKIM key was found", fix)


def _transport(domain: str, around: Around) -> Iterator[Finding]:
    """MX, MTA-STS and TLS-RPT held against each other."""
    policy = around.mta_sts.policy
    if policy is None or policy.faults:
        return
    if around.mx.null:
        fix = "take the record down, then the policy"
        yield MTA_STS_NO_MAIL.found(f"{printable(domain)} has a null MX and MTA-STS", fix)
    elif policy.mode is Mode.ENFORCE and around.tls_rpt.status is Status.NONE:
        fix = publish(f"v=TLSRPTv1; rua=mailto:tls-reports@{domain}", f"_smtp._tls.{domain}")
        yield MTA_STS_NO_REPORTS.found(f"{printable(domain)} enforces MTA-STS", fix)
