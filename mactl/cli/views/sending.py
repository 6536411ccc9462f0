"""A run: the question before it, the bar during it, what came of it."""

import math
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from mactl.cli.invocation import Invocation
from mactl.cli.output import print_error, print_json, printable, stderr, stdout
from mactl.errors import UsageError

if TYPE_CHECKING:
    from mactl.delivery.sender import Drained
    from mactl.workflows.planning.plan import Plan
    from mactl.workflows.sending.outcome import Sent
    from mactl.workflows.sending.send import Manners

_EVERY = 5.0  # seconds between two lines of progress in a log


def need_consent(*, yes: bool) -> None:
    """UsageError where nobody can be asked and `--yes` is missing."""
    if not yes and not sys.stdin.isatty():
        raise UsageError("there is no terminal to ask on", "say --yes to send without being asked")


def manners(invocation: Invocation, *, yes: bool, wait: bool) -> "Manners":
    """How `mactl send` asks and tells."""
    from mactl.workflows.sending.send import Manners

    return Manners(
        confirm=(lambda plan: True) if yes else _ask,
        progress=(lambda drained: None) if invocation.quiet else _teller(),
        wait=math.inf if wait else None,
    )


def _ask(plan: "Plan") -> bool:
    from mactl.cli.views.plan import totals

    counts = totals(plan)
    console = stderr()
    console.print(
        f"{counts['sends']} messages go out, {counts['entering']} people enter, {counts['leaving']} leave "
        "(mactl plan shows them)."
    )
    return console.input("Send them? [y/N] ").strip().lower() in ("y", "yes")


def _teller() -> "Callable[[Drained], None]":
    """Progress: a line that is written over on a terminal, now and then a line in a log."""
    last = time.monotonic()
    on_terminal = sys.stderr.isatty()

    def tell(drained: "Drained") -> None:
        nonlocal last
        now = time.monotonic()
        if now - last < (0.1 if on_terminal else _EVERY):
            return
        last = now
        told = ", ".join(f"{count} {status}" for status, count in drained.counts.items() if count)
        sys.stderr.write(f"\r\x1b[2K{told} …" if on_terminal else f"{told} …\n")
        sys.stderr.flush()

    return tell


def show_sent(invocation: Invocation, sent: "Sent") -> int:
    """`{"run", "sent", "deferred", "failed", "unknown", "held", "skipped"}`, or text; the exit status."""
    if sys.stderr.isatty() and not invocation.quiet:
        sys.stderr.write("\r\x1b[2K")
    if invocation.wants_json:
        print_json({"run": sent.run, **sent.counts})
    else:
        _show(invocation, sent)
    if sent.stopped is not None:
        print_error(sent.stopped)
        return sent.stopped.exit_code
    return 1 if sent.has_problems else 0


def _show(invocation: Invocation, sent: "Sent") -> None:
    from rich.text import Text

    console = stdout()
    quiet = invocation.quiet and not sent.has_problems and sent.stopped is None
    if quiet:
        return
    for (status, reason), count in sorted(sent.reasons.items()):
        console.print(Text(f"  {count} {status}: {printable(reason)}", style="dim"))
    told = (
        ", ".join(f"{count} {status}" for status, count in sent.counts.items() if count)
        or "nothing to send"
    )
    style = "bold red" if sent.has_problems else "bold green"
    console.print(Text.assemble((f"Run {sent.run}: ", "bold"), (told, style)))
    if sent.is_interrupted:
        console.print(
            "Interrupted; what was not sent is back in the queue, and the next run goes on with it."
        )
