"""What one run of `mactl audit` found about one domain."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from mactl.audit import DomainAudit
from mactl.audit.changes import Changes, carried_on, changes_between
from mactl.audit.mending import Proposal
from mactl.findings import Finding
from mactl.workflows.auditing.domains import Subject
from mactl.workflows.auditing.earlier import Earlier
from mactl.workflows.auditing.running import Looked


@dataclass(frozen=True, slots=True)
class Outcome:
    """The audit of a domain; `changes` are those since an earlier report, None where there is none to compare with."""

    subject: Subject
    audit: DomainAudit
    report: Mapping[str, Any]
    """The audit as plain values."""
    changes: Changes | None
    kept: Mapping[str, Any]
    """The report to hold the next audit against: what the DNS failed to tell is as it was."""
    proposal: Proposal | None = None
    """What to publish, where that was asked for."""

    @property
    def counted(self) -> tuple[Finding, ...]:
        """The findings that the exit status goes by: all, or those that are new since the earlier report."""
        if self.changes is None:
            return self.audit.findings
        new = {(finding["id"], finding["message"]) for finding in self.changes.new}
        return tuple(f for f in self.audit.findings if (f.id, f.message) in new)

    def located(self) -> tuple[Finding, ...]:
        """The counted findings as they can stand alone: each names the domain, and the line that named it."""
        domain = self.subject.domain
        return tuple(
            replace(
                finding,
                place=self.subject.place,
                message=finding.message if domain in finding.message else f"{domain}: {finding.message}",
            )
            for finding in self.counted
        )  # fmt: skip


def outcome_of(looked: Looked, earlier: Earlier | None) -> Outcome:
    """What was found about a domain, held against the `earlier` report."""
    subject, audit = looked.subject, looked.audit
    report = audit.as_json()
    if earlier is None:
        return Outcome(subject, audit, report, None, report, looked.proposal)
    before = earlier.report(subject.domain)
    changes, kept = changes_between(before, report), carried_on(before, report)
    return Outcome(subject, audit, report, changes, kept, looked.proposal)
