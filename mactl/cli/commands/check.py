"""`mactl check`"""

from typing import Annotated

import typer

from mactl.cli.app import app
from mactl.cli.arguments import FailOnOption
from mactl.cli.invocation import FindingFormat, Invocation, command
from mactl.cli.panels import RECIPES


@command(app, "check", RECIPES)
def check(
    invocation: Invocation,
    paths: Annotated[
        list[str] | None,
        typer.Argument(metavar="[PATH…]", help="Recipes or folders; the project's where left out"),
    ] = None,
    fail_on: FailOnOption = "error",
    format: Annotated[
        FindingFormat | None,
        typer.Option("--format", help="text for people, the others for programs and CI"),
    ] = None,
    explain: Annotated[
        str | None,
        typer.Option(
            "--explain", metavar="ID", help="Print the manual of a finding, or list all with ?"
        ),
    ] = None,
) -> int:
    """Find what is wrong with recipes, templates and mactl.yaml, before anyone is written to."""
    from mactl.checks.manual import manuals
    from mactl.cli.output import findings_status
    from mactl.cli.views.findings import Report, show_findings
    from mactl.cli.views.manual import show_manual
    from mactl.workflows.checking import check as run_check

    if explain is not None:
        show_manual(invocation, explain)
        return 0
    checked = run_check(invocation.project_option, paths or [])
    count = len(checked.recipes)
    words = f"{count} recipe{'' if count == 1 else 's'}"
    report = Report(checked.findings, {"recipes": count}, words, checked.line, manuals().get)
    show_findings(invocation, report, format)
    return findings_status(checked.findings, fail_on)
