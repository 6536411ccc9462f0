"""Claims: who holds which row of a queue, so that what is done is done by one worker alone.

    queued, deferred → claimed → sending → an outcome
                          └→ queued

A row is `sending`, and that is written down, before anything of it goes out. So whatever dies, and whenever, only
what was `sending` is in doubt. A claim is on the disk before it is acted on; the marks and outcomes after it only
survive the death of the process. A power loss may therefore undo them, back to the claim: after a restart all that was
still claimed is in doubt too. Where the state is on a server nothing is undone; when that goes away for a moment in the
middle of a transaction, it is done again.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self, TypeVar

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Table,
    and_,
    bindparam,
    cast,
    or_,
    select,
    true,
    update,
)

from mactl.store.prepared import Prepared
from mactl.store.state import State
from mactl.store.tables import SendStatus, Text, actions, meta, sends
from mactl.store.upsert import insert_into
from mactl.store.witness import CLAIMS
from mactl.store.worker import Worker, boot_id, has_died

LEASE_SECONDS = (
    900  # longer than the ten minutes a server may take over one message (RFC 5321 4.5.3.2.6)
)
_LONGEST = 3  # leases: clocks of machines may differ by less
T = TypeVar("T")
IN_HAND = (SendStatus.CLAIMED, SendStatus.SENDING)
BACK_IN_QUEUE: Mapping[str, Any] = {
    "status": SendStatus.QUEUED,
    "worker": None,
    "boot": None,
    "lease_until": None,
}


@dataclass(frozen=True, slots=True)
class Expired:
    """How many claims went back to the queue, and how many rows are now in doubt."""

    queued: int = 0
    unknown: int = 0


class Claims:
    """The claims of one worker on the rows of `table`; every method is a transaction of its own.

    `now` is in epoch seconds. A context manager: leaving it gives the database connection back, and nothing else.
    """

    table: Table
    proven: Mapping[str, Any] = {}
    """What else is written down of a row that is seen to have gone out."""

    def __init__(self, state: State, worker: Worker, lease_seconds: int = LEASE_SECONDS) -> None:
        self._writer = state.writer()
        self._state = state
        self._claims = 0
        self.worker = worker
        self.lease_seconds = lease_seconds
        self._mark = Prepared(
            update(self.table)
            .where(
                self.table.c.id == bindparam("_id"),
                self.table.c.status == SendStatus.CLAIMED,
                self.table.c.worker == bindparam("_worker"),
                self.table.c.lease_until > bindparam("_now"),
                self._may_begin(),
            )
            .values(
                status=SendStatus.SENDING,
                attempts=self.table.c.attempts + 1,
                lease_until=bindparam("_lease_until"),
            )
        )

    def _may_begin(self) -> ColumnElement[bool]:
        """What else must hold of a row that is claimed, at the moment it begins."""
        return true()

    def close(self) -> None:
        """Gives the database connection back; claims stay as they are."""
        self._writer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    @property
    def is_at_hand(self) -> bool:
        """Whether writing takes less time than asking somebody else to do it."""
        return self._state.database.is_at_hand

    @contextmanager
    def not_waiting(self) -> Iterator[None]:
        """Inside, what would have to wait for others who write does nothing, and raises `mactl.store.database.Busy`."""
        self._writer.waits = False
        try:
            yield
        finally:
            self._writer.waits = True

    def mark_sending(self, id: str, now: int) -> bool:
        """Writes down that the first byte is about to go out; False where the claim has expired or is another's, and
        nothing may go out."""
        about = self._mark_of(id, now)

        def mark(connection: Connection, again: bool) -> bool:
            marked = self._mark.execute(connection, [about]) == 1
            # Nobody marks in our name but we, and once: that was this mark, whose commit we did not hear of.
            return marked or (again and self._stands_at(connection, id, SendStatus.SENDING))

        return self._writer.run(mark, durable=False)

    def _mark_of(self, id: str, now: int) -> dict[str, Any]:
        return {
            "_id": id,
            "_worker": self.worker.name,
            "_now": now,
            "_lease_until": now + self.lease_seconds,
        }

    def renew(self, now: int) -> int:
        """Keeps the claims that are still alive for another lease; returns how many those are."""
        kept = (
            update(self.table)
            .where(self._is_mine(SendStatus.CLAIMED), self.table.c.lease_until > now)
            .values(lease_until=now + self.lease_seconds)
        )
        return self._writer.run(
            lambda connection, again: connection.execute(kept).rowcount, durable=False
        )

    def release(self) -> int:
        """Returns what was claimed and not begun to the queue; all outcomes so far are on the disk after it."""
        back = update(self.table).where(self._is_mine(SendStatus.CLAIMED)).values(BACK_IN_QUEUE)

        def release(connection: Connection, again: bool) -> int:
            if connection.dialect.name == "sqlite":
                # It syncs nothing, earlier commits included, for a transaction that changed nothing.
                same = update(meta).where(meta.c.name == "id").values(value=meta.c.value)
                connection.execute(same)
            return connection.execute(back).rowcount

        return self._writer.run(release)

    def prove_sent(self, ids: Collection[str], response: str, now: int) -> int:
        """Ends the doubt about what is seen to have gone out: what shows it is evidence, not a guess. Returns how many
        were unknown."""
        table = self.table
        ended = (
            update(table)
            .where(table.c.id == bindparam("_id"), table.c.status == SendStatus.UNKNOWN)
            .values(status=SendStatus.SENT, response=response, settled_at=now, **self.proven)
        )
        return self._writer.run(
            lambda connection, again: sum(
                connection.execute(ended, {"_id": id}).rowcount for id in ids
            )
        )

    def _note(self) -> None:
        """Has the count of claims known outside of the state, once it is on the disk."""
        if self._claims and self._state.witness is not None:
            self._state.witness.note(self._state.id, claims=self._claims)
        self._claims = 0

    def run(self, work: Callable[[Connection], T]) -> T:
        """What `work` returns, which this worker does in a transaction of its own; perhaps twice, as `Writer.run`."""
        return self._writer.run(lambda connection, again: work(connection), durable=False)

    def _take(self, connection: Connection, ids: Collection[str], now: int) -> None:
        """Claims the rows `ids`, which are this transaction's to claim."""
        if ids:
            connection.execute(
                update(self.table)
                .where(self.table.c.id.in_(ids))
                .values(
                    status=SendStatus.CLAIMED,
                    worker=self.worker.name,
                    boot=self.worker.boot,
                    lease_until=now + self.lease_seconds,
                )
            )
            self._claims = _count(connection)

    def _is_mine(self, status: SendStatus) -> ColumnElement[bool]:
        return and_(self.table.c.status == status, self.table.c.worker == self.worker.name)

    def _stands_at(self, connection: Connection, id: str, status: SendStatus) -> bool:
        query = select(self.table.c.id).where(
            self.table.c.id == id,
            self.table.c.status == status,
            self.table.c.worker == self.worker.name,
        )
        return connection.execute(query).first() is not None

    def _untouched(self, connection: Connection, which: ColumnElement[bool]) -> ColumnElement[bool]:
        """`which`, less what others have in hand just then: to wait for them, who may wait for us, helps nobody."""
        if connection.dialect.name == "sqlite":
            return which
        ids = select(self.table.c.id).where(which).with_for_update(skip_locked=True)
        return and_(which, self.table.c.id.in_(ids.correlate(None)))

    def _is_left(self, connection: Connection, now: int) -> ColumnElement[bool]:
        return _is_left(connection, self.table, now, self.lease_seconds)

    def _is_undone(self, connection: Connection) -> ColumnElement[bool] | None:
        return _is_undone(connection, self.table, self.worker.boot)


