"""What to publish so that a domain has no error that its own zone can mend."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from mactl.audit.dns import MemoResolver
from mactl.audit.domain import audit_domain
from mactl.audit.means import Means, Scope
from mactl.audit.mending.aliases import beside_no_alias
from mactl.audit.mending.bimi import mend_bimi
from mactl.audit.mending.dkim import mend_dkim
from mactl.audit.mending.dmarc import mend_dmarc
from mactl.audit.mending.mx import mend_mx
from mactl.audit.mending.overlay import Overlay
from mactl.audit.mending.spf import mend_spf
from mactl.audit.mending.subdomains import mend_subdomains
from mactl.audit.mending.tls import mend_mta_sts, mend_tls_rpt
from mactl.audit.mending.zone import Edit, merged, zone_text
from mactl.audit.names import printable
from mactl.audit.report import DomainAudit
from mactl.audit.web import MemoWeb
from mactl.findings import Finding, Severity

Mend = Callable[[DomainAudit, Means], Awaitable[Sequence[Edit]]]

_MENDS: tuple[Mend, ...] = (
    mend_mx,
    mend_spf,
    mend_subdomains,
    mend_dkim,
    mend_dmarc,
    mend_bimi,
    mend_mta_sts,
    mend_tls_rpt,
)
_ROUNDS = 8  # mending one thing may show the next; no zone needs more


@dataclass(frozen=True, slots=True)
class Proposal:
    """The edits to make, what an audit finds once they are made, and the errors that are left.

    An error is left where somebody else must mend it: the owner of another zone, whoever holds a
    private key, a web server.
    """

    edits: tuple[Edit, ...]
    audit: DomainAudit

    @property
    def left(self) -> tuple[Finding, ...]:
        """The errors that no record of this zone mends."""
        return tuple(f for f in self.audit.findings if f.severity is Severity.ERROR)

    def as_json(self) -> dict[str, object]:
        """The proposal as plain values."""
        return {
            "zone": zone_text(self.edits),
            "records": [
                {
                    "name": printable(edit.name),
                    "type": edit.rdtype,
                    "remove": [printable(record) for record in edit.removed],
                    "add": [printable(record) for record in edit.added],
                    "why": printable(edit.why),
                }
                for edit in self.edits
            ],
            "verdict": self.audit.verdict.value,
            "left": [finding.id for finding in self.left],
        }


async def propose(audit: DomainAudit, means: Means, scope: Scope) -> Proposal:
    """The edits that mend the errors of `audit`, which was made with the same means and scope.

    Each round audits the domain as if the edits so far were published: what is proposed is known to work.
    All rounds together take no longer than the deadline of the scope.
    """
    means = replace(
        means,
        resolver=MemoResolver(means.resolver, patience=scope.deadline),
        web=MemoWeb(means.web, patience=scope.deadline),
    )
    edits: tuple[Edit, ...] = ()
    for _ in range(_ROUNDS):
        changed = replace(means, resolver=Overlay(means.resolver, edits))
        found = [edit for mend in _MENDS for edit in await mend(audit, changed)]
        grown = merged(edits, await beside_no_alias(found, changed.resolver))
        if grown == edits:
            break
        edits = grown
        changed = replace(means, resolver=Overlay(means.resolver, edits))
        audit = await audit_domain(audit.domain, changed, scope)
    return Proposal(edits, audit)
