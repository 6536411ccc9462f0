"""Findings, and how many of each."""

from collections.abc import Mapping, Sequence
from typing import Any

from mactl.cli.invocation import Invocation
from mactl.cli.output import finding_json, print_findings, print_json, stdout
from mactl.findings import Finding, count_by_severity

_MOST = 200


def show_findings(
    invocation: Invocation, findings: Sequence[Finding], summary: Mapping[str, Any], looked_at: str
) -> None:
    """`{"findings": […], "summary": {…}}`, or a line or two each and a closing line.

    `looked_at` says of what: "3 recipes".
    """
    counts = count_by_severity(findings)
    if invocation.wants_json:
        print_json(
            {"findings": [finding_json(f) for f in findings], "summary": {**summary, **counts}}
        )
        return
    console = stdout()
    shown = findings if invocation.verbose else findings[:_MOST]
    print_findings(shown, console)
    if len(findings) > len(shown):
        console.print(f"… and {len(findings) - len(shown)} more; --verbose shows all", style="dim")
    if invocation.quiet and not findings:
        return
    told = ", ".join(f"{n} {word}{'' if n == 1 else 's'}" for word, n in counts.items() if n)
    style = "bold red" if counts["error"] else "yellow" if counts["warning"] else "green"
    console.print(f"{looked_at}: {told or 'nothing found'}", style=style)
