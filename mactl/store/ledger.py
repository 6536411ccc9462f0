"""The ledger of the queue: who holds which send, what was begun, and what came of it.

    queued, deferred → claimed → sending → sent | failed | deferred | unknown
                          └→ skipped | held | failed

A send is `sending`, and that is written down, before the first byte of it goes out. So whatever dies, and whenever,
only what was `sending` is in doubt, and that is one message per connection. No transaction is open meanwhile.

A claim is on the disk before it is acted on; the marks and outcomes after it only survive the death of the process.
A power loss may therefore undo them, back to the claim: after a restart all that was still claimed is in doubt too.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields
from types import TracebackType
from typing import Any, Self

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Table,
    Update,
    and_,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    update,
)

from mactl.store.state import State
from mactl.store.suppressions import Suppression, add_suppressions
from mactl.store.tables import FINAL, SendStatus, contents, meta, sends
from mactl.store.worker import Worker, has_died

LEASE_SECONDS = (
    900  # longer than the ten minutes a server may take over one message (RFC 5321 4.5.3.2.6)
)
_LOST = "its worker stopped while it was being sent"
_RESTARTED = "the machine restarted before its fate was on the disk"
_IN_HAND = (SendStatus.CLAIMED, SendStatus.SENDING)


@dataclass(frozen=True, slots=True)
class QueuedSend:
    """A claimed send: all that a worker needs beside the template; instants in epoch seconds, `merge` JSON."""

    id: str
    enrollment: str
    run: int
    recipe: str
    version: int
    step: str
    template: str
    variant: str | None
    occurrence: str
    contact: str
    contact_key: str
    address: str
    address_key: str
    zone: str | None
    """The contact's IANA time zone; None for the project's."""
    channel: str
    marketing: bool
    topic: str | None
    ground: str | None
    priority: int
    due_at: int
    latest_at: int
    released_at: int | None
    attempts: int
    """How often it was begun before."""
    code: str | None
    """The last reply that refused it for the time being."""
    response: str | None
    message_id: str | None
    content: str | None
    merge: str | None


_COLUMNS = [sends.c[field.name] for field in fields(QueuedSend)]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a claimed send.

    `status` is sent, failed, deferred, unknown, skipped, held, or queued where it did not go after all; `hold_until`
    (epoch seconds) is for held and deferred: the next try; a held one without waits for the next plan.
    """

    status: SendStatus
    reason: str | None = None
    gate: str | None = None
    code: str | None = None
    response: str | None = None
    hold_until: int | None = None
    suppress: str | None = None
    """Why its address must not be written to any more, where that came of it."""


@dataclass(frozen=True, slots=True)
class Expired:
    """How many claims went back to the queue, and how many sends are now in doubt."""

    queued: int = 0
    unknown: int = 0


_BACK_IN_QUEUE: Mapping[str, Any] = {
    "status": SendStatus.QUEUED,
    "worker": None,
    "boot": None,
    "lease_until": None,
}

# Made once: to build such a statement takes ten times as long as to execute it.
_MARK = (
    update(sends)
    .where(
        sends.c.id == bindparam("_id"),
        sends.c.status == SendStatus.CLAIMED,
        sends.c.worker == bindparam("_worker"),
        sends.c.lease_until > bindparam("_now"),
    )
    .values(
        status=SendStatus.SENDING,
        attempts=sends.c.attempts + 1,
        lease_until=bindparam("_lease_until"),
    )
)


def _settling(
    status: SendStatus, *standing_at: SendStatus, also: Mapping[str, Any] | None = None
) -> Update:
    return (
        update(sends)
        .where(
            sends.c.id == bindparam("_id"),
            sends.c.worker == bindparam("_worker"),
            or_(*(sends.c.status == before for before in standing_at)),
        )
        .values(
            {
                "lease_until": None,
                "reason": bindparam("_reason"),
                "gate": bindparam("_gate"),
                "code": bindparam("_code"),
                "response": bindparam("_response"),
                "hold_until": bindparam("_hold_until"),
                "settled_at": bindparam("_settled_at"),
                **(also or {}),
                "status": status,
            }
        )
    )


