"""The ledger of the queue: who holds which send, what was begun, and what came of it.

    queued, deferred → claimed → sending → sent | failed | deferred | unknown
                          └→ skipped | held | failed

Of what dies, one message per connection is in doubt; no transaction is open while one goes out. See
`mactl.store.claims` for why.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Update,
    and_,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    update,
)

from mactl.store.claims import BACK_IN_QUEUE, Claims, Expired, writable
from mactl.store.overrides import overridden
from mactl.store.prepared import Prepared
from mactl.store.suppressions import Suppression, add_suppressions
from mactl.store.tables import EMAIL, FINAL, SendStatus, contents, sends

_LOST = "its worker stopped while it was being sent"
_RESTARTED = "the machine restarted before its fate was on the disk"


class QueuedSend(NamedTuple):
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


_COLUMNS = [sends.c[name] for name in QueuedSend._fields]


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
    kind: str | None = None
    """Of one that has failed: what the refusal is about (`mactl.refusals.RefusalKind`)."""
    was_tried: bool = True
    """Whether it uses up an attempt; a deferred one may not have had its turn."""


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
                "kind": bindparam("_kind"),
                "code": bindparam("_code"),
                "response": bindparam("_response"),
                "hold_until": bindparam("_hold_until"),
                "settled_at": bindparam("_settled_at"),
                "attempts": bindparam("_attempts"),
                **(also or {}),
                "status": status,
            }
        )
    )


_NOT_GONE = {"worker": None, "boot": None, "released_at": None}
_CLAIMED, _SENDING, _UNKNOWN = SendStatus.CLAIMED, SendStatus.SENDING, SendStatus.UNKNOWN
_TRIED = {SendStatus.SENT, SendStatus.FAILED, SendStatus.UNKNOWN, SendStatus.DEFERRED}
_SETTLE = {
    # A late answer is still the truth: whoever a send was taken from may end its doubt, with what is final.
    SendStatus.SENT: Prepared(_settling(SendStatus.SENT, _SENDING, _UNKNOWN)),
    SendStatus.FAILED: Prepared(_settling(SendStatus.FAILED, _CLAIMED, _SENDING, _UNKNOWN)),
    SendStatus.UNKNOWN: Prepared(_settling(SendStatus.UNKNOWN, _SENDING)),
    # Refused before it was begun, with the commands that announced it, or after.
    SendStatus.DEFERRED: Prepared(_settling(SendStatus.DEFERRED, _CLAIMED, _SENDING)),
    SendStatus.QUEUED: Prepared(
        _settling(SendStatus.QUEUED, _CLAIMED, _SENDING, also=BACK_IN_QUEUE)
    ),
    SendStatus.SKIPPED: Prepared(_settling(SendStatus.SKIPPED, _CLAIMED)),
    SendStatus.HELD: Prepared(_settling(SendStatus.HELD, _CLAIMED, also=_NOT_GONE)),
}


class Ledger(Claims):
    """The queue of sends as one worker sees it; every method is a transaction of its own. `now` is in epoch seconds."""

    table = sends
    proven: Mapping[str, Any] = {"reason": None}

    def _may_begin(self) -> ColumnElement[bool]:
        # A server lets somebody claim while somebody else pauses, and neither sees the other.
        return sends.c.recipe.not_in(overridden())

    def claim(self, limit: int, now: int, channel: str = EMAIL) -> list[QueuedSend]:
        """The next sends of the queue, and deferred ones whose time has come, for this worker alone.

        By priority, the highest first, then due time, then id. On the disk when it returns.
        """

        def claim(connection: Connection, again: bool) -> list[QueuedSend]:
            found = [
                QueuedSend._make(row)
                for standing in (_QUEUED, _deferred(now))
                for row in connection.execute(
                    _next(channel, standing).limit(limit).with_for_update(skip_locked=True)
                ).all()
            ]
            found.sort(key=lambda send: (-send.priority, send.due_at, send.id))
            claimed = found[:limit]
            self._take(connection, [send.id for send in claimed], now)
            return claimed

        claimed = self._writer.run(claim)
        self._note()
        return claimed

    def settle(self, send: QueuedSend, outcome: Outcome, now: int) -> bool:
        """Writes down what became of a send, and suppresses its address where `outcome` says so; False where it is no
        longer this worker's to say."""
        ((is_settled,), _) = self.write([(send, outcome)], (), now)
        return is_settled

    def write(
        self, became: Sequence[tuple[QueuedSend, Outcome]], begin: Sequence[QueuedSend], now: int
    ) -> tuple[list[bool], list[bool]]:
        """Writes down in one transaction what became of some sends, as `settle` does, and then that others begin, as
        `mark_sending` does; whether each was this worker's to say."""
        by_status: dict[SendStatus, list[dict[str, Any]]] = {}
        for send, outcome in became:
            by_status.setdefault(outcome.status, []).append(self._about(send, outcome, now))
        marks = [self._mark_of(send.id, now) for send in begin]
        broke_off = False

        def write(
            connection: Connection, again: bool, *, singly: bool = False
        ) -> tuple[list[bool], list[bool]]:
            nonlocal broke_off
            broke_off = broke_off or again

            def each(
                statement: Prepared, rows: Sequence[dict[str, Any]], status: SendStatus
            ) -> list[bool]:
                if len(rows) > 1 and not singly:
                    if statement.execute(connection, rows) != len(rows):
                        raise _NotAllOfThem
                    return [True] * len(rows)
                return [
                    statement.execute(connection, [row]) == 1
                    # Nobody writes in our name but we: what stands there is ours, whose commit we did not hear of.
                    or (broke_off and self._stands_at(connection, row["_id"], status))
                    for row in rows
                ]

            settled: dict[str, bool] = {}
            for status, rows in by_status.items():
                done = each(_SETTLE[status], rows, status)
                settled |= {row["_id"]: is_done for row, is_done in zip(rows, done, strict=True)}
            add_suppressions(
                connection,
                [
                    Suppression(send.address, outcome.suppress, "send", now, send=send.id)
                    for send, outcome in became
                    if outcome.suppress and settled[send.id]
                ],
            )
            begun = each(self._mark, marks, SendStatus.SENDING)
            return [settled[send.id] for send, _ in became], begun

        try:
            return self._writer.run(write, durable=False)
        except _NotAllOfThem:  # which of them takes asking one by one
            return self._writer.run(partial(write, singly=True), durable=False)

    def _about(self, send: QueuedSend, outcome: Outcome, now: int) -> dict[str, Any]:
        return {
            "_id": send.id,
            "_worker": self.worker.name,
            "_reason": writable(outcome.reason),
            "_gate": outcome.gate,
            "_kind": outcome.kind,
            "_code": writable(outcome.code),
            "_response": writable(outcome.response),
            "_hold_until": outcome.hold_until,
            "_settled_at": now if outcome.status in FINAL else None,
            "_attempts": send.attempts + (outcome.status in _TRIED and outcome.was_tried),
        }

    def expire(self, now: int) -> Expired:
        """Takes over from workers that are gone: where a lease ran out, or its process has died on this machine, what
        was claimed is queued again and what was being sent is unknown. So is all that a restart interrupted."""

        def expire(connection: Connection, again: bool) -> Expired:
            undone = self._is_undone(connection)
            restarted = (
                _turn_unknown(connection, undone, _RESTARTED, now) if undone is not None else 0
            )
            left = self._is_left(connection, now)
            sending = and_(sends.c.status == SendStatus.SENDING, left)
            lost = _turn_unknown(connection, self._untouched(connection, sending), _LOST, now)
            claimed = and_(sends.c.status == SendStatus.CLAIMED, left)
            queued = connection.execute(
                update(sends).where(self._untouched(connection, claimed)).values(BACK_IN_QUEUE)
            )
            return Expired(queued.rowcount, restarted + lost)

        return self._writer.run(expire)

    def in_doubt(self, channel: str) -> list[str]:
        """The ids of the sends on `channel` whose fate is unknown."""
        query = select(sends.c.id).where(
            sends.c.channel == channel, sends.c.status == SendStatus.UNKNOWN
        )
        return self._writer.run(
            lambda connection, again: list(connection.execute(query).scalars()), durable=False
        )


