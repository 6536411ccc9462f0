"""`mactl events`"""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from mactl.cli.app import app
from mactl.cli.arguments import ContactsOption, FailOnOption, RejectsOption
from mactl.cli.help import Group
from mactl.cli.invocation import Invocation, command
from mactl.cli.panels import PEOPLE
from mactl.keeping import note_written

events = typer.Typer(cls=Group, no_args_is_help=True, rich_markup_mode=None)
app.add_typer(
    events,
    name="events",
    rich_help_panel=PEOPLE,
    help="What people did: exports of analytics and logs of web servers, and what is wrong with them.",
)


class ExportName(StrEnum):
    """Whose export a file is; as `ExportFormat`, which takes longer to import."""

    GA4 = "ga4"
    MATOMO = "matomo"
    PLAUSIBLE = "plausible"
    ACCESS_LOG = "access-log"
    CSV = "csv"


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
    from mactl.findings import counted
    from mactl.workflows.contacts import check_events
    from mactl.workflows.gathering import Sources

    with Progress(invocation).during("reading"):
        sources = Sources(contacts=contacts or (), events=files or ())
        project = invocation.find_project()
        found, written = check_events(project, sources, rejects)
    told = found.summary
    summary = {
        "rows": told.rows,
        "events": told.events,
        "rejected": told.rejected,
        "unknown": told.unknown,
        "repeated": told.repeated,
    }
    words = (
        f"{counted(told.rows, 'row')}, {counted(told.events, 'event')}, {told.unknown:,} of nobody known,"
        f" {told.repeated:,} told twice, {told.rejected:,} left out"
    )
    show_findings(invocation, Report(found.findings, summary, words))
    show_rejects(invocation, told.rejected, rejects, written)
    if rejects is not None and project.has_file:
        note_written(project.folder, rejects)
    return findings_status(found.findings, fail_on)


@command(events, "import")
def import_(
    invocation: Invocation,
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE…", help="Exports and logs, packed with gzip or not"),
    ],
    export: Annotated[
        ExportName | None,
        typer.Option("--as", help="Whose export it is; found by itself where left out"),
    ] = None,
    keep: Annotated[
        list[str] | None,
        typer.Option("--keep", metavar="PARAMETER", help="Keep this parameter of GA4 events too"),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would come in, and keep nothing")
    ] = False,
) -> int:
    """Keep the events of known contacts for good; robots, strangers and IP addresses are left out.

    A file that was imported before adds nothing.
    """
    from mactl.cli.progress import Progress
    from mactl.cli.views.events import show_arrived
    from mactl.people.analytics.formats import ExportFormat
    from mactl.workflows.importing.events import import_events

    project = invocation.find_project()
    now = invocation.now(project)
    its = None if export is None else ExportFormat(export.value)
    with Progress(invocation).during("reading"):
        arrived = import_events(project, files, now, format=its, more=keep or (), dry_run=dry_run)
    return show_arrived(invocation, arrived, project.settings.timezone, dry_run=dry_run)
