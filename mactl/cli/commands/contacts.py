"""`mactl contacts`"""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from mactl.cli.app import app
from mactl.cli.arguments import (
    ContactsOption,
    EventsOption,
    FailOnOption,
    FromOption,
    RejectsOption,
)
from mactl.cli.help import Group
from mactl.cli.invocation import Invocation, command
from mactl.cli.panels import PEOPLE
from mactl.keeping import note_written

contacts = typer.Typer(cls=Group, no_args_is_help=True, rich_markup_mode=None)
app.add_typer(
    contacts,
    name="contacts",
    rich_help_panel=PEOPLE,
    help="The people in the sources, and what is wrong with them.",
)

FilesArgument = Annotated[
    list[Path] | None,
    typer.Argument(metavar="[FILE…]", help="Files of contacts; the project's where left out"),
]


@command(contacts, "check")
def check(
    invocation: Invocation,
    files: FilesArgument = None,
    rejects: RejectsOption = None,
    fail_on: FailOnOption = "error",
) -> int:
    """Say what is wrong with the data, file by file and line by line."""
    from mactl.cli.output import findings_status
    from mactl.cli.progress import Progress
    from mactl.cli.views.findings import Report, show_findings
    from mactl.cli.views.rejects import show_rejects
    from mactl.findings import counted
    from mactl.workflows.contacts import check_contacts, check_contacts_keeping

    written = None
    with Progress(invocation).during("reading"):
        project = invocation.find_project()
        if rejects is None:
            people = check_contacts(project, files or ())
        else:
            people, written = check_contacts_keeping(project, files or (), rejects)
    told = people.summary
    summary = {
        "rows": told.rows,
        "contacts": told.contacts,
        "rejected": told.rejected,
        "merged": told.merged,
    }
    words = (
        f"{counted(told.rows, 'row')}, {counted(told.contacts, 'contact')}, {told.merged:,} merged,"
        f" {told.rejected:,} left out"
    )
    show_findings(invocation, Report(people.findings, summary, words))
    show_rejects(invocation, told.rejected, rejects, written)
    if rejects is not None and project.has_file:
        note_written(project.folder, rejects)
    return findings_status(people.findings, fail_on)


@command(contacts, "list")
def list_(
    invocation: Invocation,
    files: FilesArgument = None,
) -> None:
    """List everyone, each once, with all that is known of them."""
    from mactl.cli.progress import Progress
    from mactl.cli.reporting import report_sources
    from mactl.cli.views.contacts import show_contacts
    from mactl.workflows.contacts import check_contacts

    project = invocation.find_project()
    with Progress(invocation).during("reading"):
        people = check_contacts(project, files or ())
    report_sources(invocation, people.findings)
    show_contacts(invocation, people, project.settings.timezone)


@command(contacts, "map")
def map_(
    invocation: Invocation,
    files: Annotated[
        list[str], typer.Argument(metavar="FILE…", help="Files of contacts, or patterns of them")
    ],
    write: Annotated[
        bool,
        typer.Option("--write", help="Put the entry into mactl.yaml, whose rest stays as it is"),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Write without asking")] = False,
) -> None:
    """Show what becomes of each column of a file and why, and the entry for mactl.yaml."""
    from mactl.cli.asking import ask, need_consent
    from mactl.cli.output import stderr
    from mactl.cli.progress import Progress
    from mactl.cli.views.mapping import show_maps
    from mactl.errors import NotConfirmed, UsageError
    from mactl.workflows.mapping import map_contacts
    from mactl.workflows.source_entries import mactl_yaml, write_entry

    if write and "-" in files:
        raise UsageError("what comes in by stdin has no name to write", "name the file")
    if write:
        need_consent(yes=yes)
    project = invocation.find_project()
    with Progress(invocation).during("reading"):
        maps = map_contacts(project, files)
    if not invocation.wants_json:
        show_maps(invocation, maps, written=write)
    for found in maps if write else ():
        edited = write_entry(mactl_yaml(project.folder), found.entry)
        if not edited.diff:
            continue
        stderr().print(edited.diff, markup=False, end="")
        if not yes and not ask("Write this?"):
            raise NotConfirmed("nothing was written")
        edited.write()
    if invocation.wants_json:
        show_maps(invocation, maps, written=write)


class ExportFormat(StrEnum):
    """How people are written to a file."""

    CSV = "csv"
    XLSX = "xlsx"
    JSONL = "jsonl"


@command(contacts, "export")
def export(
    invocation: Invocation,
    segment: Annotated[
        str | None, typer.Argument(metavar="[SEGMENT]", help="Only who is in it; everybody else")
    ] = None,
    columns: Annotated[
        list[str] | None,
        typer.Option(
            "--columns",
            metavar="NAME,…",
            help="Fields, scores, labels, segments, stage, opted_out; all fields where left out",
        ),
    ] = None,
    platform: Annotated[
        str | None,
        typer.Option(
            "--for",
            metavar="PLATFORM",
            help="In its columns, hashed as it asks: google-ads, meta, linkedin, tiktok, hubspot, mailchimp, …",
        ),
    ] = None,
    topic: Annotated[
        str | None,
        typer.Option(
            "--topic", help="Only whose consent for this is proven; an advertiser needs one"
        ),
    ] = None,
    format: Annotated[
        ExportFormat | None, typer.Option("--format", help="csv, xlsx or jsonl (an object a line)")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Where to; else to the terminal")
    ] = None,
    include_suppressed: Annotated[
        bool,
        typer.Option(
            "--include-suppressed",
            help="Also who must not be contacted: for lists of whom to leave alone",
        ),
    ] = False,
    recipes: FromOption = None,
    files: ContactsOption = None,
    events: EventsOption = None,
) -> None:
    """Write people to a file for another system; who must not be contacted is left out."""
    from mactl.cli.progress import Progress
    from mactl.cli.reporting import report_sources
    from mactl.cli.views.exports import show_export
    from mactl.workflows.gathering import Sources
    from mactl.workflows.handing_out.exporting import Order, export_contacts

    project = invocation.find_project(recipes)
    names = [name.strip() for given in columns or () for name in given.split(",") if name.strip()]
    order = Order(segment, names, platform, topic, include_suppressed)
    sources = Sources(files or (), events or ())
    with Progress(invocation).during("reading"):
        exported = export_contacts(project, recipes or [], sources, invocation.now(project), order)
    report_sources(invocation, exported.gathered.findings)
    show_export(invocation, exported, (format or _by_name(out)).value, out)
    if out is not None and project.has_file:
        note_written(project.folder, out)


def _by_name(out: Path | None) -> ExportFormat:
    """What the ending of the file asks for."""
    endings = {f".{format.value}": format for format in ExportFormat}
    return endings.get(out.suffix.lower(), ExportFormat.CSV) if out else ExportFormat.CSV
