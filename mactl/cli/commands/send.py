"""`mactl send`"""

import math
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from mactl.cli.app import app
from mactl.cli.arguments import ContactsOption, EventsOption, RecipesArgument
from mactl.cli.invocation import Invocation, command
from mactl.cli.panels import SENDING
from mactl.errors import UsageError


@command(app, "send", SENDING)
def send(
    invocation: Invocation,
    recipes: RecipesArgument = None,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Do not ask first; needed without a terminal")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="The same as mactl plan")] = False,
    wait: Annotated[
        bool, typer.Option("--wait", help="Wait for another planner instead of giving up")
    ] = False,
    plan: Annotated[
        Path | None,
        typer.Option(
            "--plan",
            metavar="FILE",
            help="Send exactly what mactl plan --out FILE kept, or nothing",
        ),
    ] = None,
    full: Annotated[
        bool,
        typer.Option("--full", help="Look at everybody, even where nothing can be due"),
    ] = False,
    resume: Annotated[
        bool,
        typer.Option("--resume", help="Plan nothing; go on with what is in the queue"),
    ] = False,
    contacts: ContactsOption = None,
    events: EventsOption = None,
) -> int:
    """Do what the plan says: enroll, move on and send, never twice."""
    if resume:
        if recipes or dry_run or plan or full or contacts or events:
            raise UsageError("--resume plans nothing", "leave the rest of the command out")
        from mactl.cli.views.sending import drain_queue

        return drain_queue(invocation, is_once=True)

    from mactl.cli.reporting import report_sources
    from mactl.cli.views.sending import manners, need_consent, show_sent

    project = invocation.find_project(recipes)
    now = invocation.now(project)
    if not (plan or dry_run or full or contacts or events):
        # Planning takes longer to import than such a run to be over.
        from mactl.workflows.sending.resting import pass_over

        need_consent(yes=yes)
        passed = pass_over(project, recipes or [], now, wait=math.inf if wait else None)
        if passed is not None:
            report_sources(invocation, passed.findings)
            return show_sent(invocation, passed)

    from mactl.cli.progress import Progress
    from mactl.cli.views.plan import show_plan
    from mactl.workflows.gathering import Sources
    from mactl.workflows.planning.running import plan_now
    from mactl.workflows.reviewing.approving import approval, approve_again
    from mactl.workflows.reviewing.keeping import read_plan
    from mactl.workflows.sending.send import send_now
    from mactl.workflows.writing.letters import foresee

    names, sources = recipes or [], Sources(contacts or (), events or ())
    kept = None
    if plan is not None:
        if recipes or contacts or events:
            raise UsageError(
                "a kept plan says itself which recipes, contacts and events it is about",
                "leave them out beside --plan",
            )
        kept = read_plan(plan)
        names, sources = kept.names, kept.paths
    if dry_run:
        with Progress(invocation).during("reading and planning"):
            planned = plan_now(project, names, sources, now)
            if kept is not None and plan is not None:
                approve_again(project, kept, planned, plan)
            foreseen = foresee(project, planned)
        report_sources(invocation, foreseen.findings)
        show_plan(invocation, foreseen)
        return 0
    need_consent(yes=yes)
    with manners(invocation, yes=yes, wait=wait) as how:
        if kept is not None and plan is not None:
            how = replace(how, approve=approval(kept, plan))
        sent = send_now(project, names, sources, now, how)
    report_sources(invocation, sent.findings)
    return show_sent(invocation, sent)
