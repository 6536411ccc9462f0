"""A run: the question before it, the bar during it, what came of it."""

import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mactl.cli.invocation import Invocation
from mactl.cli.output import print_error, print_json, printable, stderr, stdout
from mactl.cli.progress import Progress
from mactl.errors import UsageError

if TYPE_CHECKING:
    from mactl.delivery.sender import Drained
    from mactl.workflows.planning.plan import Plan
    from mactl.workflows.sending.outcome import Sent
    from mactl.workflows.sending.send import Manners


def need_consent(*, yes: bool) -> None:
    """UsageError where nobody can be asked and `--yes` is missing."""
    if not yes and not sys.stdin.isatty():
        raise UsageError("there is no terminal to ask on", "say --yes to send without being asked")


@contextmanager
def manners(invocation: Invocation, *, yes: bool, wait: bool) -> "Iterator[Manners]":
    """How `mactl send` asks and tells, from reading its sources to its last message."""
    from mactl.cli.views.plan import totals
    from mactl.workflows.sending.send import Manners

    progress = Progress(invocation)
    due = 0

    def confirm(plan: "Plan") -> bool:
        nonlocal due
        due = totals(plan)["sends"] + plan.history.waiting
        if yes:
            return True
        waiting.end()
        return _ask(plan)

    def tell(drained: "Drained") -> None:
        waiting.end()
        done = sum(drained.counts.values())
        told = ", ".join(f"{n:,} {status}" for status, n in drained.counts.items() if n)
        progress.tell(f"{told} of {due:,}" if done <= due else told)

    with progress.during("reading and planning") as waiting:
        yield Manners(confirm=confirm, progress=tell, wait=math.inf if wait else None)
    progress.clear()


def _ask(plan: "Plan") -> bool:
    from mactl.cli.views.plan import totals

    counts = totals(plan)
    console = stderr()
    console.print(
        f"{counts['sends']:,} messages go out, {counts['entering']:,} people enter, "
        f"{counts['leaving']:,} leave (mactl plan shows them)."
    )
    return console.input("Send them? [y/N] ", markup=False).strip().lower() in ("y", "yes")


def show_sent(invocation: Invocation, sent: "Sent") -> int:
    """`{"run", "sent", "deferred", "failed", "unknown", "held", "skipped"}`, or text; the exit status."""
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
