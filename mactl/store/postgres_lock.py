"""The planner's lock where the state is on a server, so that planners may be on several machines.

An advisory lock is held by a connection of its own for as long as that lives: a planner that dies, or whose machine
does, lets go of it. Who holds it stands in `meta`, with a token that no other planner has: a plan is committed in a
transaction that has seen that it stands there still, and keeps it so until it is over. So one whose connection was
lost, and the lock with it, writes nothing, whatever another has begun meanwhile.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from sqlalchemy import Connection, delete, select, text

from mactl.errors import MactlError, TryAgainLater
from mactl.store.database import Database
from mactl.store.meta import read_value, write_value
from mactl.store.planner import AnotherPlans, Planner, describe_planner
from mactl.store.tables import meta

_POLL = 0.1  # seconds
_NAME = "planner"
_TRY = text("SELECT pg_try_advisory_lock(hashtextextended(:key, 0))")
_RELEASE = text("SELECT pg_advisory_unlock(hashtextextended(:key, 0))")
# https://www.postgresql.org/docs/current/view-pg-locks.html: a key of 64 bits is in two halves
_IS_HELD = text(
    "SELECT count(*) > 0 FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1"
    " AND ((classid::bigint << 32) | objid::bigint) = hashtextextended(:key, 0)"
)
_LOCK_HOLDER = select(meta.c.value).where(meta.c.name == _NAME).with_for_update()


@contextmanager
def advisory_lock(
    database: Database, connection: Connection, state: str, planner: Planner, wait: float
) -> Iterator[Callable[[Connection], None]]:
    """As `Database.planning`, held by `connection`, each of whose statements is a transaction of its own.

    Gives what a plan passes before it is committed; it raises TryAgainLater where the lock was lost.
    """
    key, left = {"key": _key(state)}, planner.to_json()
    with database.in_our_words():
        _acquire(connection, key, wait)
        write_value(connection, _NAME, left)

    def check(committing: Connection) -> None:
        try:
            with database.in_our_words():
                connection.execute(text("SELECT 1"))
        except MactlError as lost:
            raise _lost(lost.message) from lost
        # Locked until the commit: a planner that begins meanwhile waits, and then reads what was written.
        found = committing.execute(_LOCK_HOLDER).scalar()
        if found != left:
            raise _lost(describe_planner(found))

    try:
        yield check
    finally:
        if not connection.invalidated:  # else it died with its connection
            with suppress(MactlError), database.in_our_words():
                connection.execute(delete(meta).where(meta.c.name == _NAME, meta.c.value == left))
                connection.execute(_RELEASE, key)


def read_holder(connection: Connection, state: str) -> str | None:
    """What the planner that holds the lock of `state` left; None where nobody holds it."""
    is_held = connection.execute(_IS_HELD, {"key": _key(state)}).scalar()
    return read_value(connection, _NAME) if is_held else None


def _key(state: str) -> str:
    return f"mactl plans on {state}"


def _acquire(connection: Connection, key: dict[str, str], wait: float) -> None:
    until = time.monotonic() + wait
    while not connection.execute(_TRY, key).scalar():
        if time.monotonic() >= until:
            raise AnotherPlans(read_value(connection, _NAME))
        time.sleep(_POLL)


def _lost(why: str) -> TryAgainLater:
    return TryAgainLater(f"the planner's lock was lost, and nothing was written: {why}")
