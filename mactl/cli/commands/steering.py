"""`mactl pause`, `mactl resume`, `mactl cancel`"""

from typing import Annotated

import typer

from mactl.cli.app import app
from mactl.cli.invocation import Invocation, command
from mactl.cli.panels import SENDING

RecipeArgument = Annotated[str, typer.Argument(metavar="RECIPE", help="A recipe by name or path")]
ReasonOption = Annotated[
    str | None, typer.Option("--reason", metavar="TEXT", help="Why, for whoever asks later")
]


@command(app, "pause", SENDING)
def pause(invocation: Invocation, recipe: RecipeArgument, reason: ReasonOption = None) -> None:
    """Have a recipe admit and send nothing, at once; waits go on."""
    from mactl.cli.views.steering import show_paused
    from mactl.workflows.steering import pause

    project = invocation.find_project([recipe])
    show_paused(invocation, pause(project, recipe, reason, invocation.now(project)))


@command(app, "resume", SENDING)
def resume(invocation: Invocation, recipe: RecipeArgument) -> None:
    """Let a recipe go on that was paused or cancelled."""
    from mactl.cli.views.steering import show_resumed
    from mactl.workflows.steering import resume

    show_resumed(invocation, resume(invocation.find_project([recipe]), recipe))


@command(app, "cancel", SENDING)
def cancel(
    invocation: Invocation,
    recipe: RecipeArgument,
    reason: ReasonOption = None,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Do not ask first; needed without a terminal")
    ] = False,
) -> None:
    """End everyone's journey in a recipe, and take back what has not gone out."""
    from mactl.cli.views.steering import confirm_cancel, show_cancelled
    from mactl.workflows.steering import cancel

    project = invocation.find_project([recipe])
    confirm_cancel(recipe, yes=yes)
    show_cancelled(invocation, cancel(project, recipe, reason, invocation.now(project)))
