"""The planner's lock: one planner at a time; readers and workers don't ask for it."""

import json
import math
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from mactl.clock import from_epoch
from mactl.errors import StateError, TryAgainLater
from mactl.store.state import State

_POLL = 0.1  # seconds


@contextmanager
def planner_lock(
    state: State, command: str, since: int, *, wait: float | None = None
) -> Iterator[None]:
    """Keeps every other planner of `state` out while it is entered.

    `command` and `since` (epoch seconds) are what the others are told. Another planner is waited for `wait` seconds
    (`math.inf`: as long as it takes); TryAgainLater where it is still there. The lock dies with its process. A state
    in memory has no other planner.
    """
    if state.path is None:
        yield
        return
    # Beside the database, and apart: the database's own lock is for single transactions, and this one is for runs.
    lock = FileLock(_beside(state.path, "lock"), mode=0o600, thread_local=False)
    holder = _beside(state.path, "holder")
    try:
        lock.acquire(timeout=_seconds(wait), poll_interval=_POLL)
    except Timeout:
        raise TryAgainLater(_words(holder), "wait for it with --wait") from None
    except OSError as error:
        raise StateError(f"{lock.lock_file}: {error.strerror}") from error
    try:
        _write(holder, {"pid": os.getpid(), "command": command, "since": since})
        yield
    finally:
        with suppress(OSError):
            holder.unlink()
        lock.release()


def _seconds(wait: float | None) -> float:
    """As filelock has it: -1 for ever."""
    if wait is None:
        return 0
    return -1 if math.isinf(wait) else wait


def _beside(database: Path, what: str) -> Path:
    return database.with_name(f"{database.name}.planner.{what}")


def _write(holder: Path, about: dict[str, str | int]) -> None:
    draft = holder.with_name(f"{holder.name}.{os.getpid()}")
    with suppress(OSError):  # only the words for others would be poorer
        draft.write_text(json.dumps(about))
        draft.replace(holder)


def _words(holder: Path) -> str:
    try:
        about = json.loads(holder.read_text())
        since = from_epoch(int(about["since"])).strftime("%Y-%m-%d %H:%M:%S UTC")
        return f"`{about['command']}` (process {about['pid']}) has been planning since {since}"
    except (OSError, ValueError, KeyError, TypeError):
        return "another planner is at work on this state"  # it has only just begun, or just ended
