"""`mactl state`"""

from typing import Annotated

import typer

from mactl.cli.app import app
from mactl.cli.help import Group
from mactl.cli.invocation import Invocation, command
from mactl.cli.panels import SENDING
from mactl.errors import UsageError

state = typer.Typer(cls=Group, no_args_is_help=True, rich_markup_mode=None)
app.add_typer(
    state,
    name="state",
    rich_help_panel=SENDING,
    help="The database that remembers: how it stands, and what to do after a loss.",
)


@command(state, "show")
def show(invocation: Invocation) -> int:
    """Show where the state is, what is in it, who is at work on it, and whether it is the one last seen."""
    from mactl.cli.views.state import show_state
    from mactl.workflows.standing import stand

    project = invocation.find_project()
    return show_state(invocation, stand(project), project.settings.timezone)


@command(state, "accept")
def accept(
    invocation: Invocation,
    as_is: Annotated[
        bool,
        typer.Option("--as-is", help="Take it as it is: what it doesn't know of is sent again"),
    ] = False,
    in_doubt: Annotated[
        bool,
        typer.Option(
            "--in-doubt",
            help="It is a copy: what was due since may have been sent, and is not sent again",
        ),
    ] = False,
    until: Annotated[
        str | None,
        typer.Option(
            "--until", metavar="ISO", help="Until when the lost state was in use; else now"
        ),
    ] = None,
) -> None:
    """Say what to do with a state that is older than the one last seen, or another one."""
    from mactl.cli.views.state import show_accepted
    from mactl.clock import parse_instant, zone_named
    from mactl.workflows.standing import Accept
    from mactl.workflows.standing import accept as accept_state

    if as_is and in_doubt:
        raise UsageError("--as-is and --in-doubt exclude each other", "say one of them")
    how = Accept.AS_IS if as_is else Accept.IN_DOUBT if in_doubt else None
    project = invocation.find_project()
    try:
        last = until and parse_instant(until, zone_named(project.settings.timezone))
    except ValueError as invalid:
        raise UsageError(f"--until: {invalid}") from None
    accepted = accept_state(project, how, last or None, invocation.now(project))
    show_accepted(invocation, accepted)
