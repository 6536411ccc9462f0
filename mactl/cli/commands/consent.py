"""`mactl consent`"""

import sys
from pathlib import Path
from typing import Annotated

import typer

from mactl.cli.app import app
from mactl.cli.arguments import ContactsOption, EventsOption
from mactl.cli.help import Group
from mactl.cli.invocation import Invocation, command
from mactl.cli.panels import PEOPLE
from mactl.errors import UsageError
from mactl.keeping import note_written

consent = typer.Typer(cls=Group, no_args_is_help=True, rich_markup_mode=None)
app.add_typer(
    consent,
    name="consent",
    rich_help_panel=PEOPLE,
    help="Who consented to what, what proves it, and whom to ask again.",
)

_STDIN = "-"
_STATES = ("granted", "withdrawn", "pending")

ContactArgument = Annotated[str, typer.Argument(metavar="CONTACT", help="An address or a key")]


@command(consent, "check")
def check(
    invocation: Invocation,
    topic: Annotated[
        list[str] | None, typer.Option("--topic", help="Only this topic; may be repeated")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Write who must be asked again as CSV"),
    ] = None,
    contacts: ContactsOption = None,
    events: EventsOption = None,
) -> int:
    """Say for each contact and topic whether the proof would hold, and list who must be asked again."""
    from mactl.cli.progress import Progress
    from mactl.cli.reporting import report_sources
    from mactl.cli.views.consent.checking import show_checked
    from mactl.workflows.consenting.checking import check_consents
    from mactl.workflows.gathering import Sources

    project = invocation.find_project()
    with Progress(invocation).during("reading"):
        sources = Sources(contacts or (), events or ())
        checked = check_consents(project, topic or (), invocation.now(project), sources)
    report_sources(invocation, checked.findings)
    status = show_checked(invocation, checked, out)
    if out is not None and project.has_file:
        note_written(project.folder, out)
    return status


@command(consent, "show")
def show(
    invocation: Invocation,
    contact: ContactArgument,
    contacts: ContactsOption = None,
    events: EventsOption = None,
) -> None:
    """Show all that is on record of one contact's consent."""
    from mactl.cli.views.consent.record import show_consent
    from mactl.workflows.consenting.showing import show_consent as find_consent
    from mactl.workflows.gathering import Sources

    project = invocation.find_project()
    sources = Sources(contacts or (), events or ())
    shown = find_consent(project, contact, invocation.now(project), sources)
    show_consent(invocation, shown, project.settings.timezone)


@command(consent, "list")
def list_(
    invocation: Invocation,
    contact: Annotated[
        str | None, typer.Argument(metavar="[CONTACT]", help="Only of this address or key")
    ] = None,
    topic: Annotated[str | None, typer.Option("--topic", help="Only on this topic")] = None,
    state: Annotated[
        str | None, typer.Option("--state", metavar="|".join(_STATES), help="Only these")
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(
            "--limit", min=0, help="At most so many, 0 for all; 100 where left out, in JSON all"
        ),
    ] = None,
) -> None:
    """List the entries of the ledger, the newest last."""
    from mactl.cli.views.consent.record import show_listed
    from mactl.cli.views.suppressions import most_shown
    from mactl.workflows.consenting.showing import Wanted, list_consents

    if state is not None and state not in (*_STATES, "corrected"):
        raise UsageError(f"--state {state}: choose one of {', '.join(_STATES)}")
    project, most = invocation.find_project(), most_shown(invocation, limit)
    listed = list_consents(project, Wanted(contact, topic, state), most)
    show_listed(invocation, listed, project.settings.timezone)


