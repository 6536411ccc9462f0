"""The planner's lock: one planner at a time; readers and workers don't ask for it."""

from collections.abc import Iterator
from contextlib import contextmanager

from mactl.store.planner import new_planner
from mactl.store.state import State


@contextmanager
def planner_lock(
    state: State, command: str, since: int, *, wait: float | None = None
) -> Iterator[None]:
    """Keeps every other planner of `state` out while it is entered.

    `command` and `since` (epoch seconds) are what the others are told. Another planner is waited for `wait` seconds
    (`math.inf`: as long as it takes); TryAgainLater where it is still there. The lock dies with its process; on a
    server it also does with its connection, and then no transaction of `state.writing` commits any more. A state in
    memory has no other planner.
    """
    with state.database.planning(state.id, new_planner(command, since), wait or 0):
        yield
