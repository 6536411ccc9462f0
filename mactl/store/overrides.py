"""The status that a command gave a recipe, whatever its file says: paused, or archived."""

from collections import Counter
from collections.abc import Mapping

from sqlalchemy import Connection, ScalarSelect, delete, func, select, update

from mactl.store.claims import BACK_IN_QUEUE
from mactl.store.tables import SendStatus, Standing, actions, enrollments, overrides, sends
from mactl.store.upsert import insert_into

PAUSED, ARCHIVED = "paused", "archived"
_CANCELLED = "the recipe was cancelled"
_PENDING = (SendStatus.HELD, SendStatus.QUEUED, SendStatus.CLAIMED, SendStatus.DEFERRED)
_INSIDE = (Standing.ACTIVE, Standing.WAITING)


def read_overrides(connection: Connection) -> dict[str, str]:
    """Recipe (its original id) → status."""
    query = select(overrides.c.recipe, overrides.c.status)
    return {row.recipe: row.status for row in connection.execute(query)}


def overridden() -> "ScalarSelect[str]":
    """The recipes that nothing may be sent of, for queries."""
    return select(overrides.c.recipe).scalar_subquery()


def pause_recipe(connection: Connection, recipe: str, reason: str | None, now: int) -> int:
    """Has nothing more of `recipe` claimed, nor begun of what is; how many messages wait in the queue."""
    _override(connection, recipe, PAUSED, reason, now)
    connection.execute(
        update(sends)
        .where(sends.c.recipe == recipe, sends.c.status == SendStatus.CLAIMED)
        .values(BACK_IN_QUEUE)
    )
    waiting = select(func.count()).where(
        sends.c.recipe == recipe, sends.c.status.in_((SendStatus.QUEUED, SendStatus.DEFERRED))
    )
    return int(connection.execute(waiting).scalar_one())


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
    counts = _counts(connection, recipe)
    left = connection.execute(
        update(enrollments)
        .where(enrollments.c.recipe == recipe, enrollments.c.status.in_(_INSIDE))
        .values(status=Standing.LEFT, why=ARCHIVED, ended_at=now, due_at=None)
    )
    taken_back = connection.execute(
        update(sends)
        .where(sends.c.recipe == recipe, sends.c.status.in_(_PENDING))
        .values(
            status=SendStatus.CANCELLED, reason=_CANCELLED, gate=None, hold_until=None,
            worker=None, boot=None, lease_until=None, settled_at=now,
        )
    )  # fmt: skip
    undone = connection.execute(
        update(actions)
        .where(actions.c.recipe == recipe, actions.c.status.in_(_PENDING))
        .values(
            status=SendStatus.CANCELLED, response=_CANCELLED,
            worker=None, boot=None, lease_until=None, settled_at=now,
        )
    )  # fmt: skip
    return {
        "people": left.rowcount,
        "messages": taken_back.rowcount,
        "actions": undone.rowcount,
        **{
            str(status): counts[status]
            for status in (SendStatus.SENT, SendStatus.SENDING, SendStatus.UNKNOWN)
        },
    }


def _counts(connection: Connection, recipe: str) -> Counter[str]:
    query = select(sends.c.status, func.count()).where(sends.c.recipe == recipe)
    rows = connection.execute(query.group_by(sends.c.status)).all()
    return Counter({row[0]: row[1] for row in rows})


def _override(
    connection: Connection, recipe: str, status: str, reason: str | None, now: int
) -> None:
    values = {"status": status, "reason": reason, "at": now}
    connection.execute(
        insert_into(connection, overrides)
        .values(recipe=recipe, **values)
        .on_conflict_do_update(index_elements=[overrides.c.recipe], set_=values)
    )
