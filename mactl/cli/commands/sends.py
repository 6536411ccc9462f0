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


SendsArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[SEND…]", help="Ids, the beginnings of them, or Message-IDs; all where left out"
    ),
]


@command(sends, "resolve")
def resolve(
    invocation: Invocation,
    sends: SendsArgument = None,
    sent: Annotated[
        bool | None, typer.Option("--sent/--not-sent", help="What the relay's log says of them")
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="All of them, where none is named")
    ] = False,
) -> None:
    """Say what became of sends whose fate is unknown; nothing else is guessed."""
    from mactl.cli.views.sends import show_settled
    from mactl.errors import UsageError
    from mactl.workflows.settling import resolve

    if sent is None:
        raise UsageError("did they go out?", "say --sent or --not-sent")
    _refuse_all(sends, yes=yes)
    project = invocation.find_project()
    settled = resolve(project, sends or [], invocation.now(project), is_sent=sent)
    show_settled(invocation, settled, "sent" if sent else "failed")


@command(sends, "retry")
def retry(
    invocation: Invocation,
    sends: SendsArgument = None,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="All of them, where none is named")
    ] = False,
) -> None:
    """Queue sends that have failed once more; mactl send or a worker takes them."""
    from mactl.cli.views.sends import show_settled
    from mactl.workflows.settling import retry

    _refuse_all(sends, yes=yes)
    project = invocation.find_project()
    show_settled(invocation, retry(project, sends or [], invocation.now(project)), "queued")


def _refuse_all(sends: list[str] | None, *, yes: bool) -> None:
    from mactl.errors import UsageError

    if not sends and not yes:
        raise UsageError("no send is named", "name some, or say --yes for all of them")
