"""The domain audit: SPF, DKIM, DMARC and BIMI of a domain, judged as receivers judge them.

`audit_domain` is the whole. The rooms, as what is known flows through them (an import-linter contract holds it):

- What looks: `dns` and `web`, which `tape` records and replays; `means` holds them for one run, with its scope.
- The standards: `spf`, `dkim`, `dmarc`, `bimi`. Each has a `record` that takes text and never raises, its `kinds` of
  findings, and an `audit` that is given the means to look and returns a value.
- What surrounds them: `dnssec`, `reverse`, `mx`, `mta_sts`, `tls_rpt`, `servers`.
- What is received: a `message`, and `aggregate` reports.
- What is made of it: `standards`, `subdomains` and `around` gather what a domain has; `cross` and `parked` hold it
  together, `scorecard` holds it against what large mailboxes ask; `telling` and `report` say it, `domain` runs it all.
- What follows: `changes` since an earlier report, `mending` of what is wrong, the `schema` of a report; `sender` asks
  whether the project's own mail passes.

Below all: `kinds` (what a finding is), `names`, `addresses`, and the syntaxes that records share (`tags`, `fields`,
`mailto`). `catalogue` has every kind of finding by its id.
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
