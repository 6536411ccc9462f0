"""A received message and aggregate reports, with the audits of the domains that they are about."""

from typing import Any

from mactl.audit.report import explained_json
from mactl.cli.formats import AuditFormat, FindingFormat
from mactl.cli.invocation import Invocation
from mactl.cli.output import print_json
from mactl.cli.views.audit.message import message_lines
from mactl.cli.views.audit.programs import FindingsView
from mactl.cli.views.audit.reports import show_reports
from mactl.cli.views.audit.text import TextView
from mactl.errors import UsageError
from mactl.workflows.auditing.evidence import Evidence


def check_format(format: AuditFormat) -> None:
    """Raises UsageError for a format that evidence is not told in."""
    if format in (AuditFormat.MARKDOWN, AuditFormat.HTML):
        raise UsageError(
            f"--format {format} shows domains alone",
            "take text or json with --message or --reports",
        )


def show_evidence(invocation: Invocation, format: AuditFormat, evidence: Evidence, at: str) -> None:
    """`{"at", "message", "reports", "findings", "domains"}`, text, or the findings alone for CI."""
    match format:
        case AuditFormat.JSON:
            print_json(evidence_json(evidence, at))
        case AuditFormat.SARIF | AuditFormat.JUNIT | AuditFormat.GITHUB:
            view = FindingsView(invocation, FindingFormat(format.value))
            for outcome in evidence.outcomes:
                view.show(outcome)
            view.end(evidence.findings)
        case _:
            EvidenceText(invocation).tell(evidence)


def evidence_json(evidence: Evidence, at: str) -> dict[str, Any]:
    """What was found as plain values; `message` and `reports` only where they were asked for."""
    told: dict[str, Any] = {"at": at}
    if evidence.message is not None:
        told["message"] = evidence.message.as_json()
    if evidence.reports is not None:
        told["reports"] = evidence.reports.as_json()
    told["findings"] = [explained_json(finding) for finding in evidence.findings]
    told["domains"] = [outcome.report for outcome in evidence.outcomes]
    return told


class EvidenceText(TextView):
    """The evidence first, then what is wrong with it, then the domains."""

    def tell(self, evidence: Evidence) -> None:
        """All of it."""
        if evidence.message is not None:
            for line in message_lines(evidence.message):
                self._console.print(line)
        if evidence.reports is not None:
            if evidence.message is not None:
                self._console.print()
            show_reports(self._console, evidence.reports, verbose=self._verbose)
        self._show_findings([explained_json(finding) for finding in evidence.findings])
        for outcome in evidence.outcomes:
            self._console.print()
            self.show(outcome)
        self._mendable = False  # whoever looks at mail is told of mail
        self.tell_more()
