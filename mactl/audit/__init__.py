"""The domain audit: SPF, DKIM, DMARC and BIMI of a domain, judged as receivers judge them.

`audit_domain` is the whole; each standard has a room of its own, with a record parser that takes
text and returns values, and an audit that is given the means to look.
"""

from mactl.audit.catalogue import CATALOGUE
from mactl.audit.dns import Answer, MemoResolver, Outcome, Resolver, system_resolver
from mactl.audit.domain import audit_domain
from mactl.audit.envelope import Envelope
from mactl.audit.kinds import FindingKind, Status
from mactl.audit.means import Means, Scope
from mactl.audit.names import audited_domain
from mactl.audit.report import DomainAudit, Verdict
from mactl.audit.spf.evaluate import check_host

__all__ = [
    "CATALOGUE",
    "Answer",
    "DomainAudit",
    "Envelope",
    "FindingKind",
    "Means",
    "MemoResolver",
    "Outcome",
    "Resolver",
    "Scope",
    "Status",
    "Verdict",
    "audit_domain",
    "audited_domain",
    "check_host",
    "system_resolver",
]
