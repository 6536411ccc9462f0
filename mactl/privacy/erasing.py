"""Erasing somebody from the state, in one transaction: table by table, as `holdings` says."""

import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table, bindparam, delete, select, update

from mactl.errors import TryAgainLater
from mactl.privacy.finding import count_rows, in_parts, suppression_keys
from mactl.privacy.holdings import BY_TABLE, COUNTED, MOVES, NAMELESS_PROPERTIES, To
from mactl.privacy.subject import Subject
from mactl.store.claims import IN_HAND
from mactl.store.consents import erase_consents
from mactl.store.covering import covering_keys
from mactl.store.erasures import EMAIL, add_erasures
from mactl.store.snapshots import forget_contacts
from mactl.store.suppressions import Suppression, address_key, suppress_hash
from mactl.store.syncs import forget_synced
from mactl.store.tables import (
    SendStatus,
    Standing,
    actions,
    aliases,
    codes,
    contacts,
    enrollments,
    events,
    identity_decisions,
    sends,
    suppressions,
)

REASON = "erased"
"""Why an address is suppressed of which nothing else is known any more."""
OPTED_OUT = "opted out"
"""Why an address is suppressed where the words that were kept said whose it is."""
_STILL_TO_GO = (SendStatus.HELD, SendStatus.QUEUED, SendStatus.DEFERRED, SendStatus.CLAIMED)
Drawn = Mapping[str, str]
"""Id → the one that was drawn in its place."""


def erase_from_state(connection: Connection, subject: Subject, now: int, by: str) -> dict[str, int]:
    """Leave nothing in the state by which `subject` could be known; table → how many rows that were.

    `by` is the command, `now` in epoch seconds. What keeps them from coming back, and from being written to, stays as
    keyed hashes. In files, deleted bytes stay until `State.shred`. Raises TryAgainLater while a worker has a message to
    them, or something that it tells of them, in hand.
    """
    need_idle(connection, subject.ids, now)
    counts = count_rows(connection, subject)
    for contact in subject.ids:
        erase_consents(connection, contact, now, by)
    make_nameless(connection, subject.ids, now)
    erasure = str(uuid.uuid4())
    _hide_suppressions(connection, subject, now, by, erasure)
    add_erasures(connection, tombstones_of(subject), now, erasure)
    return counts


def make_nameless(connection: Connection, ids: Sequence[str], now: int) -> None:
    """Have all that one person, known by these ids, got and did be nobody's; consents and suppressions stay."""
    drawn = {id: str(uuid.uuid4()) for id in _enrollments_of(connection, ids)}
    nobody = str(uuid.uuid4())
    forget_contacts(connection, ids)
    forget_synced(connection, ids, now)
    _delete(connection, actions, "contact", ids)
    _hide_events(connection, ids, nobody)
    _hide_sends(connection, ids, nobody, drawn, now)
    renamed = [{"key": old, "enrollment": new} for old, new in drawn.items()]
    _hide(connection, codes, "enrollment", renamed)
    _hide_enrollments(connection, ids, nobody, drawn, now)
    for side in ("contact", "other"):
        _delete(connection, identity_decisions, side, ids)
    _delete(connection, aliases, "contact", ids)
    _delete(connection, contacts, "id", ids)


def tombstones_of(subject: Subject) -> list[tuple[str, str]]:
    """The keys (field, value) that let nobody come back: every identity key and every address that is theirs alone."""
    own = [(EMAIL, address) for address in subject.own_addresses if "@" in address]
    return [*subject.own_aliases, *own]


def need_idle(connection: Connection, ids: Sequence[str], now: int, *, locked: bool = True) -> None:
    """Raises TryAgainLater where a worker that is alive has something about these contacts in hand; where rows are
    `locked`, nobody takes anything until the transaction ends."""
    for table in (sends, actions):
        for some in in_parts(ids):
            query = select(table.c.status, table.c.lease_until).where(table.c.contact.in_(some))
            for row in connection.execute(query.with_for_update() if locked else query):
                if row.status in IN_HAND and (row.lease_until or 0) > now:
                    raise TryAgainLater(
                        "a worker has a message to them in hand at the moment; nothing was erased",
                        "try again in a minute, or wait for it with --wait",
                    )


def _hide_sends(
    connection: Connection, ids: Sequence[str], nobody: str, of_enrollments: Drawn, now: int
) -> None:
    rows: list[dict[str, Any]] = []
    for some in in_parts(ids):
        columns = sends.c
        query = select(columns.id, columns.enrollment, columns.status, columns.settled_at)
        for row in connection.execute(query.where(columns.contact.in_(some))):
            enrollment = of_enrollments.get(row.enrollment) or str(uuid.uuid4())
            told = _nameless("sends", nobody, enrollment) | {"key": row.id}
            told |= {"status": row.status, "settled_at": row.settled_at}
            if row.status in _STILL_TO_GO:
                told |= {"status": SendStatus.CANCELLED, "settled_at": now}
            elif row.status == SendStatus.SENDING:
                told |= {"status": SendStatus.UNKNOWN, "settled_at": now}
            rows.append(told | {"lease_until": None, "hold_until": None})
    _hide(connection, sends, "id", rows)


