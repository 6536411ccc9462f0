"""Taking over what others left behind when they died."""

from collections.abc import Sequence
from contextlib import suppress

from mactl.delivery.channels.opening import file_of
from mactl.delivery.drained import Drained, left_behind
from mactl.errors import ConfigurationError
from mactl.project import Project
from mactl.store.ledger import Ledger
from mactl.store.state import State
from mactl.store.worker import new_worker
from mactl.workflows.posting.acting import take_over_actions


def take_over(state: State, project: Project, now: int) -> Drained:
    """What others left behind when they died: a row in a file proves that its message went out, and of the rest
    nobody can tell."""
    files = [name for name, channel in project.settings.channels.items() if channel.file]
    with Ledger(state, new_worker()) as ledger:
        before = {name: set(ledger.in_doubt(name)) for name in files}
        unknown = ledger.expire(now).unknown
        for name in files:
            with suppress(ConfigurationError, OSError):  # what can't be read proves nothing
                proven = _rows_in_file(project, name, ledger.in_doubt(name))
                ledger.prove_sent(proven, "its row is in the file", now)
                unknown -= len(proven - before[name])
    unknown += take_over_actions(state, project, now)
    return left_behind(unknown)


def _rows_in_file(project: Project, channel: str, ids: Sequence[str]) -> set[str]:
    """Which of `ids` have a row in the file of `channel`."""
    file = file_of(project, channel) if ids else None
    if file is None:
        return set()
    try:
        return file.holding(ids)
    finally:
        file.close()
