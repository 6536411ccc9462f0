"""`mactl contacts show`, `conflicts`, `doubles`, `merge`, `split` and `decisions`: who is one person, and why."""

from typing import Annotated

import typer

from mactl.cli.commands.contacts import FilesArgument, contacts
from mactl.cli.invocation import Invocation, command
from mactl.errors import UsageError

WhyOption = Annotated[
    str | None, typer.Option("--why", help="The reason, which is kept with the decision")
]


@command(contacts, "merge")
def merge(
    invocation: Invocation,
    who: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="CONTACT OTHER", help="Two contacts, by their keys, addresses or ids"
        ),
    ] = None,
    why: WhyOption = None,
    undo: Annotated[
        int | None, typer.Option("--undo", metavar="NUMBER", help="Take a merge back")
    ] = None,
) -> None:
    """Have two contacts be one person from now on, whatever imports say; an opt-out of either holds."""
    from mactl.cli.progress import Progress
    from mactl.cli.views.persons.decisions import show_decided
    from mactl.store.decisions import DecisionKind
    from mactl.workflows.persons.deciding import merge as run_merge
    from mactl.workflows.persons.deciding import undo_decision

    project, names = invocation.find_project(), who or []
    now = invocation.now(project)
    if (undo is None) != (len(names) == 2):
        raise UsageError("two contacts are merged", "write mactl contacts merge CONTACT OTHER")
    with Progress(invocation).during("reading"):
        if undo is not None:
            decided = undo_decision(project, DecisionKind.MERGE, undo, why, now)
        else:
            decided = run_merge(project, names[0], names[1], why, now)
    show_decided(invocation, decided)


@command(contacts, "split")
def split(
    invocation: Invocation,
    who: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="CONTACT WHAT…",
            help="A contact, then keys (C12, email:ann@example.com) or rows (crm.csv:17) of who leaves",
        ),
    ] = None,
    why: WhyOption = None,
    undo: Annotated[
        int | None, typer.Option("--undo", metavar="NUMBER", help="Take a split back")
    ] = None,
) -> None:
    """Have some of a contact's keys and rows be another person from now on; an opt-out holds for both."""
    from mactl.cli.progress import Progress
    from mactl.cli.views.persons.decisions import show_decided
    from mactl.store.decisions import DecisionKind
    from mactl.workflows.persons.deciding import split as run_split
    from mactl.workflows.persons.deciding import undo_decision

    project, names = invocation.find_project(), who or []
    now = invocation.now(project)
    if (undo is None) != (len(names) > 1):
        raise UsageError(
            "a contact is split by keys or rows of who leaves",
            "write mactl contacts split CONTACT KEY; mactl contacts show CONTACT lists them",
        )
    with Progress(invocation).during("reading"):
        if undo is not None:
            decided = undo_decision(project, DecisionKind.SPLIT, undo, why, now)
        else:
            decided = run_split(project, names[0], names[1:], why, now)
    show_decided(invocation, decided)


@command(contacts, "decisions")
def decisions(
    invocation: Invocation,
    who: Annotated[
        str | None, typer.Argument(metavar="[CONTACT]", help="Only those about this contact")
    ] = None,
) -> None:
    """List the merges and splits that were decided, when and why."""
    from mactl.cli.views.persons.decisions import show_decisions
    from mactl.workflows.persons.deciding import list_decisions

    project = invocation.find_project()
    show_decisions(invocation, list_decisions(project, who), project.settings.timezone)


@command(contacts, "show")
def show(
    invocation: Invocation,
    who: Annotated[
        str, typer.Argument(metavar="CONTACT", help="Their key, an address or another key, or id")
    ],
    files: FilesArgument = None,
) -> None:
    """Show all that is known of one contact: which rows made it, by which key, and why each value was chosen."""
    from mactl.cli.progress import Progress
    from mactl.cli.views.persons.contact import show_contact
    from mactl.workflows.persons.showing import show_contact as find_contact

    project = invocation.find_project()
    with Progress(invocation).during("reading"):
        contact = find_contact(project, who, files or ())
    show_contact(invocation, contact, project.settings.timezone)


_EXAMPLES = 40


@command(contacts, "conflicts")
def conflicts(
    invocation: Invocation,
    field: Annotated[
        str | None, typer.Argument(metavar="[FIELD]", help="Each contact that has several of it")
    ] = None,
    files: FilesArgument = None,
) -> None:
    """List the fields in which the rows of one contact differ, and which value was chosen."""
    from mactl.cli.progress import Progress
    from mactl.cli.views.persons.conflicts import show_conflicts
    from mactl.workflows.persons.disagreeing import list_conflicts

    project = invocation.find_project()
    every = field is not None and (invocation.verbose or invocation.wants_json)
    most = 1_000_000_000 if every else _EXAMPLES if field is not None else 1
    with Progress(invocation).during("reading"):
        found = list_conflicts(project, files or (), field, most)
    show_conflicts(invocation, found, is_about_one=field is not None)


@command(contacts, "doubles")
def doubles(
    invocation: Invocation,
    files: FilesArgument = None,
    least: Annotated[
        float,
        typer.Option(
            "--least", min=0.0, max=1.0, help="Only pairs that are at least so likely one"
        ),
    ] = 0.9,
    limit: Annotated[
        int | None,
        typer.Option(
            "--limit", min=0, help="At most so many, 0 for all; 40 where left out, in JSON all"
        ),
    ] = None,
) -> None:
    """Propose contacts who may be one person, with the reasons; nothing is merged."""
    from mactl.cli.progress import Progress
    from mactl.cli.views.persons.doubles import show_doubles
    from mactl.workflows.persons.doubling import propose_doubles

    every = invocation.wants_json if limit is None else limit == 0
    most = None if every else limit or _EXAMPLES
    with Progress(invocation).during("comparing"):
        found, count = propose_doubles(invocation.find_project(), files or (), least, most)
    show_doubles(invocation, found, count)
