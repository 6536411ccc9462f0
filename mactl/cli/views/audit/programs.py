"""Audits for other programs: JSON, and the formats of CI."""

from collections.abc import Iterable
from typing import Any

from mactl.audit.manual import EXPLAINED
from mactl.cli.formats import FindingFormat
from mactl.cli.invocation import Invocation
from mactl.cli.output import finding_json, print_json
from mactl.cli.views.findings import Report, show_findings
from mactl.findings import Finding
from mactl.workflows.auditing.outcome import Outcome


class JsonView:
    """`{"at", "domains": [{"domain", "verdict", "findings", "spf", …}], "findings": […]}`, when all are known.

    Each domain has `changes` where there is an earlier report, and `proposal` where that was asked for.
    """

    def __init__(self, at: str) -> None:
        self._at = at
        self._domains: list[dict[str, Any]] = []

    def show(self, outcome: Outcome) -> None:
        """The domain, as it will be told."""
        told = dict(outcome.report)
        if outcome.changes is not None:
            told["changes"] = outcome.changes.as_json()
        if outcome.proposal is not None:
            told["proposal"] = outcome.proposal.as_json()
        self._domains.append(told)

    def end(self, findings: Iterable[Finding]) -> None:
        """All of it, with `findings` about the lists that named the domains."""
        found = [finding_json(finding) for finding in findings]
        print_json({"at": self._at, "domains": self._domains, "findings": found})


class FindingsView:
    """The findings alone, each of which names its domain: SARIF, JUnit or the commands of GitHub."""

    def __init__(self, invocation: Invocation, format: FindingFormat) -> None:
        self._invocation, self._format = invocation, format
        self._findings: list[Finding] = []
        self._subjects: dict[Finding, str] = {}
        self._count = 0

    def show(self, outcome: Outcome) -> None:
        """The domain's findings, as they will be told."""
        self._count += 1
        located = outcome.located()
        self._findings += located
        self._subjects |= dict.fromkeys(located, outcome.subject.domain)

    def end(self, findings: Iterable[Finding]) -> None:
        """All of them, after `findings` about the lists that named the domains."""
        told = f"{self._count} domain{'' if self._count == 1 else 's'}"
        summary = {"domains": self._count}
        found = [*findings, *self._findings]
        report = Report(
            found, summary, told, manual=manual, tool="mactl audit", subjects=self._subjects
        )
        show_findings(self._invocation, report, self._format)


def manual(id: str) -> str | None:
    """What is known of a finding wherever it is found, None where there is no such finding."""
    kind = EXPLAINED.get(id)
    return None if kind is None else f"{kind.title}\n\n{kind.effect}\n\nSource: {kind.reference}"
