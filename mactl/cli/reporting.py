"""What is told beside the answer: on stderr, so that stdout stays whole."""

from collections.abc import Sequence

from mactl.cli.invocation import Invocation
from mactl.cli.output import print_findings, stderr
from mactl.findings import Finding, Severity

_FEW = 3


def report_sources(invocation: Invocation, findings: Sequence[Finding]) -> None:
    """What was wrong with the data that a command read: the first few, and how to see all."""
    told = [
        finding
        for finding in findings
        if finding.severity is not Severity.NOTE or invocation.verbose
    ]
    if invocation.quiet or not told:
        return
    console = stderr()
    shown = told if invocation.verbose else told[:_FEW]
    print_findings(shown, console)
    if len(told) > len(shown):
        more = len(told) - len(shown)
        console.print(
            f"… and {more} more findings on the data; mactl contacts check shows all", style="dim"
        )