class _NotAllOfThem(Exception):
    """Some rows of several were no longer this worker's."""


def read_contents(connection: Connection, hashes: Iterable[str]) -> dict[str, str]:
    """Hash → source of the templates that queued sends name; one that is not there is left out."""
    query = select(contents.c.hash, contents.c.source).where(contents.c.hash.in_(list(hashes)))
    return {row.hash: row.source for row in connection.execute(query)}


def count_waiting(
    connection: Connection, now: int, channel: str = EMAIL, most: int | None = None
) -> int:
    """How many sends a worker could claim at `now` (epoch seconds); as far as `most`, for a long queue takes time."""
    due = select(sends.c.id).where(_is_due(now), sends.c.channel == channel).limit(most)
    query = select(func.count()).select_from(due.subquery())
    return int(connection.execute(query).scalar_one())


def waiting_by_channel(connection: Connection, now: int) -> dict[str, int]:
    """Channel → how many sends a worker could claim at `now` (epoch seconds), where there are any."""
    query = select(sends.c.channel, func.count()).where(_is_due(now)).group_by(sends.c.channel)
    return dict(connection.execute(query).all())


def waiting_channels(connection: Connection, now: int) -> list[str]:
    """The channels that a worker could claim sends of at `now` (epoch seconds), in order of name."""
    found: set[str] = set()
    for standing in (_QUEUED, _deferred(now)):
        name: str | None = ""
        while name is not None:  # from one to the next: a long queue is not read through
            beyond = and_(standing, sends.c.channel > name, sends.c.recipe.not_in(overridden()))
            query = select(sends.c.channel).where(beyond).order_by(sends.c.channel).limit(1)
            name = connection.execute(query).scalar()
            found |= {name} if name is not None else set()
    return sorted(found)


def _is_due(now: int) -> ColumnElement[bool]:
    return and_(
        or_(sends.c.status == SendStatus.QUEUED, _deferred(now)),
        sends.c.recipe.not_in(overridden()),
    )


# As a literal, or SQLite does not see that the index of the queue serves.
_QUEUED = sends.c.status == literal_column("'queued'")


def _deferred(now: int) -> ColumnElement[bool]:
    return and_(sends.c.status == SendStatus.DEFERRED, sends.c.hold_until <= now)


def _next(channel: str, standing: ColumnElement[bool]) -> Select[Any]:
    """Those of `channel` that stand so, in the order in which they go out."""
    return (
        select(*_COLUMNS)
        .where(standing, sends.c.channel == channel, sends.c.recipe.not_in(overridden()))
        .order_by(sends.c.priority.desc(), sends.c.due_at, sends.c.id)
    )


def _turn_unknown(connection: Connection, which: ColumnElement[bool], reason: str, now: int) -> int:
    # The worker stays written down: it alone may still tell what became of the send.
    return connection.execute(
        update(sends)
        .where(which)
        .values(status=SendStatus.UNKNOWN, reason=reason, lease_until=None, settled_at=now)
    ).rowcount
