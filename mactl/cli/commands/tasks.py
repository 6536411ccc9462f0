"""`mactl tasks`"""

from typing import Annotated

import typer

from mactl.cli.app import app
from mactl.cli.help import Group
from mactl.cli.invocation import Invocation, command
from mactl.cli.panels import SENDING

tasks = typer.Typer(cls=Group, no_args_is_help=True, rich_markup_mode=None)
app.add_typer(
    tasks,
    name="tasks",
    rich_help_panel=SENDING,
    help="What recipes ask colleagues to do.",
)


@command(tasks, "list")
def list_(
    invocation: Invocation,
    all: Annotated[bool, typer.Option("--all", help="Those that are done, too")] = False,
) -> None:
    """List the tasks that are to be done, the most urgent first."""
    from mactl.cli.views.tasks import show_tasks
    from mactl.workflows.tasks import list_tasks

    project = invocation.find_project()
    found = list_tasks(project, invocation.now(project), all=all)
    show_tasks(invocation, found, project.settings.timezone)


@command(tasks, "done")
def done(
    invocation: Invocation,
    ids: Annotated[
        list[str], typer.Argument(metavar="TASK…", help="Their ids, or the beginnings of them")
    ],
) -> None:
    """Say that tasks are done; journeys that wait for it go on with the next run."""
    from mactl.cli.views.tasks import show_done
    from mactl.workflows.tasks import finish_tasks

    project = invocation.find_project()
    show_done(invocation, finish_tasks(project, ids, invocation.now(project)))
