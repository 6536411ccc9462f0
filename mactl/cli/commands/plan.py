"""`mactl plan`"""

from pathlib import Path
from typing import Annotated

import typer

from mactl.cli.app import app
from mactl.cli.arguments import ContactsOption, EventsOption, RecipesArgument
from mactl.cli.formats import PlanFormat
from mactl.cli.invocation import Invocation, command
from mactl.cli.output import stderr
from mactl.cli.panels import SENDING
from mactl.errors import UsageError

OutOption = Annotated[
    Path | None,
    typer.Option("--out", metavar="FILE", help="Keep the plan, for mactl send --plan FILE"),
]
DiffOption = Annotated[
    str | None,
    typer.Option(
        "--diff",
        metavar="REV|DIR",
        help="What is different from a git revision, or from the folder of another project",
    ),
]
ShowAddressesOption = Annotated[
    bool, typer.Option("--show-addresses", help="With --diff: name everyone, by their address")
]
FormatOption = Annotated[
    PlanFormat | None,
    typer.Option("--format", help="text, json; with --diff markdown for a pull request"),
]

DaysOption = Annotated[
    int | None,
    typer.Option("--days", metavar="N", help="What the next N days would bring, day by day"),
]
AssumeOption = Annotated[
    list[str] | None,
    typer.Option(
        "--assume",
        metavar="WHAT=SHARE",
        help="With --days: clicked=12% of all messages; or an event's name; may be repeated",
    ),
]


@command(app, "plan", SENDING)
def plan(
    invocation: Invocation,
    recipes: RecipesArgument = None,
    contacts: ContactsOption = None,
    events: EventsOption = None,
    out: OutOption = None,
    diff: DiffOption = None,
    show_addresses: ShowAddressesOption = False,
    format: FormatOption = None,
    days: DaysOption = None,
    assume: AssumeOption = None,
) -> None:
    """Show what would happen now, and why; nothing is changed."""
    from mactl.cli.progress import Progress
    from mactl.cli.reporting import report_sources
    from mactl.cli.views.calendar import show_days
    from mactl.cli.views.plan import show_plan
    from mactl.workflows.gathering import Sources
    from mactl.workflows.planning.running import plan_now
    from mactl.workflows.sending.authenticating import foresee_authentication
    from mactl.workflows.writing.letters import foresee

    ways = {"--days": days is not None or bool(assume), "--diff": diff, "--out": out}
    chosen = [option for option, is_given in ways.items() if is_given]
    if len(chosen) > 1:
        raise UsageError(f"{' and '.join(chosen)} do not go together", "ask for one at a time")
    project = invocation.find_project(recipes)
    sources, now = Sources(contacts or (), events or ()), invocation.now(project)
    if days is not None or assume:
        show_days(invocation, project, recipes or [], sources, now, days, assume or [], format)
        return
    if diff is not None:
        from mactl.cli.views.diff import show_diff
        from mactl.workflows.reviewing.differing import diff_plans

        with Progress(invocation).during("reading and planning twice"):
            found = diff_plans(project, recipes or [], sources, now, diff)
        report_sources(invocation, found.findings)
        show_diff(invocation, found, format, show_addresses=show_addresses)
        return
    if format is PlanFormat.MARKDOWN:
        raise UsageError("a plan is text or json", "--format markdown is for plan --diff")
    with Progress(invocation).during("reading and planning"):
        with plan_now(project, recipes or [], sources, now) as (planned, state):
            foreseen = foresee(project, planned, state)
        authentication = foresee_authentication(project, foreseen)
    report_sources(invocation, foreseen.findings)
    if out is not None:
        from mactl.keeping import note_written
        from mactl.workflows.reviewing.keeping import Request, keep_plan

        keep_plan(project, planned, Request(recipes or [], sources), out)
        note_written(project.folder, out)
        if not invocation.quiet:
            told = f"kept in {out}; mactl send --plan {out} does exactly this, or refuses"
            stderr().print(told, style="dim", markup=False)
    show_plan(invocation, foreseen, authentication)
