"""The planner's lock where the state is a file: another file, locked by the system for as long as its process lives."""

import math
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from mactl.errors import StateError
from mactl.keeping import write_whole
from mactl.store.planner import AnotherPlans, Planner, read_planner
from mactl.store.worker import is_gone

_POLL = 0.1  # seconds


@contextmanager
def file_lock(database: Path, planner: Planner, wait: float) -> Iterator[None]:
    """As `Database.planning`."""
    # Beside the database, and apart: the database's own lock is for single transactions, and this one is for runs.
    lock = FileLock(_beside(database, "lock"), mode=0o600, thread_local=False)
    holder = _beside(database, "holder")
    try:
        lock.acquire(timeout=-1 if math.isinf(wait) else wait, poll_interval=_POLL)
    except Timeout:
        raise AnotherPlans(_read(holder)) from None
    except OSError as error:
        raise StateError(f"{lock.lock_file}: {error.strerror}") from error
    try:
        _write(holder, planner)
        yield
    finally:
        with suppress(OSError):
            holder.unlink()
        lock.release()


def read_holder(database: Path) -> str | None:
    """What the planner of `database` left; None where there is none, or its process has died on this machine."""
    left = _read(_beside(database, "holder"))
    planner = read_planner(left)
    if planner is not None and planner.host == socket.gethostname() and is_gone(planner.pid):
        return None  # it had no time to take it away
    return left


def _beside(database: Path, what: str) -> Path:
    return database.with_name(f"{database.name}.planner.{what}")


def _write(holder: Path, planner: Planner) -> None:
    with suppress(OSError):  # only the words for others would be poorer
        write_whole(holder, planner.to_json().encode())


def _read(holder: Path) -> str | None:
    try:
        return holder.read_text()
    except (OSError, ValueError):
        return None
