"""`mactl suppress`"""

import sys
from pathlib import Path
from typing import Annotated

import typer

from mactl.cli.app import app
from mactl.cli.formats import TableFormat
from mactl.cli.help import Group
from mactl.cli.invocation import Invocation, command
from mactl.cli.panels import SENDING
from mactl.errors import UsageError
from mactl.keeping import note_written

suppress = typer.Typer(cls=Group, no_args_is_help=True, rich_markup_mode=None)
app.add_typer(
    suppress,
    name="suppress",
    rich_help_panel=SENDING,
    help="Who must not be written to, and why.",
)

_STDIN = "-"

EntriesArgument = Annotated[
    list[str],
    typer.Argument(
        metavar="ENTRY…",
        help="Addresses, @domains, *.domains (all below one), phone numbers, SHA-256 or MD5 of an address",
    ),
]
TopicOption = Annotated[
    str | None, typer.Option("--topic", help="Only mail on this topic; all mail where left out")
]
HoldsForOption = Annotated[
    str | None,
    typer.Option("--topic", help="Only what holds for mail on this topic, or for all mail"),
]


@command(suppress, "list")
def list_(
    invocation: Invocation,
    about: Annotated[
        str | None,
        typer.Argument(
            metavar="[TEXT]",
            help="Part of an address or domain; for a whole address also what covers it",
        ),
    ] = None,
    topic: HoldsForOption = None,
    reason: Annotated[
        str | None, typer.Option("--reason", help="Only with this in the reason")
    ] = None,
    source: Annotated[
        str | None,
        typer.Option("--source", help="Only from there: command, import, bounce, recipe …"),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(
            "--limit", min=0, help="At most so many, 0 for all; 100 where left out, in JSON all"
        ),
    ] = None,
    offset: Annotated[
        int, typer.Option("--offset", min=0, help="Leave out so many, the oldest ones")
    ] = 0,
) -> None:
    """List who is suppressed, the oldest first."""
    from mactl.cli.views.suppressions import most_shown, show_suppressions
    from mactl.workflows.suppressing.listing import Wanted, list_suppressions

    project, wanted = invocation.find_project(), Wanted(about, topic, reason, source)
    listed = list_suppressions(project, wanted, most_shown(invocation, limit), offset)
    show_suppressions(invocation, listed, wanted, offset, project.settings.timezone)


@command(suppress, "add")
def add(
    invocation: Invocation,
    entries: EntriesArgument,
    topic: TopicOption = None,
    reason: Annotated[str, typer.Option("--reason", help="Why, as reports show it")] = "by hand",
    hashed: Annotated[
        bool,
        typer.Option(
            "--hashed", help="Keep a keyed hash alone, so that the address itself stands nowhere"
        ),
    ] = False,
) -> None:
    """Never write to these again, whatever a recipe or an import says."""
    from mactl.cli.output import print_findings, stderr
    from mactl.cli.views.suppressions import show_count
    from mactl.workflows.suppressing.changing import suppress as run_suppress
    from mactl.workflows.suppressing.topics import unknown_topics

    project = invocation.find_project()
    now = invocation.now(project)
    count = run_suppress(project, entries, topic, reason, now, hashed=hashed)
    show_count(invocation, "suppressed", count)
    if topic is not None and not invocation.quiet:
        print_findings(unknown_topics(project, [topic]), stderr())


@command(suppress, "remove")
def remove(invocation: Invocation, entries: EntriesArgument, topic: TopicOption = None) -> None:
    """Lift suppressions, of one topic or every one; say what still covers an address."""
    from mactl.cli.views.suppressions import show_lifted
    from mactl.workflows.suppressing.changing import lift

    show_lifted(invocation, lift(invocation.find_project(), entries, topic))


@command(suppress, "import")
def import_(
    invocation: Invocation,
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE…", help="An entry a line, or CSV with a header; - for what comes in"
        ),
    ],
    topic: Annotated[
        str | None,
        typer.Option("--topic", help="For rows that name none; all mail where left out"),
    ] = None,
    reason: Annotated[str | None, typer.Option("--reason", help="For rows that name none")] = None,
    column: Annotated[
        str | None,
        typer.Option("--column", help="The column of the address, where its name tells nothing"),
    ] = None,
    encoding: Annotated[
        str | None,
        typer.Option("--encoding", help="Of files that are not UTF-8; cp1252 where left out"),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would come of it, and change nothing")
    ] = False,
) -> int:
    """Suppress everyone in these files: opt-outs of another tool, hashes, tokens of the unsubscribe address."""
    from mactl.cli.views.suppressions import show_imported
    from mactl.workflows.suppressing.importing import How, import_suppressions
    from mactl.workflows.suppressing.rows import Given

    if files.count(_STDIN) > 1:
        raise UsageError(f"{_STDIN}: what comes in can be read once")
    project = invocation.find_project()
    given = [
        Given("stdin", sys.stdin.buffer.read())
        if name == _STDIN
        else Given(name, Path(name).read_bytes())
        for name in files
    ]
    how = How(topic, reason, column, encoding, dry_run)
    imported = import_suppressions(project, given, invocation.now(project), how)
    return show_imported(invocation, imported, dry_run=dry_run)


@command(suppress, "export")
def export(
    invocation: Invocation,
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", help="Where to; to the terminal where left out"),
    ] = None,
    topic: HoldsForOption = None,
    hashed: Annotated[
        bool,
        typer.Option("--hashed", help="Only the SHA-256 of each address, as ad platforms take it"),
    ] = False,
    format: Annotated[
        TableFormat | None, typer.Option("--format", help="csv, which import reads back, or json")
    ] = None,
) -> None:
    """Write the list to a file that `import` reads back."""
    from mactl.cli.views.suppressions import show_exported, show_hashes
    from mactl.workflows.suppressing.listing import Wanted, hash_suppressions, list_suppressions

    project, wanted = invocation.find_project(), Wanted(topic=topic)
    if hashed:
        show_hashes(invocation, hash_suppressions(project, wanted), file)
    else:
        zone = project.settings.timezone
        show_exported(invocation, list_suppressions(project, wanted), file, zone)
    if file is not None and project.has_file:
        note_written(project.folder, file)
