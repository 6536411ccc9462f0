"""Audits: a line for each standard, then what is wrong and what to publish."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mactl.audit import DomainAudit
from mactl.cli.invocation import Invocation
from mactl.cli.output import SEVERITY_STYLES, print_json, stdout
from mactl.findings import Severity

if TYPE_CHECKING:
    from rich.console import Console

_MARKS = {"pass": ("✓", "green"), "warn": ("!", "yellow"), "none": ("–", "dim")}
_VERDICTS = {"pass": "bold green", "warn": "bold yellow", "fail": "bold red", "error": "bold red"}


def show_audits(invocation: Invocation, audits: Sequence[DomainAudit]) -> None:
    """`{"domains": [{"domain", "verdict", "findings", "spf", "dkim", "dmarc", "bimi"}]}`, or text."""
    if invocation.wants_json:
        print_json({"domains": [audit.as_json() for audit in audits]})
        return
    console = stdout()
    for number, audit in enumerate(audits):
        if number:
            console.print()
        _show(console, audit, verbose=invocation.verbose)


def _show(console: "Console", audit: DomainAudit, *, verbose: bool) -> None:
    from rich.text import Text

    console.print(
        Text.assemble((audit.domain, "bold"), "  ", (audit.verdict.value, _VERDICTS[audit.verdict]))
    )
    told: Any = audit.as_json()
    for standard in ("spf", "dkim", "dmarc", "bimi"):
        part = told[standard]
        mark, style = _MARKS.get(part["status"], ("✗", "bold red"))
        console.print(
            Text.assemble(
                "  ",
                (mark, style),
                f" {standard.upper():6}",
                (f"{part['status']:10}", style),
                _gist(standard, part),
            )
        )
    hidden = 0
    for finding in audit.findings:
        if finding.severity is Severity.NOTE and not verbose:
            hidden += 1
            continue
        console.print()
        reference = f"  ({finding.reference})" if finding.reference else ""
        console.print(
            Text.assemble(
                "  ",
                (finding.id, SEVERITY_STYLES[finding.severity]),
                f": {finding.message}",
                (reference, "dim"),
            )
        )
        if finding.hint:
            console.print(Text(f"    fix: {finding.hint}", style="dim"))
    if hidden:
        console.print(
            Text(
                f"\n  {hidden} note{'' if hidden == 1 else 's'}; --verbose shows them", style="dim"
            )
        )


def _gist(standard: str, part: dict[str, Any]) -> str:
    """What the standard comes to, in half a line."""
    if standard == "spf" and part["record"]:
        return f"{part['lookups']} of 10 lookups, all: {part['all'] or 'missing'}"
    if standard == "dkim":
        keys = [
            f"{name} ({key['type']} {key['bits'] or ''})".replace(" )", ")")
            if key["type"]
            else name
            for name, key in part["selectors"].items()
        ]
        return ", ".join(keys)
    if standard == "dmarc" and part["record"]:
        policy = part["policy"]
        return (
            f"p={policy['this']}, subdomains {policy['subdomain']}, absent names {policy['absent']}"
        )
    if standard == "bimi" and part.get("logo"):
        return f"{part['logo']}" + ("" if part["eligible"] else " (not eligible)")
    return ""
