"""`mactl plan`"""

from mactl.cli.app import app
from mactl.cli.arguments import ContactsOption, EventsOption, RecipesArgument
from mactl.cli.invocation import Invocation, command
from mactl.cli.panels import SENDING


@command(app, "plan", SENDING)
def plan(
    invocation: Invocation,
    recipes: RecipesArgument = None,
    contacts: ContactsOption = None,
    events: EventsOption = None,
) -> None:
    """Show what would happen now, and why; nothing is changed."""
    from mactl.cli.reporting import report_sources
    from mactl.cli.views.plan import show_plan
    from mactl.workflows.gathering import Sources
    from mactl.workflows.running import plan_now

    project = invocation.find_project(recipes)
    planned = plan_now(
        project, recipes or [], Sources(contacts or (), events or ()), invocation.now(project)
    )
    report_sources(invocation, planned.gathered.findings)
    show_plan(invocation, planned)