_NOT_GONE = {"worker": None, "boot": None, "released_at": None}
_CLAIMED, _SENDING, _UNKNOWN = SendStatus.CLAIMED, SendStatus.SENDING, SendStatus.UNKNOWN
_SETTLE = {
    # A late answer is still the truth: whoever a send was taken from may end its doubt, with what is final.
    SendStatus.SENT: _settling(SendStatus.SENT, _SENDING, _UNKNOWN),
    SendStatus.FAILED: _settling(SendStatus.FAILED, _CLAIMED, _SENDING, _UNKNOWN),
    SendStatus.UNKNOWN: _settling(SendStatus.UNKNOWN, _SENDING),
    SendStatus.DEFERRED: _settling(SendStatus.DEFERRED, _SENDING),
    SendStatus.QUEUED: _settling(SendStatus.QUEUED, _CLAIMED, _SENDING, also=_BACK_IN_QUEUE),
    SendStatus.SKIPPED: _settling(SendStatus.SKIPPED, _CLAIMED),
    SendStatus.HELD: _settling(SendStatus.HELD, _CLAIMED, also=_NOT_GONE),
}


class Ledger:
    """The queue as one worker sees it; every method is a transaction of its own. `now` is in epoch seconds.

    A context manager: leaving it gives the database connection back, and nothing else.
    """

    def __init__(self, state: State, worker: Worker, lease_seconds: int = LEASE_SECONDS) -> None:
        self._writer = state.writer()
        self.worker = worker
        self.lease_seconds = lease_seconds

    def close(self) -> None:
        """Gives the database connection back; claims stay as they are."""
        self._writer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def claim(self, limit: int, now: int, channel: str = "email") -> list[QueuedSend]:
        """The next sends of the queue, and deferred ones whose time has come, for this worker alone.

        By priority, the highest first, then due time, then id. On the disk when it returns.
        """
        with self._writer.transaction() as connection:
            found = [
                QueuedSend(*row)
                for query in (_in_queue(channel), _deferred(channel, now))
                for row in connection.execute(query.limit(limit).with_for_update(skip_locked=True))
            ]
            found.sort(key=lambda send: (-send.priority, send.due_at, send.id))
            claimed = found[:limit]
            if claimed:
                connection.execute(
                    update(sends)
                    .where(sends.c.id.in_([send.id for send in claimed]))
                    .values(
                        status=SendStatus.CLAIMED,
                        hold_until=None,
                        worker=self.worker.name,
                        boot=self.worker.boot,
                        lease_until=now + self.lease_seconds,
                    )
                )
        return claimed

    def mark_sending(self, send: str, now: int) -> bool:
        """Writes down that the first byte is about to go out; False where the claim has expired or is another's, and
        nothing may go out."""
        with self._writer.transaction(durable=False) as connection:
            marked = connection.execute(
                _MARK,
                {
                    "_id": send,
                    "_worker": self.worker.name,
                    "_now": now,
                    "_lease_until": now + self.lease_seconds,
                },
            )
        return marked.rowcount == 1

    def settle(self, send: QueuedSend, outcome: Outcome, now: int) -> bool:
        """Writes down what became of a send, and suppresses its address where `outcome` says so; False where it is no
        longer this worker's to say."""
        with self._writer.transaction(durable=False) as connection:
            about = {
                "_id": send.id,
                "_worker": self.worker.name,
                "_reason": outcome.reason,
                "_gate": outcome.gate,
                "_code": outcome.code,
                "_response": outcome.response,
                "_hold_until": outcome.hold_until,
                "_settled_at": now if outcome.status in FINAL else None,
            }
            settled = connection.execute(_SETTLE[outcome.status], about)
            if settled.rowcount and outcome.suppress:
                entry = Suppression(send.address, outcome.suppress, "send", now, send=send.id)
                add_suppressions(connection, [entry])
        return settled.rowcount == 1

    def renew(self, now: int) -> int:
        """Keeps the claims that are still alive for another lease; returns how many those are."""
        with self._writer.transaction(durable=False) as connection:
            renewed = connection.execute(
                update(sends)
                .where(self._is_mine(SendStatus.CLAIMED), sends.c.lease_until > now)
                .values(lease_until=now + self.lease_seconds)
            )
        return renewed.rowcount

    def release(self) -> int:
        """Returns what was claimed and not begun to the queue; all outcomes so far are on the disk after it."""
        with self._writer.transaction() as connection:
            released = connection.execute(
                update(sends).where(self._is_mine(SendStatus.CLAIMED)).values(_BACK_IN_QUEUE)
            )
            # SQLite syncs nothing, earlier commits included, for a transaction that changed nothing.
            connection.execute(update(meta).where(meta.c.name == "id").values(value=meta.c.value))
        return released.rowcount

    def expire(self, now: int) -> Expired:
        """Takes over from workers that are gone: where a lease ran out, or its process has died on this machine, what
        was claimed is queued again and what was being sent is unknown. So is all that a restart interrupted."""
        with self._writer.transaction() as connection:
            restarted = 0
            if connection.dialect.name == "sqlite":  # elsewhere the server keeps what was committed
                restarted = _turn_unknown(
                    connection,
                    and_(sends.c.status.in_(_IN_HAND), sends.c.boot != self.worker.boot),
                    _RESTARTED,
                    now,
                )
            over = or_(
                sends.c.lease_until <= now, sends.c.worker.in_(dead_workers(connection, sends))
            )
            lost = _turn_unknown(
                connection, and_(sends.c.status == SendStatus.SENDING, over), _LOST, now
            )
            queued = connection.execute(
                update(sends)
                .where(sends.c.status == SendStatus.CLAIMED, over)
                .values(_BACK_IN_QUEUE)
            )
        return Expired(queued.rowcount, restarted + lost)

    def in_doubt(self, channel: str) -> list[str]:
        """The ids of the sends on `channel` whose fate is unknown."""
        query = select(sends.c.id).where(
            sends.c.channel == channel, sends.c.status == SendStatus.UNKNOWN
        )
        with self._writer.transaction(durable=False) as connection:
            return list(connection.execute(query).scalars())

    def prove_sent(self, ids: Collection[str], response: str, now: int) -> int:
        """Ends the doubt about sends that are seen to have gone out: what shows it is evidence, not a guess. Returns
        how many were unknown."""
        with self._writer.transaction() as connection:
            return sum(
                connection.execute(
                    update(sends)
                    .where(sends.c.id == id, sends.c.status == SendStatus.UNKNOWN)
                    .values(status=SendStatus.SENT, reason=None, response=response, settled_at=now)
                ).rowcount
                for id in ids
            )

    def _is_mine(self, status: SendStatus) -> ColumnElement[bool]:
        return and_(sends.c.status == status, sends.c.worker == self.worker.name)


