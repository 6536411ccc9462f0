"""`mactl init`"""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from mactl.cli.app import app
from mactl.cli.invocation import Invocation, command
from mactl.cli.panels import START


@command(app, "init", START)
def init(
    invocation: Invocation,
    folder: Annotated[
        Path, typer.Argument(metavar="[DIR]", help="Where; the working directory where left out")
    ] = Path(),
    every: Annotated[
        bool, typer.Option("--all", help="With every recipe of the shipped cookbook")
    ] = False,
) -> None:
    """Make a project to start from: settings, a recipe, made-up contacts and events."""
    from mactl.cli.output import print_json, stdout
    from mactl.workflows.starting import EXAMPLE_NOW, start_project

    written = start_project(folder, every_recipe=every)
    if invocation.wants_json:
        print_json({"written": [str(path) for path in written]})
    elif not invocation.quiet:
        console = stdout()
        for path in written:
            console.print(f"  {path}", style="dim", markup=False)
        inside = "" if folder == Path() else f"cd {shlex.quote(str(folder))} && "
        told = (
            f"Made a project of {len(written)} files. Next: {inside}mactl plan --now {EXAMPLE_NOW}"
        )
        console.print(told, markup=False)
