"""The domain audit: SPF, DKIM, DMARC and BIMI of a domain, judged as receivers judge them.

`audit_domain` is the whole; each standard has a room of its own, with a record parser that takes
text and returns values, and an audit that is given a resolver.
"""

from mactl.audit.catalogue import CATALOGUE
from mactl.audit.kinds import FindingKind, Status
from mactl.audit.names import audited_domain
from mactl.audit.report import DomainAudit, Verdict, audit_domain
from mactl.audit.resolver import Answer, MemoResolver, Outcome, Resolver, system_resolver
from mactl.audit.spf.evaluate import check_host

__all__ = [
    "CATALOGUE",
    "Answer",
    "DomainAudit",
    "FindingKind",
    "MemoResolver",
    "Outcome",
    "Resolver",
    "Status",
    "Verdict",
    "audit_domain",
    "audited_domain",
    "check_host",
    "system_resolver",
]
