"""`mactl segments`"""

from typing import Annotated

import typer

from mactl.cli.app import app
from mactl.cli.arguments import ContactsOption, EventsOption, FromOption
from mactl.cli.invocation import Invocation, command
from mactl.cli.panels import PEOPLE


@command(app, "segments", PEOPLE)
def segments(
    invocation: Invocation,
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="List who is in this segment")
    ] = None,
    recipes: FromOption = None,
    contacts: ContactsOption = None,
    events: EventsOption = None,
) -> None:
    """Count who is in each segment, or list one."""
    from mactl.cli.progress import Progress
    from mactl.cli.reporting import report_sources
    from mactl.cli.views.knowing import show_segments
    from mactl.workflows.gathering import Sources
    from mactl.workflows.knowing import list_segments

    project = invocation.find_project(recipes)
    sources = Sources(contacts or (), events or ())
    with Progress(invocation).during("reading"):
        found = list_segments(project, recipes or [], name, sources, invocation.now(project))
    report_sources(invocation, found.gathered.findings)
    show_segments(invocation, found)
