"""`mactl suppress`"""

from typing import Annotated

import typer

from mactl.cli.app import app
from mactl.cli.help import Group
from mactl.cli.invocation import Invocation, command
from mactl.cli.panels import SENDING

suppress = typer.Typer(cls=Group, no_args_is_help=True, rich_markup_mode=None)
app.add_typer(
    suppress,
    name="suppress",
    rich_help_panel=SENDING,
    help="Addresses that must not be written to, and why.",
)

AddressesArgument = Annotated[
    list[str], typer.Argument(metavar="ADDRESS…", help="E-mail addresses")
]
TopicOption = Annotated[
    str | None, typer.Option("--topic", help="Only mail on this topic; all mail where left out")
]


@command(suppress, "list")
def list_(invocation: Invocation) -> None:
    """List the suppressed addresses."""
    from mactl.cli.views.suppressions import show_suppressions
    from mactl.workflows.suppressing import list_suppressions

    project = invocation.find_project()
    show_suppressions(invocation, list_suppressions(project), project.settings.timezone)


@command(suppress, "add")
def add(
    invocation: Invocation,
    addresses: AddressesArgument,
    topic: TopicOption = None,
    reason: Annotated[str, typer.Option("--reason", help="Why, as reports show it")] = "by hand",
) -> None:
    """Never write to these addresses again, whatever a recipe or an import says."""
    from mactl.cli.views.suppressions import show_count
    from mactl.workflows.suppressing import suppress as run_suppress

    project = invocation.find_project()
    count = run_suppress(project, addresses, topic, reason, invocation.now(project))
    show_count(invocation, "suppressed", count)


@command(suppress, "remove")
def remove(invocation: Invocation, addresses: AddressesArgument, topic: TopicOption = None) -> None:
    """Lift suppressions, of one topic or every one."""
    from mactl.cli.views.suppressions import show_count
    from mactl.workflows.suppressing import lift

    show_count(invocation, "lifted", lift(invocation.find_project(), addresses, topic))
