"""Syncs: what other systems were told of contacts, and what they are being told.

A sync decides once what it tells, in batches with an id each, and writes them down before the first goes out. A batch
that may have gone out goes again, under the same id and word for word. When the last one is through, what was told is
kept, and the batches are forgotten.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, delete, select, update

from mactl.store.tables import sync_batches, syncs
from mactl.store.upsert import insert_into

QUEUED, SENT = "queued", "sent"
_SCHEMA = pa.schema([("contact", pa.string()), ("key", pa.string()), ("mark", pa.int64())])

Told = Mapping[str, tuple[str, int] | None]
"""Contact → its key and what tells this from anything else that could be told of it; None where it is gone."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What is told in one go."""

    id: str
    body: str
    """JSON."""
    told: Told


def read_synced(connection: Connection, name: str) -> pa.Table:
    """contact, key, mark of everybody whom the sync has told of."""
    data = connection.execute(select(syncs.c.data).where(syncs.c.name == name)).scalar()
    if data is None:
        return _SCHEMA.empty_table()
    table: pa.Table = pa.ipc.open_stream(data).read_all()
    return table


def add_batches(connection: Connection, name: str, batches: Sequence[Batch]) -> None:
    """Write down what is to be told, after what is there."""
    add = insert_into(connection, sync_batches).on_conflict_do_nothing()
    last = connection.execute(
        select(sync_batches.c.number)
        .where(sync_batches.c.sync == name)
        .order_by(sync_batches.c.number.desc())
        .limit(1)
    ).scalar()
    rows = [
        {
            "id": batch.id,
            "sync": name,
            "number": number,
            "status": QUEUED,
            "body": batch.body,
            "told": json.dumps(batch.told),
        }
        for number, batch in enumerate(batches, (last or 0) + 1)
    ]
    if rows:
        connection.execute(add, rows)


def waiting_batches(connection: Connection, name: str) -> list[str]:
    """The ids of the batches that nobody has taken yet, in their order."""
    columns = sync_batches.c
    query = select(columns.id).where(columns.sync == name, columns.status == QUEUED)
    return list(connection.execute(query.order_by(columns.number)).scalars())


def read_batch(connection: Connection, id: str) -> Batch:
    """The batch called `id`."""
    columns = sync_batches.c
    row = connection.execute(select(columns.body, columns.told).where(columns.id == id)).one()
    return Batch(id, row.body, _told(row.told))


def _told(text: str) -> Told:
    found = json.loads(text)
    return {
        contact: None if told is None else (told[0], told[1]) for contact, told in found.items()
    }


def settle_batch(connection: Connection, id: str) -> None:
    """The batch was taken: nothing of what it said is kept, only that it was told."""
    connection.execute(
        update(sync_batches).where(sync_batches.c.id == id).values(status=SENT, body="")
    )


def drop_batch(connection: Connection, id: str) -> None:
    """The batch was refused for good: whom it told of is told of anew."""
    connection.execute(delete(sync_batches).where(sync_batches.c.id == id))


def fold(connection: Connection, name: str, at: int) -> None:
    """Keep what was told in the batches that were taken, and forget them."""
    columns = sync_batches.c
    mine = (columns.sync == name, columns.status == SENT)
    rows = connection.execute(select(columns.told).where(*mine).order_by(columns.number)).scalars()
    told: dict[str, tuple[str, int] | None] = {}
    for text in rows:
        told |= _told(text)
    if told:
        before = read_synced(connection, name)
        others = pc.invert(pc.is_in(before.column("contact"), value_set=pa.array(list(told))))
        found = [(c, *each) for c, each in told.items() if each is not None]
        contacts, keys, marks = zip(*found, strict=True) if found else ((), (), ())
        new = pa.table([list(contacts), list(keys), list(marks)], schema=_SCHEMA)
        _write(connection, name, pa.concat_tables([before.filter(others), new]), at)
    connection.execute(delete(sync_batches).where(*mine))


def _write(connection: Connection, name: str, table: pa.Table, at: int) -> None:
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with pa.ipc.new_stream(sink, _SCHEMA, options=options) as stream:
        stream.write_table(table)
    values = {"name": name, "at": at, "data": sink.getvalue().to_pybytes()}
    add = insert_into(connection, syncs).values(values)
    connection.execute(
        add.on_conflict_do_update(
            index_elements=[syncs.c.name], set_={"at": at, "data": add.excluded.data}
        )
    )


def forget_synced(connection: Connection, contacts: Collection[str], at: int) -> int:
    """Forget what other systems were told of these contacts; how many lines that were.

    A batch that tells of one and is not through yet is forgotten whole: the others in it are told of anew.
    """
    gone = pa.array(list(contacts), pa.string())
    count = 0
    for name in list(connection.execute(select(syncs.c.name)).scalars()):
        table = read_synced(connection, name)
        theirs = pc.is_in(table.column("contact"), value_set=gone)
        found = pc.sum(theirs).as_py() or 0
        if found:
            _write(connection, name, table.filter(pc.invert(theirs)), at)
            count += found
    for id, told in _each_told(connection):
        if told.keys() & set(contacts):
            drop_batch(connection, id)
            count += 1
    return count


def _each_told(connection: Connection) -> Iterator[tuple[str, Told]]:
    rows = connection.execute(select(sync_batches.c.id, sync_batches.c.told)).all()
    for row in rows:
        yield row.id, _told(row.told)
