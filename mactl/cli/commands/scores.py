"""`mactl scores`"""

from mactl.cli.app import app
from mactl.cli.arguments import ContactsOption, EventsOption, FromOption
from mactl.cli.invocation import Invocation, command
from mactl.cli.panels import PEOPLE


@command(app, "scores", PEOPLE)
def scores(
    invocation: Invocation,
    recipes: FromOption = None,
    contacts: ContactsOption = None,
    events: EventsOption = None,
) -> None:
    """Show everyone's scores, stage and labels, the highest first."""
    from mactl.cli.progress import Progress
    from mactl.cli.reporting import report_sources
    from mactl.cli.views.knowing import show_scores
    from mactl.workflows.gathering import Sources
    from mactl.workflows.knowing import list_scores

    project = invocation.find_project(recipes)
    sources = Sources(contacts or (), events or ())
    with Progress(invocation).during("reading"):
        found = list_scores(project, recipes or [], sources, invocation.now(project))
    report_sources(invocation, found.gathered.findings)
    show_scores(invocation, found)
