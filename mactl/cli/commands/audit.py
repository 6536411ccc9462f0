"""`mactl audit`"""

from typing import Annotated

import typer

from mactl.cli.app import app
from mactl.cli.arguments import FailOnOption
from mactl.cli.invocation import Invocation, command
from mactl.cli.panels import DOMAIN


@command(app, "audit", DOMAIN)
def audit(
    invocation: Invocation,
    domains: Annotated[
        list[str] | None,
        typer.Argument(metavar="[DOMAIN…]", help="Domains; the project's sender where left out"),
    ] = None,
    selectors: Annotated[
        list[str] | None,
        typer.Option("--selector", help="A DKIM selector to look at; may be repeated"),
    ] = None,
    nameserver: Annotated[
        str | None, typer.Option("--nameserver", metavar="HOST:PORT", help="Ask this name server")
    ] = None,
    fail_on: FailOnOption = "error",
) -> int:
    """Audit SPF, DKIM, DMARC and BIMI of a domain."""
    from mactl.cli.output import findings_status
    from mactl.cli.views.audit import show_audits
    from mactl.workflows.auditing import audit_domains

    audits = audit_domains(
        invocation.project_option,
        domains or (),
        selectors or (),
        nameserver,
        invocation.now_in("UTC"),
    )
    show_audits(invocation, audits)
    return findings_status((finding for audit in audits for finding in audit.findings), fail_on)