@command(consent, "record")
def record(
    invocation: Invocation,
    contact: Annotated[
        str | None, typer.Argument(metavar="[CONTACT]", help="An address or a key")
    ] = None,
    topic: Annotated[
        str | None,
        typer.Argument(metavar="[TOPIC]", help="What it covers; a withdrawal may leave it out"),
    ] = None,
    from_sources: Annotated[
        bool,
        typer.Option(
            "--from-sources", help="What columns, events and the suppression list say, all at once"
        ),
    ] = False,
    state: Annotated[
        str, typer.Option("--state", metavar="|".join(_STATES), help="What they said")
    ] = "granted",
    at: Annotated[str | None, typer.Option("--at", metavar="ISO", help="When they said it")] = None,
    source: Annotated[
        str | None, typer.Option("--source", help="The form or conversation they said it in")
    ] = None,
    wording: Annotated[
        str | None,
        typer.Option(
            "--wording", metavar="FILE", help="The words they were shown; its text is kept"
        ),
    ] = None,
    free: Annotated[
        str | None,
        typer.Option("--free", metavar="WHY", help="What shows that it was no condition"),
    ] = None,
    specific: Annotated[
        str | None,
        typer.Option("--specific", metavar="WHY", help="What shows that it was for this topic"),
    ] = None,
    unambiguous: Annotated[
        str | None,
        typer.Option("--unambiguous", metavar="WHY", help="What shows that it was their own act"),
    ] = None,
    channel: Annotated[
        list[str] | None,
        typer.Option("--channel", help="What it covers, email where left out; may be repeated"),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="With --from-sources: say what is new, enter nothing")
    ] = False,
    contacts: ContactsOption = None,
    events: EventsOption = None,
) -> None:
    """Enter into the ledger what one contact said, or with --from-sources what is new in all sources."""
    from mactl.cli.output import print_findings, stderr
    from mactl.cli.reporting import report_sources
    from mactl.cli.views.consent.entering import show_entered, show_filled
    from mactl.consent.entry import Said
    from mactl.workflows.consenting.entering import Statement, record_consent
    from mactl.workflows.consenting.filling import record_from_sources
    from mactl.workflows.gathering import Sources
    from mactl.workflows.suppressing.topics import unknown_topics

    project = invocation.find_project()
    now = invocation.now(project)
    if from_sources == (contact is not None):
        raise UsageError("name a contact, or say --from-sources", "mactl consent record --help")
    if from_sources:
        sources = Sources(contacts or (), events or ())
        filled = record_from_sources(project, sources, now, dry_run=dry_run)
        report_sources(invocation, filled.findings)
        show_filled(invocation, filled, dry_run=dry_run)
        return
    if state not in _STATES:
        raise UsageError(f"--state {state}: choose one of {', '.join(_STATES)}")
    if dry_run or contacts or events:
        raise UsageError("--dry-run, --contacts and --events go with --from-sources")
    said = Statement(
        state=Said(state), at=at, source=source, wording=wording, free=free, specific=specific,
        unambiguous=unambiguous, channels=tuple(channel or ("email",)),
    )  # fmt: skip
    entered = record_consent(project, contact or "", topic, said, now)
    show_entered(invocation, entered, project.settings.timezone)
    if topic is not None and not invocation.quiet:
        print_findings(unknown_topics(project, [topic]), stderr())


@command(consent, "confirm")
def confirm(
    invocation: Invocation,
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE…",
            help="Tokens of the address that confirms: one a line, or CSV with token and at; - for what comes in",
        ),
    ],
) -> int:
    """Enter the consents that people confirmed by the link of a message that asked them (double opt-in)."""
    from mactl.cli.views.consent.entering import show_confirmed
    from mactl.workflows.consenting.confirming import confirm_consents
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
    return show_confirmed(invocation, confirm_consents(project, given, invocation.now(project)))


@command(consent, "correct")
def correct(
    invocation: Invocation,
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="The entry, as list numbers it")],
    reason: Annotated[str, typer.Option("--reason", help="What was wrong with it")],
) -> None:
    """Say that an entry was a mistake: it stays, and counts no more."""
    from mactl.cli.output import print_json, stdout
    from mactl.workflows.consenting.entering import correct_consent

    project = invocation.find_project()
    correct_consent(project, number, reason, invocation.now(project))
    if invocation.wants_json:
        print_json({"corrected": number})
    elif not invocation.quiet:
        stdout().print(f"entry {number} counts no more")


@command(consent, "verify")
def verify(
    invocation: Invocation,
    head: Annotated[
        list[str] | None,
        typer.Option(
            "--head",
            metavar="NUMBER:LINK",
            help="A head that was printed before, which must lie on the chain; may be repeated",
        ),
    ] = None,
) -> int:
    """Say whether the ledger is what was entered: nothing added, removed, moved or edited."""
    from mactl.cli.progress import Progress
    from mactl.cli.views.consent.checking import show_verified
    from mactl.workflows.consenting.verifying import verify_ledger

    project = invocation.find_project()
    with Progress(invocation).during("verifying"):
        verified = verify_ledger(project, head or (), 20)
    return show_verified(invocation, verified)
