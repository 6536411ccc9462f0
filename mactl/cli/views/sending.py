"""A run: the question before it, the bar during it, what came of it."""

import math
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mactl.cli.invocation import Invocation
from mactl.cli.output import print_error, print_json, printable, stderr, stdout
from mactl.cli.progress import Progress
from mactl.errors import MactlError, UsageError

if TYPE_CHECKING:
    from mactl.delivery.drained import Drained
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
        told = _told(drained.counts)
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


def drain_queue(invocation: Invocation, *, is_once: bool) -> int:
    """Drain the queue until it is empty, or until a signal; the exit status."""
    from mactl.workflows.working import Reports, drain_once, keep_draining

    progress = Progress(invocation)

    def trouble(error: MactlError) -> None:
        progress.clear()
        print_error(error)

    reports = Reports(lambda drained: progress.tell(_told(drained.counts)), trouble)
    drain = drain_once if is_once else keep_draining
    drained = drain(invocation.find_project(), reports)
    progress.clear()
    return show_drained(invocation, drained)


def show_drained(invocation: Invocation, drained: "Drained") -> int:
    """`{"sent", "deferred", "failed", "unknown", "held", "skipped"}`, or text; the exit status."""
    from mactl.workflows.sending.outcome import STATUSES

    counts = {status: drained.counts[status] for status in STATUSES}
    has_problems = bool(counts["failed"] or counts["unknown"])
    if invocation.wants_json:
        print_json(counts)
    elif not invocation.quiet or has_problems:
        _show_reasons(drained.reasons)
        told = _told(counts) or "nothing to send"
        stdout().print(told, style="bold red" if has_problems else "bold green")
        _show_rest(drained.rests, is_interrupted=drained.is_interrupted)
    if drained.stopped is not None:
        print_error(drained.stopped)
        return drained.stopped.exit_code
    return 1 if has_problems else 0


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
    _show_reasons(sent.reasons)
    told = _told(sent.counts) or "nothing to send"
    style = "bold red" if sent.has_problems else "bold green"
    console.print(Text.assemble((f"Run {sent.run}: ", "bold"), (told, style)))
    _show_rest(sent.rests, is_interrupted=sent.is_interrupted)


def _told(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {status}" for status, count in counts.items() if count)


def _show_reasons(reasons: Mapping[tuple[str, str], int]) -> None:
    from rich.text import Text

    for (status, reason), count in sorted(reasons.items()):
        stdout().print(Text(f"  {count} {status}: {printable(reason)}", style="dim"))


def _show_rest(rests: str | None, *, is_interrupted: bool) -> None:
    if rests is not None:
        stdout().print(f"The rest stays in the queue: {rests}.")
    if is_interrupted:
        stdout().print(
            "Interrupted; what was not sent is back in the queue, and the next run goes on with it."
        )
