"""A recipe that was paused, resumed or cancelled."""

from collections.abc import Callable

from mactl.cli.asking import ask
from mactl.cli.invocation import Invocation
from mactl.cli.output import print_json, stderr, stdout
from mactl.workflows.steering import Steered


def confirm_cancel(*, yes: bool) -> Callable[[Steered], bool]:
    """What asks whether everyone's journey should end, with how many that is about."""

    def confirm(foreseen: Steered) -> bool:
        if yes:
            return True
        stderr().print(_would(foreseen), highlight=False)
        return ask(f"Cancel {foreseen.recipe}?")

    return confirm


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


def show_foreseen(invocation: Invocation, steered: Steered) -> None:
    """As `show_cancelled`, with the status of a recipe of which nothing was changed."""
    text = f"{_would(steered)}{_beyond_recall(steered)}\nNothing was changed."
    _tell(invocation, steered, "would be cancelled", text)


def show_cancelled(invocation: Invocation, steered: Steered) -> None:
    """`{"recipe", "status", "people", "messages", "actions", "sent", "sending", "unknown"}`, or two lines."""
    counts = steered.counts
    text = (
        f"{steered.recipe} is cancelled: {counts['people']:,} people are out of it, {counts['messages']:,} "
        f"messages and {counts['actions']:,} actions were taken back."
    )
    _tell(invocation, steered, "cancelled", f"{text}{_beyond_recall(steered)}")


def _would(steered: Steered) -> str:
    counts = steered.counts
    return (
        f"{counts['people']:,} people would leave {steered.recipe}; {counts['messages']:,} messages "
        f"and {counts['actions']:,} actions would be taken back."
    )


def _beyond_recall(steered: Steered) -> str:
    counts = steered.counts
    before = [f"{counts[name]:,} {name}" for name in ("sent", "sending", "unknown") if counts[name]]
    return f"\nBeyond recall: {', '.join(before)}." if before else ""


def _tell(invocation: Invocation, steered: Steered, status: str, text: str) -> None:
    if invocation.wants_json:
        print_json({"recipe": steered.recipe, "status": status, **steered.counts})
    elif not invocation.quiet:
        stdout().print(text, highlight=False)
