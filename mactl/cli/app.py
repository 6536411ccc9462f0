"""The command line: every command, in the order of the work."""

from typing import Annotated

import typer

from mactl.cli.formats import Format
from mactl.cli.help import Group
from mactl.cli.invocation import (
    FormatOption,
    Invocation,
    NowOption,
    ProjectOption,
    QuietOption,
    VerboseOption,
)

app = typer.Typer(
    cls=Group,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit status: 0 fine, 1 problems found, 2 could not start, 75 try again later.",
)


def _version(wanted: bool) -> None:
    if wanted:
        from mactl import __version__

        typer.echo(f"mactl {__version__}")
        raise typer.Exit


@app.callback()
def mactl(
    ctx: typer.Context,
    project: ProjectOption = None,
    format: FormatOption = None,
    now: NowOption = None,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version")
    ] = False,
) -> None:
    """Marketing automation as code: check, plan, send, and never twice."""
    ctx.obj = Invocation(project, format or Format.TEXT, now, quiet, verbose)
