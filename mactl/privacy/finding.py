"""What the state holds of somebody: the rows of each table, found as `holdings` says."""

import json
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, Table, func, or_, select

from mactl.privacy.holdings import HOLDINGS, Becomes
from mactl.privacy.subject import Subject
from mactl.store import tables
from mactl.store.covering import hash_keys
from mactl.store.meta import read_value
from mactl.store.snapshots import read_snapshots
from mactl.store.suppressions import address_key
from mactl.store.syncs import read_synced
from mactl.store.tables import metadata

_BATCH = 500


def find_rows(connection: Connection, subject: Subject) -> dict[str, list[dict[str, Any]]]:
    """Table → its rows about `subject`, whole, in the order of their keys; those that are packed are told by name."""
    found: dict[str, list[dict[str, Any]]] = {}
    enrollments = _ids(connection, tables.enrollments, "contact", subject.ids)
    for holding in HOLDINGS:
        table = metadata.tables[holding.table]
        if holding.becomes is Becomes.KEPT:
            continue
        if holding.table == "suppressions":
            rows = _rows(connection, table, "address_key", suppression_keys(connection, subject))
        elif holding.by == "enrollment":
            rows = _rows(connection, table, "enrollment", enrollments)
        elif holding.by is not None:
            rows = _rows(connection, table, holding.by, subject.ids)
        else:
            rows = _PACKED[holding.table](connection, subject)
        found[holding.table] = rows
    return found


def count_rows(connection: Connection, subject: Subject) -> dict[str, int]:
    """Table → how many rows of it are about `subject`; without those that have none."""
    found = find_rows(connection, subject)
    return {name: len(rows) for name, rows in found.items() if rows}


def suppression_keys(connection: Connection, subject: Subject) -> list[str]:
    """The keys of all entries that name one of their addresses, in letters or by a hash."""
    secret = bytes.fromhex(read_value(connection, "secret") or "")
    keys = [address_key(address) for address in subject.own_addresses]
    return [*keys, *(hidden for key in keys for hidden in hash_keys(key, secret))]


def find_recipients(connection: Connection, subject: Subject) -> list[str]:
    """Who else was told of them (GDPR Article 19): syncs, webhooks, files and colleagues."""
    columns = tables.actions.c
    told: dict[str, None] = {}
    for some in in_parts(subject.ids):
        query = select(columns.kind, columns.target).where(
            columns.contact.in_(some), columns.status.in_(("sent", "unknown"))
        )
        for kind, target in connection.execute(query.distinct().order_by(columns.kind)):
            told[f"{kind} {target}"] = None
        channels = select(tables.sends.c.channel).where(
            tables.sends.c.contact.in_(some), tables.sends.c.channel != tables.EMAIL
        )
        told |= {
            f"channel {name}": None for name in connection.execute(channels.distinct()).scalars()
        }
    for name in _syncs_of(connection, subject):
        told[f"sync {name}"] = None
    return list(told)


def _syncs_of(connection: Connection, subject: Subject) -> list[str]:
    wanted = pa.array(list(subject.ids), pa.string())
    names = connection.execute(select(tables.syncs.c.name).order_by(tables.syncs.c.name)).scalars()
    return [
        name
        for name in names.all()
        if pc.any(
            pc.is_in(read_synced(connection, name).column("contact"), value_set=wanted)
        ).as_py()
    ]


def _rows(
    connection: Connection, table: Table, column: str, values: Sequence[str]
) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for some in in_parts(values):
        query = select(table).where(table.c[column].in_(some)).order_by(*table.primary_key)
        rows += [dict(row) for row in connection.execute(query).mappings()]
    return rows


def _ids(connection: Connection, table: Table, column: str, values: Sequence[str]) -> list[str]:
    ids: list[str] = []
    for some in in_parts(values):
        ids += connection.execute(select(table.c.id).where(table.c[column].in_(some))).scalars()
    return ids


def in_parts(values: Sequence[str]) -> list[Sequence[str]]:
    """`values`, as many at a time as a query may name."""
    return [values[first : first + _BATCH] for first in range(0, len(values), _BATCH)]


def _in_snapshots(connection: Connection, subject: Subject) -> list[dict[str, Any]]:
    if (
        not subject.ids
        or not connection.execute(select(func.count()).select_from(tables.snapshots)).scalar()
    ):
        return []
    seen = read_snapshots(connection)
    values = seen.standing_of(subject.ids)
    return [{"name": name, "value": value} for name, value in values.items()]


def _in_decisions(connection: Connection, subject: Subject) -> list[dict[str, Any]]:
    """Without the keys of the other: they are somebody else's where the two were parted."""
    columns = tables.identity_decisions.c
    found: dict[int, dict[str, Any]] = {}
    for some in in_parts(subject.ids):
        query = select(
            columns.number,
            columns.kind,
            columns.at,
            columns.why,
            columns.undone_at,
            columns.undone_why,
        ).where(or_(columns.contact.in_(some), columns.other.in_(some)))
        found |= {row["number"]: dict(row) for row in connection.execute(query).mappings()}
    return [found[number] for number in sorted(found)]


def _in_wordings(connection: Connection, subject: Subject) -> list[dict[str, Any]]:
    consents, wordings = tables.consents.c, tables.wordings
    rows: list[dict[str, Any]] = []
    for some in in_parts(subject.ids):
        shown = select(consents.wording).where(consents.contact.in_(some)).distinct()
        query = select(wordings).where(wordings.c.hash.in_(shown)).order_by(wordings.c.hash)
        rows += [dict(row) for row in connection.execute(query).mappings()]
    return rows


def _in_syncs(connection: Connection, subject: Subject) -> list[dict[str, Any]]:
    return [{"name": name} for name in _syncs_of(connection, subject)]


def _in_batches(connection: Connection, subject: Subject) -> list[dict[str, Any]]:
    columns = tables.sync_batches.c
    wanted = set(subject.ids)
    found = []
    for row in connection.execute(select(columns.id, columns.sync, columns.told)):
        if wanted & json.loads(row.told).keys():
            found.append({"id": row.id, "sync": row.sync})
    return found


_PACKED = {
    "identity_decisions": _in_decisions,
    "snapshots": _in_snapshots,
    "wordings": _in_wordings,
    "syncs": _in_syncs,
    "sync_batches": _in_batches,
}
