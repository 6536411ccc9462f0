"""Actions: what is told to colleagues and other systems, each once, whatever crashes.

    queued, deferred → claimed → sending → sent | failed | deferred | unknown
                          └→ deferred | failed

As with sends, an action is `sending` on record before anything of it goes out. Where its worker died meanwhile, its
fate is unknown, unless it may be repeated: a webhook goes again with the same key.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select, update

from mactl.own_events import EXPORTED, NOTIFIED, WEBHOOK_CALLED
from mactl.store.claims import BACK_IN_QUEUE, IN_HAND, Claims, Expired, writable
from mactl.store.overrides import overridden
from mactl.store.tables import FINAL, SendStatus, actions
from mactl.store.upsert import insert_into

if TYPE_CHECKING:
    import pandas as pd

_LEFT_BEHIND = "its worker stopped, or the machine did, while it was being done"


class ActionKind(StrEnum):
    """What is done; the keyword of the step."""

    NOTIFY = "notify"
    TASK = "task"
    EXPORT = "export"
    WEBHOOK = "webhook"


REPEATABLE = frozenset({ActionKind.WEBHOOK})
"""What may be done again where nobody knows whether it was: the other side knows it by its key."""
_TOLD = {
    ActionKind.NOTIFY: NOTIFIED,
    ActionKind.EXPORT: EXPORTED,
    ActionKind.WEBHOOK: WEBHOOK_CALLED,
}


@dataclass(frozen=True, slots=True)
class QueuedAction:
    """A claimed action; `due_at` in epoch seconds."""

    id: str
    """Made from the enrollment and the step, like a send's, so that what a step does it does once."""
    enrollment: str
    recipe: str
    step: str
    contact: str
    kind: ActionKind
    target: str
    """The team, the file, the webhook."""
    body: Mapping[str, Any]
    """What is told, by kind; see `mactl.delivery.actions.bodies`."""
    due_at: int
    attempts: int
    """How often it was tried before."""


_COLUMNS = [actions.c[name] for name in QueuedAction.__slots__]


@dataclass(frozen=True, slots=True)
class ActionOutcome:
    """What became of a claimed action: sent, failed, deferred until `due_at` (epoch seconds), or unknown."""

    status: SendStatus
    response: str | None = None
    due_at: int | None = None


def add_actions(connection: Connection, frame: "pd.DataFrame", run: int) -> int:
    """Queues actions: whole rows but for `run`. One that is there already stays as it is; returns how many were new."""
    from mactl.store.frames import cells_of, write_cells  # who performs actions needs no tables

    if frame.empty:
        return 0
    cells = {"attempts": [0] * len(frame)} | cells_of(frame.assign(run=run), actions)
    return write_cells(connection, insert_into(connection, actions).on_conflict_do_nothing(), cells)


def count_waiting_actions(connection: Connection, now: int) -> int:
    """How many actions a worker could claim at `now` (epoch seconds)."""
    query = select(func.count()).select_from(actions).where(_is_due(now))
    return int(connection.execute(query).scalar_one())


def read_action_events(connection: Connection) -> "pd.DataFrame":
    """contact, event, at, source_id, properties (JSON: to, recipe, step) of the events that `actions` itself tells:
    `notified`, `exported`, `webhook_called`."""
    import pandas as pd

    from mactl.store.frames import read_frame

    columns = actions.c
    query = select(
        columns.id,
        columns.contact,
        columns.kind,
        columns.settled_at,
        columns.target,
        columns.recipe,
        columns.step,
    ).where(columns.status == SendStatus.SENT, columns.kind.in_(list(_TOLD)))
    done = read_frame(connection, query.order_by(columns.settled_at, columns.id))
    if done.empty:
        names = ["contact", "kind", "settled_at", "id", "target"]
        events = ["contact", "event", "at", "source_id", "properties"]
        return done[names].set_axis(events, axis=1).astype({"at": "int64"})
    told = zip(done["target"], done["recipe"], done["step"], strict=True)
    properties = [
        json.dumps({"to": to, "recipe": recipe, "step": step}, ensure_ascii=False)
        for to, recipe, step in told
    ]
    return pd.DataFrame(
        {
            "contact": done["contact"],
            "event": done["kind"]
            .map({str(kind): event for kind, event in _TOLD.items()})
            .astype("str"),
            "at": done["settled_at"].astype("int64"),
            "source_id": ("action:" + done["id"]).astype("str"),
            "properties": pd.array(properties, dtype="str"),
        }
    )


