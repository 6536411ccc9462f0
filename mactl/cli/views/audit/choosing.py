"""The view that shows audits in a format."""

from collections.abc import Iterable
from typing import Protocol

from mactl.cli.formats import AuditFormat, FindingFormat
from mactl.cli.invocation import Invocation
from mactl.findings import Finding
from mactl.workflows.auditing.outcome import Outcome


class AuditView(Protocol):
    """Is shown one domain after another, then told that there are no more."""

    def show(self, outcome: Outcome) -> None:
        """What was found about one domain."""

    def end(self, findings: Iterable[Finding]) -> None:
        """There are no more; `findings` are about the lists that named the domains."""


def view_of(invocation: Invocation, format: AuditFormat, at: str) -> AuditView:
    """The view for `format`; `at` is the instant of the audit, ISO 8601."""
    match format:
        case AuditFormat.TEXT:
            from mactl.cli.views.audit.text import TextView

            return TextView(invocation)
        case AuditFormat.MARKDOWN:
            from mactl.cli.views.audit.markdown import MarkdownView

            return MarkdownView()
        case AuditFormat.HTML:
            from mactl.cli.views.audit.html import HtmlView

            return HtmlView(at)
        case AuditFormat.JSON:
            from mactl.cli.views.audit.programs import JsonView

            return JsonView(at)
        case AuditFormat.SARIF | AuditFormat.JUNIT | AuditFormat.GITHUB:
            from mactl.cli.views.audit.programs import FindingsView

            return FindingsView(invocation, FindingFormat(format.value))