def is_anything_left_behind(connection: Connection, now: int) -> bool:
    """Whether there is a claim, on a message or an action, that would be taken over at `now` (epoch seconds)."""
    for table in (sends, actions):
        undone = _is_undone(connection, table, boot_id())
        left = _is_left(connection, table, now, LEASE_SECONDS)
        which = and_(table.c.status.in_(IN_HAND), left if undone is None else or_(left, undone))
        if connection.execute(select(table.c.id).where(which).limit(1)).first() is not None:
            return True
    return False


def _is_left(
    connection: Connection, table: Table, now: int, lease_seconds: int
) -> ColumnElement[bool]:
    """Claims of workers that are gone: where a lease ran out, or a process of this machine has died.

    A lease longer than any was given by a clock that was wrong, and would not run out for as long as that was.
    """
    until = table.c.lease_until
    return or_(
        until <= now,
        until > now + _LONGEST * lease_seconds,
        table.c.worker.in_(_dead(connection, table)),
    )


def _is_undone(connection: Connection, table: Table, boot: str) -> ColumnElement[bool] | None:
    """Claims whose marks a restart of the machine may have undone; None where the server keeps what was committed."""
    if connection.dialect.name != "sqlite":
        return None
    return and_(table.c.status.in_(IN_HAND), table.c.boot != boot)


def _dead(connection: Connection, table: Table) -> list[str]:
    """Those who hold claims and are known to be dead: nobody needs to wait for their leases."""
    held = table.c.status.in_(IN_HAND)
    query = select(table.c.worker, table.c.boot).where(held).distinct()
    return [row.worker for row in connection.execute(query) if has_died(row.worker, row.boot)]


def _count(connection: Connection) -> int:
    """Counts a claim, and returns how many there were; see `mactl.store.witness`."""
    add = insert_into(connection, meta).values(name=CLAIMS, value="1")
    one_more = cast(cast(meta.c.value, BigInteger) + 1, Text)
    counted = add.on_conflict_do_update(index_elements=[meta.c.name], set_={"value": one_more})
    return int(connection.execute(counted.returning(meta.c.value)).scalar_one())


def writable(said: str | None) -> str | None:
    """What others said, without the one character that PostgreSQL's text can't hold."""
    return said if said is None else said.replace("\x00", "\N{REPLACEMENT CHARACTER}")
