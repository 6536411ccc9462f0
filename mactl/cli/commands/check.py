"""`mactl check`"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mactl.cli.app import app
from mactl.cli.arguments import ContactsOption, EventsOption, FailOnOption
from mactl.cli.formats import FindingFormat
from mactl.cli.invocation import Invocation, command
from mactl.cli.panels import RECIPES
from mactl.errors import UsageError

if TYPE_CHECKING:
    from mactl.workflows.checking.kept_findings import Checked


@command(app, "check", RECIPES)
def check(
    invocation: Invocation,
    paths: Annotated[
        list[str] | None,
        typer.Argument(metavar="[PATH…]", help="Recipes or folders; the project's where left out"),
    ] = None,
    fail_on: FailOnOption = "error",
    format: Annotated[
        FindingFormat | None,
        typer.Option("--format", help="text for people, the others for programs and CI"),
    ] = None,
    explain: Annotated[
        str | None,
        typer.Option(
            "--explain", metavar="ID", help="Print the manual of a finding, or list all with ?"
        ),
    ] = None,
    data: Annotated[
        bool, typer.Option("--data", help="Look at the contacts and events as well")
    ] = False,
    contacts: ContactsOption = None,
    events: EventsOption = None,
    state: Annotated[
        bool, typer.Option("--state", help="Look at who is in a journey now as well")
    ] = False,
    fix: Annotated[bool, typer.Option("--fix", help="Mend what has one answer")] = False,
    diff: Annotated[
        bool, typer.Option("--diff", help="Show what --fix would change, and change nothing")
    ] = False,
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Look at everything anew")] = False,
) -> int:
    """Find what is wrong with recipes, templates and mactl.yaml, before anyone is written to."""
    from mactl.cli.output import findings_status
    from mactl.cli.views.findings import Report, show_findings
    from mactl.workflows.checking.kept_findings import Shelf

    if explain is not None:
        from mactl.cli.views.manual import show_manual

        show_manual(invocation, explain)
        return 0
    beside = bool(data or contacts or events or state)
    if beside and (fix or diff):
        raise UsageError("--fix mends recipes alone", "leave out --data and --state")
    if fix or diff:
        checked = _mend(invocation, paths or [], write=not diff)
    else:
        shelf = None if beside or no_cache else Shelf.of(invocation.project_option, paths or [])
        checked = (shelf and shelf.take()) or _look(
            invocation, paths or [], data, contacts, events, state, use_kept=not no_cache
        )
    count = len(checked.recipes)
    words = f"{count} recipe{'' if count == 1 else 's'}"
    report = Report(checked.findings, {"recipes": count}, words, checked.line, _manual)
    show_findings(invocation, report, format)
    return findings_status(checked.findings, fail_on)


def _look(
    invocation: Invocation,
    names: list[str],
    data: bool,
    contacts: list[Path] | None,
    events: list[Path] | None,
    state: bool,
    *,
    use_kept: bool,
) -> "Checked":
    from mactl.workflows.checking.check import check

    beside = None
    if data or contacts or events or state:
        from mactl.workflows.checking.beside import Beside
        from mactl.workflows.gathering import Sources

        sources = Sources(contacts or (), events or ()) if data or contacts or events else None
        beside = Beside(invocation.now, sources, state)
    return check(invocation.project_option, names, beside=beside, use_kept=use_kept)


def _mend(invocation: Invocation, names: list[str], *, write: bool) -> "Checked":
    from mactl.cli.views.mending import show_mended
    from mactl.workflows.checking.check import mend

    checked, mended = mend(invocation.project_option, names, write=write)
    show_mended(mended, written=write)
    return checked


def _manual(id: str) -> str | None:
    from mactl.checks.manual import manuals

    return manuals().get(id)
