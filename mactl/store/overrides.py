"""The status that a command gave a recipe, whatever its file says: paused, or archived."""

from collections import Counter
from collections.abc import Mapping, Sequence

from sqlalchemy import (
    ColumnElement,
    Connection,
    ScalarSelect,
    Table,
    and_,
    delete,
    func,
    select,
    update,
)

from mactl.store.claims import BACK_IN_QUEUE
from mactl.store.tables import SendStatus, Standing, actions, enrollments, overrides, sends
from mactl.store.upsert import insert_into

PAUSED, ARCHIVED = "paused", "archived"
_CANCELLED = "the recipe was cancelled"
_PENDING = (SendStatus.HELD, SendStatus.QUEUED, SendStatus.CLAIMED, SendStatus.DEFERRED)
_OUT = (SendStatus.SENT, SendStatus.SENDING, SendStatus.UNKNOWN)
_INSIDE = (Standing.ACTIVE, Standing.WAITING)


def read_overrides(connection: Connection) -> dict[str, str]:
    """Recipe (its original id) → status."""
    query = select(overrides.c.recipe, overrides.c.status)
    return {row.recipe: row.status for row in connection.execute(query)}


def overridden() -> "ScalarSelect[str]":
    """The recipes that nothing may be sent or done of, for queries."""
    return select(overrides.c.recipe).scalar_subquery()


def pause_recipe(connection: Connection, recipe: str, reason: str | None, now: int) -> int:
    """Has nothing more of `recipe` claimed, nor begun of what is; how many messages wait in the queue."""
    _override(connection, recipe, PAUSED, reason, now)
    for table in (sends, actions):
        claimed = _of(table, recipe, (SendStatus.CLAIMED,))
        connection.execute(update(table).where(claimed).values(BACK_IN_QUEUE))
    return _number(connection, sends, recipe, (SendStatus.QUEUED, SendStatus.DEFERRED))


def resume_recipe(connection: Connection, recipe: str) -> str | None:
    """Lets the recipe's file speak again; the status that a command had given it, if any."""
    status = read_overrides(connection).get(recipe)
    connection.execute(delete(overrides).where(overrides.c.recipe == recipe))
    return status


def cancel_recipe(
    connection: Connection, recipe: str, reason: str | None, now: int
) -> Mapping[str, int]:
    """Ends everyone's journey in `recipe`, and takes back what has not begun to go out.

    How many `people` left, `messages` and `actions` were taken back; how many messages were `sent` before, are
    `sending` now, or are `unknown`.
    """
    _override(connection, recipe, ARCHIVED, reason, now)
    ended = {"worker": None, "boot": None, "lease_until": None, "settled_at": now}
    left = connection.execute(
        update(enrollments)
        .where(_of(enrollments, recipe, _INSIDE))
        .values(status=Standing.LEFT, why=ARCHIVED, ended_at=now, due_at=None)
    )
    taken_back = connection.execute(
        update(sends)
        .where(_of(sends, recipe, _PENDING))
        .values(status=SendStatus.CANCELLED, reason=_CANCELLED, gate=None, hold_until=None, **ended)
    )
    undone = connection.execute(
        update(actions)
        .where(_of(actions, recipe, _PENDING))
        .values(status=SendStatus.CANCELLED, response=_CANCELLED, **ended)
    )
    # Workers may have been at it until now: what was changed counts, not what was there before.
    return {
        "people": left.rowcount,
        "messages": taken_back.rowcount,
        "actions": undone.rowcount,
        **_out(_counts(connection, recipe)),
    }


def foresee_cancel(connection: Connection, recipe: str) -> Mapping[str, int]:
    """What `cancel_recipe` would count."""
    by_status = _counts(connection, recipe)
    return {
        "people": _number(connection, enrollments, recipe, _INSIDE),
        "messages": sum(by_status[status] for status in _PENDING),
        "actions": _number(connection, actions, recipe, _PENDING),
        **_out(by_status),
    }


def knows_recipe(connection: Connection, recipe: str) -> bool:
    """Whether anybody was ever in `recipe` (its original id), or a command said anything of it."""
    return any(
        connection.execute(select(table.c.recipe).where(table.c.recipe == recipe).limit(1)).first()
        for table in (enrollments, sends, overrides)
    )


def _of(table: Table, recipe: str, statuses: Sequence[str]) -> ColumnElement[bool]:
    return and_(table.c.recipe == recipe, table.c.status.in_(statuses))


def _number(connection: Connection, table: Table, recipe: str, statuses: Sequence[str]) -> int:
    query = select(func.count()).select_from(table).where(_of(table, recipe, statuses))
    return int(connection.execute(query).scalar_one())


def _counts(connection: Connection, recipe: str) -> Counter[str]:
    query = select(sends.c.status, func.count()).where(sends.c.recipe == recipe)
    rows = connection.execute(query.group_by(sends.c.status)).all()
    return Counter({row[0]: row[1] for row in rows})


def _out(by_status: Mapping[str, int]) -> dict[str, int]:
    """Of all that is counted `by_status`, what went out, or may have."""
    return {str(status): by_status.get(status, 0) for status in _OUT}


def _override(
    connection: Connection, recipe: str, status: str, reason: str | None, now: int
) -> None:
    values = {"status": status, "reason": reason, "at": now}
    connection.execute(
        insert_into(connection, overrides)
        .values(recipe=recipe, **values)
        .on_conflict_do_update(index_elements=[overrides.c.recipe], set_=values)
    )
