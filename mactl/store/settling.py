"""What people say of sends: how doubts ended, and what is tried once more."""

from collections.abc import Collection

from sqlalchemy import Connection, bindparam, case, update

from mactl.store.tables import SendStatus, sends


def resolve_sends(connection: Connection, ids: Collection[str], *, is_sent: bool, now: int) -> int:
    """Ends the doubt about sends that are unknown: they went out, or they did not and have failed; how many were
    unknown. `now` in epoch seconds."""
    status = SendStatus.SENT if is_sent else SendStatus.FAILED
    statement = (
        update(sends)
        .where(sends.c.id == bindparam("_id"), sends.c.status == SendStatus.UNKNOWN)
        .values(status=status, reason="settled by hand", worker=None, boot=None, settled_at=now)
    )
    return sum(connection.execute(statement, {"_id": id}).rowcount for id in ids)


def requeue_sends(connection: Connection, ids: Collection[str], latest_at: int) -> int:
    """Queues sends that have failed once more, until `latest_at` (epoch seconds) where they were due before; how many
    had failed."""
    statement = (
        update(sends)
        .where(sends.c.id == bindparam("_id"), sends.c.status == SendStatus.FAILED)
        .values(
            status=SendStatus.QUEUED,
            reason=None,
            gate=None,
            kind=None,
            code=None,
            response=None,
            hold_until=None,
            settled_at=None,
            worker=None,
            boot=None,
            lease_until=None,
            latest_at=case(
                (sends.c.latest_at < bindparam("_latest_at"), bindparam("_latest_at")),
                else_=sends.c.latest_at,
            ),
        )
    )
    return sum(
        connection.execute(statement, {"_id": id, "_latest_at": latest_at}).rowcount for id in ids
    )
