"""Merges and splits that somebody decided, kept so that every import heeds them, and what they do to the state.

A **merge** leads the newer contact to the older, as one does that the data brought about: what was sent to either and
what either began counts for both, and of two enrollments in one journey the later one ends (rule 11). Nothing is
rewritten, so that undoing it gives each their own again.

A **split** gives keys of a contact, and the rows that come with them, to a new contact with an id of its own. The table
of aliases stays as it is; who they belong to today is worked out from the splits that stand, in their order
(`identities.read_aliases`). What the one contact did and got before cannot be told apart any more. So it stays
with who stays, and who leaves is treated as having had it all:

- every enrollment of theirs is copied as `merged`, with the very id that the new contact would get by the same
  occurrence: a journey that is entered once is not entered again, and none goes on twice. The original goes on.
- what was sent stays where it is; that nothing goes to one address twice is the gate's to see, and it goes by
  address. What waits to go to an address that leaves is cancelled, for it was written about somebody else.
- opt-outs hold for both: suppressions (`share_opt_outs`), events that tell of one (copied), and whatever columns,
  events and the ledger come to, as entries of the ledger for both. A proof of consent in it stays with who stays.

Of two who are merged what one withdrew holds for the one that they are, as an entry of the ledger that is newer than
every consent of the other.

Undoing a split merges who left into who stayed, opt-outs as in a merge; undoing a merge parts them as a split does,
with what was begun since.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from mactl.errors import UsageError
from mactl.store.covering import hash_keys
from mactl.store.ids import enrollment_id
from mactl.store.suppressions import Suppression, add_suppressions, one_line
from mactl.store.tables import (
    SendStatus,
    Standing,
    aliases,
    contacts,
    enrollments,
    identity_decisions,
    sends,
    suppressions,
)
from mactl.store.upsert import insert_into

NOT_SAID_BY_PEOPLE = ("bounce", "send")
"""Sources of suppressions that tell of a mailbox, not of what its owner wants."""
_WAITING = (SendStatus.HELD, SendStatus.QUEUED, SendStatus.DEFERRED)


class DecisionKind(StrEnum):
    """What was decided."""

    MERGE = "merge"
    SPLIT = "split"


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision; instants in epoch seconds. Of a merge `other` became `contact`, of a split `other` left them."""

    number: int
    kind: DecisionKind
    contact: str
    other: str
    named: frozenset[str]
    moved: frozenset[str]
    after: int
    at: int
    why: str | None
    undone_at: int | None
    undone_why: str | None

    @property
    def stands(self) -> bool:
        """Whether it has not been undone."""
        return self.undone_at is None


def read_decisions(connection: Connection) -> list[Decision]:
    """All decisions, the first one first, those that were undone included."""
    query = select(identity_decisions).order_by(identity_decisions.c.number)
    return [_decision(row) for row in connection.execute(query)]


def read_splits(connection: Connection) -> list[Decision]:
    """The splits that stand, the first one first."""
    return [
        one for one in read_decisions(connection) if one.kind is DecisionKind.SPLIT and one.stands
    ]


def _decision(row: Row[Any]) -> Decision:
    return Decision(
        row.number,
        DecisionKind(row.kind),
        row.contact,
        row.other,
        frozenset(json.loads(row.named)),
        frozenset(json.loads(row.moved)),
        row.after,
        row.at,
        row.why,
        row.undone_at,
        row.undone_why,
    )


def know_contact(connection: Connection, id: str, key: str, own: Sequence[str]) -> None:
    """Keep a contact and its keys, where they are not known yet: whoever decides on them means these."""
    add = insert_into(connection, contacts).on_conflict_do_nothing()
    connection.execute(add, [{"id": id, "key": key, "merged_into": None}])
    if own:
        new = insert_into(connection, aliases).on_conflict_do_nothing()
        connection.execute(new, [{"alias": alias, "contact": id} for alias in own])


def add_merge(connection: Connection, contact: str, other: str, at: int, why: str | None) -> int:
    """Make `other` the same person as `contact`, who is the older one; the number of the decision."""
    number = _add(connection, DecisionKind.MERGE, contact, other, at, why)
    _lead(connection, other, contact)
    return number


def add_split(
    connection: Connection,
    contact: str,
    other: str,
    named: Collection[str],
    moved: Collection[str],
    at: int,
    why: str | None,
) -> int:
    """Give the aliases `moved` to `other`, a contact that is known already; the number of the decision.

    `named` are those that tell rows apart before every other key.
    """
    return _add(connection, DecisionKind.SPLIT, contact, other, at, why, named, moved)


