"""`mactl send`"""

from typing import Annotated

import typer

from mactl.cli.app import app
from mactl.cli.arguments import ContactsOption, EventsOption, RecipesArgument
from mactl.cli.invocation import Invocation, command
from mactl.cli.panels import SENDING


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
    contacts: ContactsOption = None,
    events: EventsOption = None,
) -> int:
    """Do what the plan says: enroll, move on and send, never twice."""
    from mactl.cli.reporting import report_sources
    from mactl.cli.views.plan import show_plan
    from mactl.cli.views.sending import manners, show_sent
    from mactl.workflows.gathering import Sources
    from mactl.workflows.running import plan_now
    from mactl.workflows.sending import send_now

    project = invocation.find_project(recipes)
    sources, now = Sources(contacts or (), events or ()), invocation.now(project)
    if dry_run:
        show_plan(invocation, plan_now(project, recipes or [], sources, now))
        return 0
    sent = send_now(project, recipes or [], sources, now, manners(invocation, yes=yes, wait=wait))
    report_sources(invocation, sent.plan.gathered.findings)
    return show_sent(invocation, sent)
