"""`mactl test`"""

from typing import Annotated

import typer

from mactl.cli.app import app
from mactl.cli.formats import TestFormat
from mactl.cli.invocation import Invocation, command
from mactl.cli.panels import RECIPES


@command(app, "test", RECIPES)
def test(
    invocation: Invocation,
    paths: Annotated[
        list[str] | None,
        typer.Argument(metavar="[PATH…]", help="Recipes or folders; the project's where left out"),
    ] = None,
    named: Annotated[
        str, typer.Option("-k", metavar="TEXT", help="Only tests whose name has TEXT in it")
    ] = "",
    update: Annotated[
        bool,
        typer.Option(
            "--update", help="Write what came of tests without `expect` into their recipes"
        ),
    ] = False,
    fail_under: Annotated[
        float | None,
        typer.Option(
            "--fail-under",
            metavar="PERCENT",
            help="Fail where tests walk less of a recipe than this",
        ),
    ] = None,
    format: Annotated[
        TestFormat | None,
        typer.Option("--format", help="text for people, the others for programs and CI"),
    ] = None,
) -> int:
    """Play the tests of the recipes on a clock of their own; nothing goes out."""
    from mactl.cli.progress import Progress
    from mactl.cli.views.testing import show_tested, tests_status, tests_teller
    from mactl.workflows.testing.running import Wishes, run_tests

    project = invocation.find_project(paths)
    progress = Progress(invocation)
    tested = run_tests(project, paths or [], Wishes(named, update, tests_teller(progress)))
    progress.clear()
    show_tested(invocation, tested, format, fail_under)
    return tests_status(tested, fail_under)
