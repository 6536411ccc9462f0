"""The view that shows audits in a format."""

from collections.abc import Iterable
from typing import Protocol

from mactl.cli.formats import AuditFormat, FindingFormat
from mactl.cli.invocation import Invocation
from mactl.errors import UsageError
from mactl.findings import Finding
from mactl.workflows.auditing.outcome import Outcome
from mactl.workflows.auditing.request import Request


class AuditView(Protocol):
    """Is shown one domain after another, then told that there are no more."""

    def show(self, outcome: Outcome) -> None:
        """What was found about one domain."""

    def end(self, findings: Iterable[Finding]) -> None:
        """There are no more; `findings` are about the lists that named the domains."""


def view_of(
    invocation: Invocation, format: AuditFormat, request: Request, *, tree: bool = False
) -> AuditView:
    """The view for `format` of what `request` asks for; `tree` draws that of the SPF record, for people.

    Raises UsageError where it can't be shown so.
    """
    if request.proposes and format not in (AuditFormat.TEXT, AuditFormat.JSON):
        raise UsageError("--propose prints a zone file, or JSON", "leave out --format")
    match format:
        case AuditFormat.TEXT if request.proposes:
            from mactl.cli.views.audit.zone import ZoneView

            return ZoneView()
        case AuditFormat.TEXT:
            from mactl.cli.views.audit.text import TextView

            count = len(request.subjects.domains)
            return TextView(invocation, tree=tree, count=count)
        case AuditFormat.MARKDOWN:
            from mactl.cli.views.audit.markdown import MarkdownView

            return MarkdownView()
        case AuditFormat.HTML:
            from mactl.cli.views.audit.html import HtmlView

            return HtmlView(request.at)
        case AuditFormat.JSON:
            from mactl.cli.views.audit.programs import JsonView

            return JsonView(request.at)
        case AuditFormat.SARIF | AuditFormat.JUNIT | AuditFormat.GITHUB:
            from mactl.cli.views.audit.programs import FindingsView

            return FindingsView(invocation, FindingFormat(format.value))
