"""`mactl explain`"""

from typing import Annotated

import typer

from mactl.cli.app import app
from mactl.cli.arguments import ContactsOption, EventsOption, FromOption
from mactl.cli.invocation import Invocation, command
from mactl.cli.panels import PEOPLE


@command(app, "explain", PEOPLE)
def explain(
    invocation: Invocation,
    contact: Annotated[
        str, typer.Argument(metavar="CONTACT", help="An e-mail address, or the id in the source")
    ],
    recipes: FromOption = None,
    contacts: ContactsOption = None,
    events: EventsOption = None,
) -> None:
    """Say of one contact why they are where they are: every condition, every point, every send."""
    from mactl.cli.progress import Progress
    from mactl.cli.reporting import report_sources
    from mactl.cli.views.explain import show_explanation
    from mactl.workflows.explaining import explain_contact
    from mactl.workflows.gathering import Sources

    project = invocation.find_project(recipes)
    sources = Sources(contacts or (), events or ())
    now = invocation.now(project)
    with Progress(invocation).during("reading and looking ahead"):
        explained = explain_contact(project, recipes or [], contact, sources, now)
    report_sources(invocation, explained.findings)
    show_explanation(invocation, explained)