class ActionLedger(Claims):
    """The actions as one worker sees them; every method is a transaction of its own. `now` is in epoch seconds."""

    table = actions

    def _may_begin(self) -> ColumnElement[bool]:
        return actions.c.recipe.not_in(overridden())

    def claim(self, limit: int, now: int, kinds: Collection[ActionKind]) -> list[QueuedAction]:
        """The next actions of these kinds whose time has come, for this worker alone; the most overdue first.

        On the disk when it returns.
        """
        query = (
            select(*_COLUMNS)
            .where(_is_due(now), actions.c.kind.in_(list(kinds)))
            .order_by(actions.c.due_at, actions.c.id)
            .limit(limit)
        )

        def claim(connection: Connection, again: bool) -> list[QueuedAction]:
            rows = connection.execute(query.with_for_update(skip_locked=True)).mappings().all()
            claimed = [
                QueuedAction(
                    **{**row, "kind": ActionKind(row["kind"]), "body": json.loads(row["body"])}
                )
                for row in rows
            ]
            self._take(connection, [action.id for action in claimed], now)
            return claimed

        claimed = self._writer.run(claim)
        self._note()
        return claimed

    def settle(self, action: QueuedAction, outcome: ActionOutcome, now: int) -> bool:
        """Writes down what became of an action; False where it is no longer this worker's to say."""
        standing = [SendStatus.SENDING]
        if outcome.status in (SendStatus.DEFERRED, SendStatus.FAILED):
            standing.append(SendStatus.CLAIMED)  # it was seen beforehand that it can't be done
        if outcome.status in (SendStatus.SENT, SendStatus.FAILED):
            standing.append(SendStatus.UNKNOWN)  # a late answer is still the truth
        values: dict[str, Any] = {
            "status": outcome.status,
            "response": writable(outcome.response),
            "lease_until": None,
            "settled_at": now if outcome.status in FINAL else None,
            # The gaps between tries grow, also where it could not even be begun.
            "attempts": action.attempts + 1,
        }
        if outcome.due_at is not None:
            values["due_at"] = outcome.due_at
        settling = (
            update(actions)
            .where(
                actions.c.id == action.id,
                actions.c.worker == self.worker.name,
                actions.c.status.in_(standing),
            )
            .values(values)
        )

        def settle(connection: Connection, again: bool) -> bool:
            settled = connection.execute(settling).rowcount == 1
            return settled or (again and self._stands_at(connection, action.id, outcome.status))

        return self._writer.run(settle, durable=False)

    def expire(self, now: int) -> Expired:
        """Takes over from workers that are gone: where a lease ran out, its process has died on this machine, or the
        machine restarted. What was claimed, or may be repeated, is queued again; the rest is in doubt."""

        def expire(connection: Connection, again: bool) -> Expired:
            in_doubt: ColumnElement[bool] = actions.c.status == SendStatus.SENDING
            left, undone = self._is_left(connection, now), self._is_undone(connection)
            if undone is not None:
                in_doubt, left = or_(in_doubt, undone), or_(left, undone)
            in_hand = and_(actions.c.status.in_(IN_HAND), left)
            lost = and_(in_hand, in_doubt, ~actions.c.kind.in_(list(REPEATABLE)))
            unknown = connection.execute(
                update(actions)
                .where(self._untouched(connection, lost))
                .values(
                    status=SendStatus.UNKNOWN,
                    response=_LEFT_BEHIND,
                    lease_until=None,
                    settled_at=now,
                )
            )
            back = and_(in_hand, ~lost)  # what was held by others a moment ago is left to them
            queued = connection.execute(
                update(actions).where(self._untouched(connection, back)).values(BACK_IN_QUEUE)
            )
            return Expired(queued.rowcount, unknown.rowcount)

        return self._writer.run(expire)

    def in_doubt(self, kind: ActionKind) -> list[tuple[str, str, Mapping[str, Any]]]:
        """id, target, body of the actions of this kind whose fate is unknown."""
        query = select(actions.c.id, actions.c.target, actions.c.body).where(
            actions.c.kind == kind, actions.c.status == SendStatus.UNKNOWN
        )
        return self._writer.run(
            lambda connection, again: [
                (id, to, json.loads(body)) for id, to, body in connection.execute(query)
            ],
            durable=False,
        )


def _is_due(now: int) -> ColumnElement[bool]:
    return and_(
        actions.c.status.in_([SendStatus.QUEUED, SendStatus.DEFERRED]),
        actions.c.due_at <= now,
        actions.c.recipe.not_in(overridden()),
    )
