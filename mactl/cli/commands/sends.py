"""`mactl sends`"""

from typing import Annotated

import typer

from mactl.cli.app import app
from mactl.cli.help import Group
from mactl.cli.invocation import Invocation, command
from mactl.cli.panels import SENDING

sends = typer.Typer(cls=Group, no_args_is_help=True, rich_markup_mode=None)
app.add_typer(
    sends,
    name="sends",
    rich_help_panel=SENDING,
    help="What went out, what waits, and what became of it.",
)


@command(sends, "list")
def list_(
    invocation: Invocation,
    status: Annotated[
        str | None, typer.Option("--status", help="Only this status: sent, held, failed …")
    ] = None,
    recipe: Annotated[str | None, typer.Option("--recipe", help="Only this recipe")] = None,
    to: Annotated[str | None, typer.Option("--to", help="Only to this address")] = None,
) -> None:
    """List sends with their status."""
    from mactl.cli.views.sends import show_sends
    from mactl.workflows.listing import Filter, list_sends

    project, wanted = invocation.find_project(), Filter(status, recipe, to)
    show_sends(invocation, list_sends(project, wanted), wanted, project.settings.timezone)


@command(sends, "show")
def show(
    invocation: Invocation,
    send: Annotated[
        str, typer.Argument(metavar="SEND", help="Its id, the beginning of it, or its Message-ID")
    ],
) -> None:
    """Show all that is known of one send."""
    from mactl.cli.views.sends import show_one
    from mactl.workflows.listing import show_send

    project = invocation.find_project()
    show_one(invocation, show_send(project, send), project.settings.timezone)