def dead_workers(connection: Connection, table: Table) -> list[str]:
    """Those who hold claims in `table` and are known to be dead: nobody needs to wait for their leases."""
    claims = table.c.status.in_(_IN_HAND)
    query = select(table.c.worker, table.c.boot).where(claims).distinct()
    return [row.worker for row in connection.execute(query) if has_died(row.worker, row.boot)]


def read_contents(connection: Connection, hashes: Iterable[str]) -> dict[str, str]:
    """Hash → source of the templates that queued sends name; one that is not there is left out."""
    query = select(contents.c.hash, contents.c.source).where(contents.c.hash.in_(list(hashes)))
    return {row.hash: row.source for row in connection.execute(query)}


def count_waiting(connection: Connection, now: int, channel: str = "email") -> int:
    """How many sends a worker could claim at `now` (epoch seconds)."""
    due = or_(
        sends.c.status == SendStatus.QUEUED,
        and_(sends.c.status == SendStatus.DEFERRED, sends.c.hold_until <= now),
    )
    query = select(func.count()).select_from(sends).where(due, sends.c.channel == channel)
    return int(connection.execute(query).scalar_one())


def waiting_channels(connection: Connection, now: int) -> list[str]:
    """The channels that a worker could claim sends of at `now` (epoch seconds), in order of name."""
    due = or_(
        sends.c.status == SendStatus.QUEUED,
        and_(sends.c.status == SendStatus.DEFERRED, sends.c.hold_until <= now),
    )
    return sorted(connection.execute(select(sends.c.channel).where(due).distinct()).scalars())


def _in_queue(channel: str) -> Select[Any]:
    return (
        select(*_COLUMNS)
        # As a literal, or SQLite does not see that the index of the queue serves.
        .where(sends.c.status == literal_column("'queued'"), sends.c.channel == channel)
        .order_by(sends.c.priority.desc(), sends.c.due_at, sends.c.id)
    )


def _deferred(channel: str, now: int) -> Select[Any]:
    return (
        select(*_COLUMNS)
        .where(
            sends.c.status == SendStatus.DEFERRED,
            sends.c.hold_until <= now,
            sends.c.channel == channel,
        )
        .order_by(sends.c.priority.desc(), sends.c.due_at, sends.c.id)
    )


def _turn_unknown(connection: Connection, which: ColumnElement[bool], reason: str, now: int) -> int:
    # The worker stays written down: it alone may still tell what became of the send.
    return connection.execute(
        update(sends)
        .where(which)
        .values(status=SendStatus.UNKNOWN, reason=reason, lease_until=None, settled_at=now)
    ).rowcount
