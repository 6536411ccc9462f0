"""The audit of one domain: what each standard comes to, and all findings, gravest first."""

from dataclasses import dataclass
from enum import StrEnum

from mactl.audit.bimi.audit import BimiAudit
from mactl.audit.catalogue import CATALOGUE, STANDARD_OF, TEMPORARY
from mactl.audit.dkim.audit import DkimAudit
from mactl.audit.dmarc.audit import DmarcAudit
from mactl.audit.dnssec.audit import DnssecAudit
from mactl.audit.mta_sts.audit import MtaStsAudit
from mactl.audit.mx.audit import MxAudit
from mactl.audit.reverse.audit import ReverseAudit
from mactl.audit.scorecard.card import Scorecard
from mactl.audit.servers.audit import ServersAudit
from mactl.audit.spf.audit import SpfAudit
from mactl.audit.tls_rpt.audit import TlsRptAudit
from mactl.findings import Finding, Severity


class Verdict(StrEnum):
    """What the audit of a domain comes to."""

    PASS = "pass"
    WARN = "warn"
    FAIL = "fail"
    ERROR = "error"  # nothing is known to be broken, but the DNS kept something from being judged


@dataclass(frozen=True, slots=True)
class DomainAudit:
    """All that was found about one domain; `asked` counts the distinct questions it took.

    `no_dns` says why, where no server did its work for any question: try again later.
    """

    domain: str
    spf: SpfAudit
    dkim: DkimAudit
    dmarc: DmarcAudit
    bimi: BimiAudit
    mx: MxAudit
    mta_sts: MtaStsAudit
    tls_rpt: TlsRptAudit
    dnssec: DnssecAudit
    scorecard: Scorecard
    findings: tuple[Finding, ...]
    asked: int = 0
    no_dns: str = ""
    reverse: ReverseAudit | None = None
    """Only where the address that mail is sent from is known."""
    servers: ServersAudit | None = None
    """Only where every server was asked."""

    @property
    def verdict(self) -> Verdict:
        """`fail` for any error that is certain, `error` where the DNS failed, else the gravest."""
        errors = [f for f in self.findings if f.severity is Severity.ERROR]
        unknown = [f for f in errors if f.id in TEMPORARY]
        if len(errors) > len(unknown):
            return Verdict.FAIL
        if unknown:
            return Verdict.ERROR
        warned = any(f.severity is Severity.WARNING for f in self.findings)
        return Verdict.WARN if warned else Verdict.PASS

    def finding(self, id: str) -> Finding:
        """The first finding with this id; raises KeyError where there is none."""
        for finding in self.findings:
            if finding.id == id:
                return finding
        raise KeyError(id)

    def as_json(self) -> dict[str, object]:
        """The report as plain values, with nothing from the DNS that a terminal would obey."""
        return {
            "domain": self.domain,
            "verdict": self.verdict.value,
            "findings": [explained_json(finding) for finding in self.findings],
            "spf": self.spf.as_json(),
            "dkim": self.dkim.as_json(),
            "dmarc": self.dmarc.as_json(),
            "bimi": self.bimi.as_json(),
            "mx": self.mx.as_json(),
            "mta_sts": self.mta_sts.as_json(),
            "tls_rpt": self.tls_rpt.as_json(),
            "dnssec": self.dnssec.as_json(),
            **({"reverse": self.reverse.as_json()} if self.reverse else {}),
            **({"servers": self.servers.as_json()} if self.servers else {}),
            "scorecard": self.scorecard.as_json(),
            "queries": self.asked,
        }


def explained_json(finding: Finding) -> dict[str, object]:
    """One finding as an audit tells it: `effect` is what receivers do about it, `fix` its hint."""
    return {
        "id": finding.id,
        "severity": finding.severity.value,
        "standard": STANDARD_OF[finding.id],
        "message": finding.message,
        "effect": CATALOGUE[finding.id].effect,
        "fix": finding.hint,
        "reference": finding.reference,
    }
