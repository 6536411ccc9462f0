"""Whether the sender's mail passes SPF, DKIM and DMARC, as plans and runs tell it."""

from typing import TYPE_CHECKING, Any

from mactl.cli.invocation import Invocation
from mactl.cli.output import finding_json, print_findings, stderr
from mactl.workflows.sending.authenticating import Authentication

if TYPE_CHECKING:
    from rich.console import Console

_WORDS = {
    "pass": "passes SPF, DKIM and DMARC",
    "warn": "passes, with a danger",
    "fail": "would not pass SPF, DKIM and DMARC",
    "unknown": "may or may not pass SPF, DKIM and DMARC: the DNS doesn't tell",
}


def authentication_json(found: Authentication | None) -> dict[str, Any] | None:
    """`{"domains", "status": "pass | warn | unknown | fail", "stops", "findings"}`; None where nobody looked."""
    if found is None:
        return None
    return {
        "domains": list(found.domains),
        "status": found.status,
        "stops": found.stops,
        "findings": [finding_json(finding) for finding in found.findings],
    }


def show_authentication(console: "Console", found: Authentication | None) -> None:
    """What is wrong, and whether a run would be refused for it; nothing where all is well."""
    from rich.text import Text

    if found is None or found.status == "pass":
        return
    told = f"Mail of {', '.join(found.domains)} {_WORDS[found.status]}."
    if found.stops:
        told += " mactl send would refuse this run (sender.require_auth: enforce)."
    console.print(Text(told, style="bold red" if found.stops else "yellow"))
    print_findings(found.findings, console)


def report_authentication(invocation: Invocation, found: Authentication) -> None:
    """The same about a run that goes on: on stderr, or in its log."""
    if invocation.log.is_json:
        invocation.log.tell_findings(found.findings)
    elif not invocation.quiet:
        show_authentication(stderr(), found)
