"""What is told beside the answer: on stderr, so that stdout stays whole."""

from collections.abc import Sequence

from mactl.cli.invocation import Invocation
from mactl.cli.output import print_findings, stderr
from mactl.findings import Finding, count_by_severity


def report_sources(invocation: Invocation, findings: Sequence[Finding]) -> None:
    """What was wrong with the data that a command read: how much of it, or with `--verbose` all."""
    if invocation.quiet:
        return
    console = stderr()
    if invocation.verbose:
        print_findings(findings, console)
        return
    counts = count_by_severity(findings)
    errors, warnings = counts["error"], counts["warning"]
    if errors or warnings:
        told = [
            f"{n} {word}{'' if n == 1 else 's'}"
            for n, word in ((errors, "error"), (warnings, "warning"))
            if n
        ]
        console.print(f"{' and '.join(told)} in the data; --verbose shows them", style="dim yellow")