def _hide_enrollments(
    connection: Connection, ids: Sequence[str], nobody: str, drawn: Drawn, now: int
) -> None:
    rows: list[dict[str, Any]] = []
    for some in in_parts(ids):
        columns = enrollments.c
        query = select(columns.id, columns.status, columns.due_at, columns.ended_at)
        for row in connection.execute(query.where(columns.contact.in_(some))):
            told = _nameless("enrollments", nobody, drawn[row.id]) | {
                "key": row.id,
                "id": drawn[row.id],
            }
            is_over = row.status not in (Standing.ACTIVE, Standing.WAITING)
            told |= {"status": row.status, "due_at": row.due_at, "ended_at": row.ended_at}
            if not is_over:
                told |= {"status": Standing.LEFT, "due_at": None, "ended_at": now}
            rows.append(told)
    _hide(connection, enrollments, "id", rows)


def _nameless(table: str, nobody: str, enrollment: str) -> dict[str, Any]:
    """What stands in the personal columns of a row that is made nameless."""
    values: Mapping[To, Callable[[], Any]] = {
        To.NOTHING: lambda: None,
        To.NOBODY: lambda: nobody,
        To.DRAWN: lambda: str(uuid.uuid4()),
        To.ITS_ENROLLMENT: lambda: enrollment,
        To.ERASED: lambda: REASON,
        To.NO_OBJECT: lambda: "{}",
    }
    personal = BY_TABLE[table].personal
    return {column: values[to]() for column, to in personal.items() if to is not None}


def _hide(connection: Connection, table: Table, by: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write over the row of each `key`."""
    if rows:
        names = [name for name in rows[0] if name != "key"]
        change = update(table).where(table.c[by] == bindparam("_key"))
        values = [{"_key": row["key"]} | {f"_{name}": row[name] for name in names} for row in rows]
        connection.execute(change.values({name: bindparam(f"_{name}") for name in names}), values)


def _hide_events(connection: Connection, ids: Sequence[str], nobody: str) -> None:
    """Keep what reports count, of nobody; the rest goes."""
    kept = []
    for some in in_parts(ids):
        columns = events.c
        query = select(columns.number, columns.event, columns.properties)
        for row in connection.execute(query.where(columns.contact.in_(some))):
            if is_counted(row.event):
                kept.append(
                    {"key": row.number, "contact": nobody, "source_id": None}
                    | {"properties": nameless_properties(row.properties)}
                )
    _hide(connection, events, "number", kept)
    _delete(connection, events, "contact", ids)


def is_counted(event: str) -> bool:
    """Whether an event stays when it is nobody's any more."""
    return event in MOVES or event.rpartition("_")[2] in COUNTED


def nameless_properties(properties: str) -> str:
    """The properties (JSON) of such an event that say nothing of anybody."""
    told = json.loads(properties)
    return json.dumps({name: told[name] for name in told if name in NAMELESS_PROPERTIES})


def _hide_suppressions(
    connection: Connection, subject: Subject, now: int, by: str, erasure: str
) -> None:
    """Keep their addresses by keyed hashes alone; what `erasure` adds, letting them back in takes away."""
    columns = suppressions.c
    for address in dict.fromkeys(map(address_key, subject.own_addresses)):
        suppress_hash(connection, Suppression(address, REASON, by, now, send=erasure))
    keys = suppression_keys(connection, subject)
    for some in in_parts(keys):
        rows = connection.execute(
            select(columns.number, columns.reason).where(columns.address_key.in_(some))
        )
        for row in rows.all():
            if any(text.casefold() in row.reason.casefold() for text in subject.texts):
                change = update(suppressions).where(columns.number == row.number)
                connection.execute(change.values(reason=OPTED_OUT))
    _hide_dialled(connection, subject)


def _hide_dialled(connection: Connection, subject: Subject) -> None:
    """Entries of a number of theirs as it is dialled at home go: the hash of the whole number says the same."""
    for address in subject.own_addresses:
        dialled = [key for key in covering_keys(address) if not key.startswith("@")]
        for some in in_parts(dialled):
            connection.execute(delete(suppressions).where(suppressions.c.address_key.in_(some)))


def _delete(connection: Connection, table: Table, column: str, values: Sequence[str]) -> None:
    for some in in_parts(values):
        connection.execute(delete(table).where(table.c[column].in_(some)))


def _enrollments_of(connection: Connection, contacts: Sequence[str]) -> list[str]:
    ids: list[str] = []
    for some in in_parts(contacts):
        query = select(enrollments.c.id).where(enrollments.c.contact.in_(some))
        ids += connection.execute(query).scalars()
    return ids


def lift_hashes(connection: Connection, erasures: Sequence[str]) -> int:
    """Let addresses be written to again that were suppressed only because of these erasures; how many that were."""
    theirs = suppressions.c.send.in_(erasures) & (suppressions.c.reason == REASON)
    return connection.execute(delete(suppressions).where(theirs)).rowcount
