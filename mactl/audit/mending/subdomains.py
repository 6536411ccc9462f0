"""Names below the domain: a wildcard under which anybody may send."""

from collections.abc import Sequence

from mactl.audit.kinds import has_any
from mactl.audit.means import Means
from mactl.audit.mending.zone import Edit
from mactl.audit.report import DomainAudit
from mactl.audit.spf.fresh import NOTHING
from mactl.audit.spf.record import is_spf
from mactl.audit.subdomains import kinds
from mactl.audit.subdomains.audit import probe_name


async def mend_subdomains(audit: DomainAudit, means: Means) -> Sequence[Edit]:
    """The edits that mend what a wildcard lets everybody do."""
    if not has_any(audit.findings, kinds.WILDCARD_SPF):
        return ()
    answer = await means.resolver.query(probe_name(audit.domain), "TXT")
    open_to_all = tuple(text for text in answer.records if is_spf(text))
    why = "SPF: no mail comes from names that are not there"
    return [Edit(f"*.{audit.domain}", "TXT", open_to_all, (NOTHING,), why)]
