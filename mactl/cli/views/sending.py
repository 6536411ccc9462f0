"""A run: the question before it, the bar during it, what came of it."""

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mactl.cli.asking import ask
from mactl.cli.invocation import Invocation
from mactl.cli.output import print_json, printable, stderr, stdout
from mactl.cli.progress import Progress
from mactl.cli.reporting import report_error, report_trouble, report_unheard
from mactl.errors import MactlError, NotConfirmed

if TYPE_CHECKING:
    from mactl.delivery.drained import Drained
    from mactl.project import Project
    from mactl.workflows.planning.plan import Plan
    from mactl.workflows.sending.outcome import Sent
    from mactl.workflows.sending.send import Manners


@contextmanager
def manners(invocation: Invocation, *, yes: bool, wait: bool) -> "Iterator[Manners]":
    """How `mactl send` asks and tells, from reading its sources to its last message."""
    from mactl.cli.views.authentication import report_authentication
    from mactl.cli.views.plan import totals
    from mactl.workflows.sending.authenticating import Authentication
    from mactl.workflows.sending.send import Manners

    telling = _Telling(invocation)

    def confirm(plan: "Plan") -> bool:
        counts, before = totals(plan), plan.history.waiting
        telling.due = counts["sends"] + before
        invocation.log.tell("planned", **counts, waiting=before)
        if yes:
            return True
        waiting.end()
        stderr().print(
            f"{counts['sends']:,} messages go out, {counts['entering']:,} people enter, "
            f"{counts['leaving']:,} leave (mactl plan shows them)."
        )
        return ask("Send them?")

    def advise(found: Authentication) -> None:
        waiting.end()
        report_authentication(invocation, found)

    def tell(drained: "Drained") -> None:
        waiting.end()
        telling.tell(drained)

    with telling.progress.during("reading and planning") as waiting:
        yield Manners(
            confirm=confirm,
            advise=advise,
            progress=tell,
            begun=lambda run: invocation.log.know(run=run),
            wait=math.inf if wait else None,
        )


class _Telling:
    """What is told of messages while they go out; `due` is how many there are, where that is known."""

    def __init__(self, invocation: Invocation) -> None:
        self.log, self.progress = invocation.log, Progress(invocation)
        self.due: int | None = None

    def tell(self, drained: "Drained") -> None:
        """How many went out by now."""
        done = sum(drained.counts.values())
        is_known = self.due is not None and done <= self.due
        told = _told(drained.counts)
        left = self.due - done if is_known and self.due is not None else None
        text = f"{told} of {self.due:,}" if is_known else told
        if self.progress.tell_event(text, "progress", **_counts(drained), left=left):
            self.log.tell_outcomes(drained.reasons)

    def tell_round(self, drained: "Drained") -> None:
        """What came of it all, once a worker has nothing more to do for the moment."""
        self.log.tell("drained", **_counts(drained))
        self.log.tell_outcomes(drained.reasons)


def drain_queue(invocation: Invocation, *, is_once: bool) -> int:
    """Drain the queue until it is empty, or until a signal; the exit status."""
    from mactl.workflows.working import Reports, drain_once, keep_draining

    project, telling = invocation.find_project(), _Telling(invocation)

    def trouble(error: MactlError) -> None:
        telling.progress.clear()
        report_trouble(invocation, error)

    def unheard(name: str, why: str) -> None:
        telling.progress.clear()
        report_unheard(invocation, name, why)

    reports = Reports(telling.tell, trouble, telling.tell_round, unheard)
    try:
        drained = drain_once(project, reports) if is_once else keep_draining(project, reports)
    finally:
        telling.progress.clear()
    return show_drained(invocation, drained)


def watched(invocation: Invocation, project: "Project", run: Callable[[], int]) -> int:
    """What `run` returns: the exit status of a run that plans, whose beginning and end the project's heartbeat tells.

    That another planner is at work tells nothing: its own end will, and where none comes, that is the alarm.
    """
    from mactl.store.planner import AnotherPlans
    from mactl.workflows.heartbeats import RunHeartbeat

    heartbeat = RunHeartbeat(project, lambda name, why: report_unheard(invocation, name, why))
    heartbeat.begin()
    try:
        status = run()
    except (AnotherPlans, NotConfirmed):
        raise
    except BaseException:
        heartbeat.end(well=False)
        raise
    heartbeat.end(well=status == 0)
    return status


def show_drained(invocation: Invocation, drained: "Drained") -> int:
    """`{"sent", "deferred", "failed", "unknown", "held", "skipped"}`, or text; the exit status."""
    counts = _counts(drained)
    if invocation.wants_json:
        print_json(counts)
    return _conclude(invocation, drained, counts, "")


def show_sent(invocation: Invocation, sent: "Sent") -> int:
    """`{"run", "sent", "deferred", "failed", "unknown", "held", "skipped"}`, or text; the exit status."""
    if invocation.wants_json:
        print_json({"run": sent.run, **sent.counts})
    invocation.log.know(run=sent.run)
    return _conclude(invocation, sent, sent.counts, f"Run {sent.run}: ")


def _conclude(
    invocation: Invocation, came: "Sent | Drained", counts: Mapping[str, int], which: str
) -> int:
    """Tells what came of it all, the whole of it or, with `--quiet`, only what is wrong; the exit status."""
    has_problems = bool(counts["failed"] or counts["unknown"])
    is_fine = not has_problems and came.stopped is None
    invocation.log.tell_outcomes(came.reasons)
    invocation.log.come_to(**counts)
    if invocation.tells_people and not (invocation.quiet and is_fine):
        from rich.text import Text

        reasons = came.reasons
        if invocation.quiet:
            reasons = {key: count for key, count in reasons.items() if key[0] in _WRONG}
        _show_reasons(reasons)
        told = _told(counts) or "nothing to send"
        style = "bold red" if has_problems else "bold green"
        stdout().print(Text.assemble((which, "bold"), (told, style)))
        _show_rest(came.rests, is_interrupted=came.is_interrupted)
        _show_next(counts)
    if came.stopped is not None:
        report_error(invocation, came.stopped)
        return came.stopped.exit_code
    return 1 if has_problems else 0


_WRONG = {
    "failed": "mactl sends list --status failed shows which failed; mactl sends retry tries them again.",
    "unknown": "mactl sends list --status unknown shows which may have arrived; mactl sends resolve settles them.",
}
"""The statuses that are a problem, and what to do about each."""


def _show_next(counts: Mapping[str, int]) -> None:
    for status, advice in _WRONG.items():
        if counts[status]:
            stdout().print(advice, style="dim")


def _counts(drained: "Drained") -> dict[str, int]:
    from mactl.workflows.sending.outcome import STATUSES

    return {status: drained.counts[status] for status in STATUSES}


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
