"""A recipe that was paused, resumed or cancelled."""

from mactl.cli.invocation import Invocation
from mactl.cli.output import print_json, stderr, stdout
from mactl.cli.views.sending import need_consent
from mactl.workflows.sending.send import NotConfirmed
from mactl.workflows.steering import Steered


def confirm_cancel(recipe: str, *, yes: bool) -> None:
    """Ask whether everyone's journey should end. Raises NotConfirmed, or UsageError where nobody can be asked."""
    need_consent(yes=yes)
    question = f"End everyone's journey in {recipe}, and take back what has not gone out? [y/N] "
    if not yes and stderr().input(question).strip().lower() not in ("y", "yes"):
        raise NotConfirmed("nothing was changed")


def show_paused(invocation: Invocation, steered: Steered) -> None:
    """`{"recipe", "status", "waiting"}`, or a line."""
    waiting = steered.counts["waiting"]
    _tell(
        invocation,
        steered,
        "paused",
        f"{steered.recipe} is paused; {waiting:,} of its messages wait in the queue.\n"
        f"mactl resume {steered.recipe} lets it go on.",
    )


def show_resumed(invocation: Invocation, steered: Steered) -> None:
    """`{"recipe", "status"}`, or a line."""
    _tell(
        invocation,
        steered,
        "resumed",
        f"{steered.recipe} goes on as its file says; mactl plan shows what is due.",
    )


def show_cancelled(invocation: Invocation, steered: Steered) -> None:
    """`{"recipe", "status", "people", "messages", "actions", "sent", "sending", "unknown"}`, or two lines."""
    counts = steered.counts
    text = (
        f"{steered.recipe} is cancelled: {counts['people']:,} people are out of it, {counts['messages']:,} "
        f"messages and {counts['actions']:,} actions were taken back."
    )
    before = [f"{counts[name]:,} {name}" for name in ("sent", "sending", "unknown") if counts[name]]
    if before:
        text += f"\nBeyond recall: {', '.join(before)}."
    _tell(invocation, steered, "cancelled", text)


def _tell(invocation: Invocation, steered: Steered, status: str, text: str) -> None:
    if invocation.wants_json:
        print_json({"recipe": steered.recipe, "status": status, **steered.counts})
    elif not invocation.quiet:
        stdout().print(text, highlight=False)
