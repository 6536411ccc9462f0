"""`mactl privacy`"""

import math
from pathlib import Path
from typing import Annotated

import typer

from mactl.cli.app import app
from mactl.cli.arguments import FailOnOption
from mactl.cli.formats import FindingFormat, RegisterFormat
from mactl.cli.help import Group
from mactl.cli.invocation import Invocation, command
from mactl.cli.panels import PEOPLE

privacy = typer.Typer(cls=Group, no_args_is_help=True, rich_markup_mode=None)
app.add_typer(
    privacy,
    name="privacy",
    rich_help_panel=PEOPLE,
    help="What is held of people: shown to them, erased, kept no longer than needed, registered.",
)

ContactArgument = Annotated[
    str, typer.Argument(metavar="CONTACT", help="An e-mail address, or the id in the source")
]
YesOption = Annotated[bool, typer.Option("--yes", help="Go on without being asked")]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Say what would be done, and change nothing")
]
WaitOption = Annotated[
    bool, typer.Option("--wait", help="Wait for another planner or worker instead of giving up")
]


@command(privacy, "export")
def export(
    invocation: Invocation,
    contact: ContactArgument,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="DIR|FILE",
            help="A page (.html), data (.json), text, or a folder with all three",
        ),
    ] = None,
) -> None:
    """Write down everything that is held of one person, for them to read (GDPR Articles 15 and 20)."""
    from mactl.cli.progress import Progress
    from mactl.cli.reporting import report_sources
    from mactl.cli.views.privacy.export import show_export
    from mactl.workflows.protecting.exporting import export_person

    project = invocation.find_project()
    with Progress(invocation).during("reading"):
        exported = export_person(project, contact, invocation.now(project))
    report_sources(invocation, exported.findings)
    show_export(invocation, exported, out, project)


@command(privacy, "erase")
def erase(
    invocation: Invocation,
    contact: ContactArgument,
    yes: YesOption = False,
    dry_run: DryRunOption = False,
    wait: WaitOption = False,
) -> int:
    """Erase one person from all that mactl wrote, keep imports from bringing them back, and prove it by a search."""
    from mactl.cli.asking import ask, need_consent
    from mactl.cli.progress import Progress
    from mactl.cli.views.privacy.erasure import show_erased, show_held
    from mactl.workflows.protecting.erasing import Holding, Manners, erase_person

    if not dry_run:
        need_consent(yes=yes)
    project = invocation.find_project()

    def confirm(held: Holding) -> bool:
        if yes:
            return True
        show_held(invocation, held)
        return ask("Erase this? It can't be undone.")

    manners = Manners(confirm, math.inf if wait else None, dry_run)
    if yes or dry_run:
        with Progress(invocation).during("searching"):
            erased = erase_person(project, contact, invocation.now(project), manners)
    else:
        erased = erase_person(project, contact, invocation.now(project), manners)
    return show_erased(invocation, erased, dry_run=dry_run, is_shown=not (yes or dry_run))


@command(privacy, "readmit")
def readmit(invocation: Invocation, contact: ContactArgument) -> None:
    """Let somebody who was erased come back: imports take their rows again, as a stranger's."""
    from mactl.cli.views.privacy.erasure import show_readmitted
    from mactl.workflows.protecting.readmitting import readmit_person

    project = invocation.find_project()
    show_readmitted(invocation, contact, readmit_person(project, contact))


@command(privacy, "retain")
def retain(
    invocation: Invocation,
    yes: YesOption = False,
    dry_run: DryRunOption = False,
    wait: WaitOption = False,
) -> int:
    """Delete or make nameless what is older than `retention` allows: for cron, after `send`."""
    from mactl.cli.asking import ask, need_consent
    from mactl.cli.progress import Progress
    from mactl.cli.views.privacy.retention import show_retained
    from mactl.workflows.protecting.retaining import Overdue, retain_project

    if not dry_run:
        need_consent(yes=yes)
    project = invocation.find_project()

    def confirm(found: Overdue) -> bool:
        if yes:
            return True
        show_retained(invocation, found, done=False)
        return ask("Delete this? It can't be undone.")

    with Progress(invocation).during("looking"):
        found = retain_project(
            project,
            invocation.now(project),
            confirm=confirm,
            wait=math.inf if wait else None,
            dry_run=dry_run,
        )
    show_retained(invocation, found, done=not dry_run)
    return 0


@command(privacy, "register")
def register(
    invocation: Invocation,
    format: Annotated[
        RegisterFormat | None,
        typer.Option("--format", help="text for people; json, html or csv for others"),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Where to; else to the terminal")
    ] = None,
) -> None:
    """Write the record of processing activities (GDPR Article 30), from what recipes and mactl.yaml say."""
    from mactl.cli.views.privacy.register import show_register
    from mactl.workflows.protecting.registering import make_register

    project = invocation.find_project()
    show_register(invocation, make_register(project), format, out)


@command(privacy, "check")
def check(
    invocation: Invocation,
    fail_on: FailOnOption = "error",
    format: Annotated[
        FindingFormat | None,
        typer.Option("--format", help="text for people, the others for programs and CI"),
    ] = None,
    data: Annotated[
        bool,
        typer.Option("--data", help="Look at the sources and the state as well: who is overdue"),
    ] = False,
) -> int:
    """Find what the law would: data that is used and not named, handed out, or kept too long."""
    from mactl.cli.output import findings_status
    from mactl.cli.views.findings import Report, show_findings
    from mactl.workflows.protecting.checking import check_privacy

    checked = check_privacy(invocation.find_project(), invocation.now, data=data)
    count = len(checked.recipes)
    words = f"{count} recipe{'' if count == 1 else 's'}"
    report = Report(checked.findings, {"recipes": count}, words, checked.line, _manual)
    show_findings(invocation, report, format)
    return findings_status(checked.findings, fail_on)


def _manual(id: str) -> str | None:
    from mactl.privacy.checks import MANUALS

    return MANUALS.get(id)
