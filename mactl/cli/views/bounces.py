"""What came back by mail: the bar while it is read, what came of each, how much of what."""

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from mactl.cli import progress
from mactl.cli.invocation import Invocation
from mactl.cli.output import (
    findings_status,
    print_findings,
    print_json,
    print_table,
    stderr,
    stdout,
)
from mactl.workflows.bounces import Feedback
from mactl.workflows.feedback_books import Action, Heard

_EVERY = 5.0  # seconds between two lines of progress in a log
_COLUMNS = ["kind", "to", "status", "action", "reason", "path"]

Progress = Callable[[int, int | None], None]


@contextmanager
def follow(invocation: Invocation) -> Iterator[Progress]:
    """What hears how far the reading is: a bar on a terminal, now and then a line in a log."""
    if invocation.log.is_json:
        yield _logger(invocation)
    elif invocation.quiet:
        yield lambda done, count: None
    elif not sys.stderr.isatty():
        yield _teller()
    else:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        columns = (TextColumn("reading"), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, console=stderr(), transient=True) as bar:
            task = bar.add_task("reading", total=None)
            yield lambda done, count: bar.update(task, completed=done, total=_known(done, count))


def _known(done: int, count: int | None) -> int | None:
    """Of how many; a file may hold more than one."""
    return None if count is None else max(count, done)


def _logger(invocation: Invocation) -> Progress:
    line = progress.Progress(invocation)

    def tell(done: int, count: int | None) -> None:
        line.tell_event("", "progress", mails=done, of=_known(done, count))

    return tell


def _teller() -> Progress:
    last = time.monotonic()

    def tell(done: int, count: int | None) -> None:
        nonlocal last
        if time.monotonic() - last >= _EVERY:
            last = time.monotonic()
            of = "" if count is None or count < done else f" of {count}"
            sys.stderr.write(f"{done}{of} mails read …\n")
            sys.stderr.flush()

    return tell


def show_feedback(invocation: Invocation, feedback: Feedback) -> int:
    """`{"reports": [{"path", "to", "kind", "status", "send_id", "action", "reason"}]}`, or a table of what had an
    effect (of every mail with `--verbose`); the exit status, which is 1 where a mail could not be read."""
    if invocation.wants_json:
        print_json({"reports": [_row(heard) for heard in feedback.heard]})
    elif invocation.tells_people and not invocation.quiet:
        _show(invocation, feedback)
    status = findings_status(feedback.findings)
    invocation.log.tell_findings(feedback.findings)
    invocation.log.come_to(mails=len(feedback.heard), **_actions(feedback))
    if not invocation.log.is_json and (not invocation.quiet or status):
        print_findings(feedback.findings, stderr())
    return status


def _actions(feedback: Feedback) -> Counter[str]:
    """What came of the mails that had an effect."""
    return Counter(
        heard.action.value for heard in feedback.heard if heard.action is not Action.NONE
    )


def _row(heard: Heard) -> dict[str, str | None]:
    return {
        "path": heard.path,
        "to": heard.to,
        "kind": heard.kind.value,
        "status": heard.status,
        "send_id": heard.send,
        "action": heard.action.value,
        "reason": heard.reason,
    }


def _show(invocation: Invocation, feedback: Feedback) -> None:
    shown = [
        heard for heard in feedback.heard if invocation.verbose or heard.action is not Action.NONE
    ]
    if shown:
        print_table(_COLUMNS, [_row(heard) for heard in shown], "")
    console = stdout()
    kinds = Counter(heard.kind.value for heard in feedback.heard)
    console.print(f"{len(feedback.heard)} mails{_told(kinds)}", style="bold")
    actions = _actions(feedback)
    if actions:
        console.print(f"what came of them{_told(actions)}")
    elif feedback.heard:
        console.print("nothing new came of them; --verbose says why", style="dim")


def _told(counts: Counter[str]) -> str:
    told = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.most_common())
    return f": {told}" if told else ""
