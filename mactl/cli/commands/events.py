"""`mactl events`"""

from pathlib import Path
from typing import Annotated

import typer

from mactl.cli.app import app
from mactl.cli.arguments import ContactsOption, FailOnOption, RejectsOption
from mactl.cli.help import Group
from mactl.cli.invocation import Invocation, command
from mactl.cli.panels import PEOPLE

events = typer.Typer(cls=Group, no_args_is_help=True, rich_markup_mode=None)
app.add_typer(
    events,
    name="events",
    rich_help_panel=PEOPLE,
    help="What people did, and what is wrong with how it is told.",
)


@command(events, "check")
def check(
    invocation: Invocation,
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[FILE…]", help="Files of events; the project's where left out"),
    ] = None,
    contacts: ContactsOption = None,
    rejects: RejectsOption = None,
    fail_on: FailOnOption = "error",
) -> int:
    """Say what is wrong with the events, file by file and line by line."""
    from mactl.cli.output import findings_status
    from mactl.cli.progress import Progress
    from mactl.cli.views.findings import Report, show_findings
    from mactl.cli.views.rejects import show_rejects
    from mactl.workflows.contacts import check_events
    from mactl.workflows.gathering import Sources

    with Progress(invocation).during("reading"):
        sources = Sources(contacts=contacts or (), events=files or ())
        found, written = check_events(invocation.find_project(), sources, rejects)
    told = found.summary
    summary = {
        "rows": told.rows,
        "events": told.events,
        "rejected": told.rejected,
        "unknown": told.unknown,
        "repeated": told.repeated,
    }
    words = (
        f"{told.rows} rows, {told.events} events, {told.unknown} of nobody known,"
        f" {told.repeated} told twice, {told.rejected} left out"
    )
    show_findings(invocation, Report(found.findings, summary, words))
    show_rejects(invocation, told.rejected, rejects, written)
    return findings_status(found.findings, fail_on)
