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
    """Have a recipe send and do nothing more, at once; people enter, and waits go on."""
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
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would come of it, and change nothing")
    ] = False,
) -> None:
    """End everyone's journey in a recipe, and take back what has not gone out."""
    from mactl.cli.asking import need_consent
    from mactl.cli.views.steering import confirm_cancel, show_cancelled, show_foreseen
    from mactl.workflows.steering import cancel, foresee

    project = invocation.find_project([recipe])
    if dry_run:
        show_foreseen(invocation, foresee(project, recipe))
        return
    need_consent(yes=yes)
    confirm = confirm_cancel(yes=yes)
    now = invocation.now(project)
    show_cancelled(invocation, cancel(project, recipe, reason, now, confirm=confirm))