def undo(connection: Connection, decision: Decision, at: int, why: str | None) -> None:
    """Have `decision` stand no more."""
    connection.execute(
        update(identity_decisions)
        .where(identity_decisions.c.number == decision.number)
        .values(undone_at=at, undone_why=_told(why))
    )
    _lead(
        connection,
        decision.other,
        None if decision.kind is DecisionKind.MERGE else decision.contact,
    )


def next_number(connection: Connection) -> int:
    """The number that the next decision gets."""
    query = select(func.coalesce(func.max(identity_decisions.c.number), 0))
    return int(connection.execute(query).scalar_one()) + 1


def part_history(
    connection: Connection, stays: Collection[str], leaves: str, at: int, since: int = 0
) -> int:
    """Treat who leaves as having begun all that who stays (and those merged into them) began at `since` or later.

    Returns how many enrollments that were. See the module's text.
    """
    query = select(enrollments).where(
        enrollments.c.contact.in_(stays), enrollments.c.entered_at >= since
    )
    copies = [_copy(row, leaves, at) for row in connection.execute(query).mappings()]
    if copies:
        connection.execute(insert_into(connection, enrollments).on_conflict_do_nothing(), copies)
    return len(copies)


def _copy(row: Any, contact: str, at: int) -> dict[str, Any]:
    ended = row["ended_at"]
    return {
        **row,
        "id": enrollment_id(row["recipe"], contact, row["occurrence"]),
        "contact": contact,
        "status": str(Standing.MERGED),
        "due_at": None,
        "ended_at": at if ended is None else ended,
        "why": "begun before they were split from another contact, for whom it counts",
    }


def cancel_waiting(
    connection: Connection, stays: Collection[str], address_keys: Collection[str], at: int
) -> int:
    """Take back what waits to go to these addresses on behalf of who stays; returns how many."""
    if not address_keys:
        return 0
    statement = (
        update(sends)
        .where(
            sends.c.contact.in_(stays),
            sends.c.address_key.in_(address_keys),
            sends.c.status.in_(_WAITING),
        )
        .values(
            status=SendStatus.CANCELLED,
            gate=None,
            reason="the address is another contact's since a split",
            hold_until=None,
            settled_at=at,
        )
    )
    return connection.execute(statement).rowcount


def share_opt_outs(
    connection: Connection,
    address_keys: Collection[str],
    kind: DecisionKind,
    at: int,
    secret: bytes,
) -> int:
    """Let whatever the owner of one of these addresses said hold for all of them; returns how many are new.

    What only tells of a mailbox (a bounce) stays with it, and so does what is said of whole domains.
    """
    keys = {key: key for key in address_keys}
    for key in address_keys:
        keys |= dict.fromkeys(hash_keys(key, secret), key)
    columns = suppressions.c
    rows = connection.execute(
        select(columns.address_key, columns.topic, columns.reason)
        .where(columns.address_key.in_(list(keys)), columns.source.not_in(NOT_SAID_BY_PEOPLE))
        .order_by(columns.number)
    ).all()
    told = {row.topic: f"{row.reason} (as of {keys[row.address_key]})" for row in reversed(rows)}
    return add_suppressions(
        connection,
        [
            Suppression(key, reason, str(kind), at, topic)
            for topic, reason in told.items()
            for key in sorted(address_keys)
            if not any(r.topic == topic and keys[r.address_key] == key for r in rows)
        ],
    )


def _add(
    connection: Connection,
    kind: DecisionKind,
    contact: str,
    other: str,
    at: int,
    why: str | None,
    named: Collection[str] = (),
    moved: Collection[str] = (),
) -> int:
    newest = connection.execute(select(func.coalesce(func.max(aliases.c.age), 0))).scalar_one()
    values = {
        "kind": str(kind),
        "contact": contact,
        "other": other,
        "named": json.dumps(sorted(named), ensure_ascii=False),
        "moved": json.dumps(sorted(moved), ensure_ascii=False),
        "after": newest,
        "at": at,
        "why": _told(why),
    }
    added = connection.execute(insert(identity_decisions).values(**values))
    key = added.inserted_primary_key
    assert key is not None
    return int(key[0])


def _lead(connection: Connection, other: str, to: str | None) -> None:
    changed = connection.execute(
        update(contacts).where(contacts.c.id == other).values(merged_into=to)
    )
    if not changed.rowcount:
        raise UsageError(f"the state knows no contact {other}")


def _told(why: str | None) -> str | None:
    return one_line(why) if why else None
