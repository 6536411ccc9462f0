"""`mactl check`"""

from typing import Annotated

import typer

from mactl.cli.app import app
from mactl.cli.arguments import FailOnOption
from mactl.cli.invocation import Invocation, command
from mactl.cli.panels import RECIPES


@command(app, "check", RECIPES)
def check(
    invocation: Invocation,
    paths: Annotated[
        list[str] | None,
        typer.Argument(metavar="[PATH…]", help="Recipes or folders; the project's where left out"),
    ] = None,
    fail_on: FailOnOption = "error",
) -> int:
    """Find what is wrong with recipes, templates and mactl.yaml, before anyone is written to."""
    from mactl.cli.output import findings_status
    from mactl.cli.views.findings import show_findings
    from mactl.workflows.checking import check as run_check

    checked = run_check(invocation.project_option, paths or [])
    count = len(checked.recipes)
    summary = {"recipes": count}
    words = f"{count} recipe{'' if count == 1 else 's'}"
    show_findings(invocation, checked.findings, summary, words)
    return findings_status(checked.findings, fail_on)
