"""The ledger of consents in the state: added to, read, erased, verified; `mactl.consent.chain` says how it is chained.

Whoever adds or erases does it in a transaction that alone writes (`State.writing`).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from os import urandom
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Select, and_, case, delete, select, update

from mactl.consent.chain import (
    KEY_BYTES,
    Fault,
    Head,
    Verifying,
    commit,
    commit_erasure,
    erasure_content,
    first_link,
    link,
)
from mactl.consent.entry import ALL_TOPICS, CONTENT, PROOFS, Entry, Said, contents_of
from mactl.store.meta import read_value, write_value
from mactl.store.tables import consent_keys, consents, contacts, wordings
from mactl.store.upsert import insert_into

if TYPE_CHECKING:
    import pyarrow as pa

_HEAD = "consents"
"""The row of `meta` with the head of the chain."""
_BATCH = 1_000  # contacts asked for at a time
_ROWS = 10_000  # held as Python values at a time

T = TypeVar("T")


def read_head(connection: Connection) -> Head:
    """Where the ledger ends; `number` 0 and no link where it is empty."""
    number, link, erased = (read_value(connection, _HEAD) or "0::0").split(":")
    return Head(int(number), link, int(erased))


def append_consents(connection: Connection, entries: Iterable[Entry]) -> int:
    """Adds entries to the ledger in their order; how many they were."""
    return append_rows(connection, ([getattr(e, name) for name in CONTENT] for e in entries))


@dataclass(frozen=True, eq=False)
class NewConsents:
    """Entries that the ledger is to have: a table with the columns of `CONTENT`, and the words that they name."""

    entries: "pa.Table"
    wordings: Mapping[str, str]
    """Hash → text."""

    def __len__(self) -> int:
        return int(self.entries.num_rows)


def add_consents(connection: Connection, new: NewConsents) -> int:
    """Adds whole columns of entries, and the words that they name; how many entries they were."""
    keep_wordings(connection, new.wordings)
    columns = new.entries.select(list(CONTENT))
    rows = (
        row
        for part in columns.to_batches(max_chunksize=_ROWS)
        for row in zip(*(part.column(name).to_pylist() for name in CONTENT), strict=True)
    )
    return append_rows(connection, rows)


def append_rows(connection: Connection, rows: Iterable[Sequence[Any]]) -> int:
    """Adds entries to the ledger, rows of the values of `CONTENT`, some at a time; how many they were."""
    head = read_head(connection)
    previous, number = head.link or _first_of(connection), head.number
    add = insert_into(connection, consents)
    statement = str(add.compile(dialect=connection.dialect, column_keys=_COLUMNS))
    for some in _in_parts(rows, _ROWS):
        keys = _keys_of(connection, {row[0] for row in some})
        contents = contents_of([[n, *row] for n, row in enumerate(some, number + 1)])
        chained = []
        for row, content in zip(some, contents, strict=True):
            number += 1
            commitment = commit(keys[row[0]], content)
            previous = link(number, previous, commitment)
            chained.append((number, commitment, previous, *row))
        _insert(connection, statement, chained)
    if number > head.number:
        _write_head(connection, Head(number, previous, head.erased))
    return number - head.number


_COLUMNS = ["number", "commitment", "link", *CONTENT]


def _insert(connection: Connection, statement: str, rows: list[tuple[Any, ...]]) -> None:
    # Bound by hand, as in `mactl.store.frames`.
    is_named = connection.dialect.paramstyle in ("pyformat", "named")
    values: Any = [dict(zip(_COLUMNS, row, strict=True)) for row in rows] if is_named else rows
    connection.exec_driver_sql(statement, values)


def keep_wordings(connection: Connection, texts: Mapping[str, str]) -> None:
    """Keeps words that people consented to, by their `wording_hash`."""
    add = insert_into(connection, wordings).on_conflict_do_nothing()
    for some in _in_parts(texts.items(), _ROWS):
        connection.execute(add, [{"hash": hash, "text": text} for hash, text in some])


def read_wordings(connection: Connection, hashes: Iterable[str]) -> dict[str, str]:
    """Hash → the words, of those that are kept."""
    found: dict[str, str] = {}
    for some in _in_parts(dict.fromkeys(hashes), _BATCH):
        query = select(wordings.c.hash, wordings.c.text).where(wordings.c.hash.in_(some))
        found |= {row.hash: row.text for row in connection.execute(query)}
    return found


def read_consents(
    connection: Connection, contact: str | None = None, topic: str | None = None
) -> list[dict[str, Any]]:
    """`number` and `CONTENT` of the entries about a contact (all that it was merged from too), or everybody's, in the
    order in which they were entered; erased ones are not there. With `topic` also those of all marketing."""
    which = []
    if contact is not None:
        which.append(consents.c.contact.in_(ids_of(connection, contact)))
    if topic is not None:
        which.append(consents.c.topic.in_([topic, ALL_TOPICS]))
    return find_entries_by(connection, *which)


def find_entries_by(
    connection: Connection, *which: ColumnElement[bool], newest: int | None = None
) -> list[dict[str, Any]]:
    """`number` and `CONTENT` of the entries that are not erased, in their order; the `newest` so many of them."""
    columns = [consents.c.number, *(consents.c[name] for name in CONTENT)]
    query = select(*columns).where(consents.c.contact.is_not(None), *which)
    query = query.order_by(consents.c.number.desc()).limit(newest)
    return [dict(row) for row in connection.execute(query).mappings()][::-1]


def ids_of(connection: Connection, contact: str) -> list[str]:
    """The ids under which the state may know a contact: its own, and of those that turned out to be it."""
    found, fresh = {contact: None}, [contact]
    while fresh:
        query = select(contacts.c.id).where(contacts.c.merged_into.in_(fresh))
        fresh = [id for id in connection.execute(query).scalars() if id not in found]
        found |= dict.fromkeys(fresh)
    return list(found)


def erase_consents(connection: Connection, contact: str, now: int, by: str) -> int:
    """Deletes what the ledger holds of a contact, and of all that was merged into it; how many entries that were.

    Their commitments and links stay, and an entry without anybody tells how many there were: `verify_consents` finds
    nothing wrong. Words that nobody else consented to go as well. In files of SQLite the deleted bytes stay in free
    pages until those are overwritten: whoever erases vacuums. `by` is the command, `now` in epoch seconds.
    """
    ids = ids_of(connection, contact)
    theirs = consents.c.contact.in_(ids)
    shown = select(consents.c.wording).where(theirs, consents.c.wording.is_not(None)).distinct()
    words = list(connection.execute(shown).scalars())
    empty = update(consents).where(theirs).values(dict.fromkeys(CONTENT))
    count = connection.execute(empty).rowcount
    connection.execute(delete(consent_keys).where(consent_keys.c.contact.in_(ids)))
    for some in _in_parts(words, _BATCH):
        others = select(consents.c.wording).where(consents.c.wording.in_(some))
        unused = and_(wordings.c.hash.in_(some), wordings.c.hash.not_in(others))
        connection.execute(delete(wordings).where(unused))
    if count:
        _tell_erasure(connection, count, now, by)
    return count


def _tell_erasure(connection: Connection, count: int, now: int, by: str) -> None:
    head = read_head(connection)
    number = head.number + 1
    commitment = commit_erasure(erasure_content(number, count, now, by))
    after = link(number, head.link, commitment)
    row = {"number": number, "commitment": commitment, "link": after, "erased": count}
    said = {"state": str(Said.ERASED), "recorded_at": now, "recorded_by": by}
    connection.execute(insert_into(connection, consents).values(**row, **said))
    _write_head(connection, Head(number, after, head.erased + count))


def verify_consents(
    connection: Connection, seen: Iterable[Head] = ()
) -> tuple[Verifying, Iterator[Fault]]:
    """A look along the whole chain, and what is wrong with it as it goes; heads `seen` before must lie on it."""
    state = read_value(connection, "id") or ""
    look = Verifying(state, read_head(connection), _key_reader(connection))
    return look, _faults(connection, look, list(seen))


def _faults(connection: Connection, look: Verifying, seen: Sequence[Head]) -> Iterator[Fault]:
    columns = [consents.c[name] for name in ("number", "commitment", "link", "erased", *CONTENT)]
    parts = _rows_of(connection, select(*columns).order_by(consents.c.number))
    yield from look.faults(parts, [head.number for head in seen])
    for head in seen:
        if look.links.get(head.number) != head.link:
            what = f"it is not the {head.link[:16]}… that was seen before"
            if head.number > look.count:
                what = f"{head.number} entries were seen before, and there are {look.count}"
            yield Fault(head.number, what)


def _rows_of(connection: Connection, query: Select[Any]) -> Iterator[Sequence[Any]]:
    """The rows of `query`, some at a time, without what SQLAlchemy puts around each."""
    is_streamed = connection.dialect.name != "sqlite"  # of a file the driver reads as it goes
    with connection.execute(query, execution_options={"stream_results": is_streamed}) as result:
        fetch = result.fetchmany if is_streamed else result.cursor.fetchmany
        while some := fetch(_ROWS):
            yield some


def _key_reader(connection: Connection) -> Callable[[str], bytes | None]:
    query = select(consent_keys.c.contact, consent_keys.c.key)
    keys = {c: bytes(key) for some in _rows_of(connection, query) for c, key in some}
    return keys.get


def _keys_of(connection: Connection, asked: set[str]) -> Mapping[str, bytes]:
    """The key of each contact, made where there is none yet."""
    keys: dict[str, bytes] = {}
    query = select(consent_keys.c.contact, consent_keys.c.key)
    for some in _in_parts(asked, _BATCH):
        found = connection.execute(query.where(consent_keys.c.contact.in_(some)))
        keys |= {contact: bytes(key) for contact, key in found}
    fresh = sorted(asked - keys.keys())
    made = urandom(KEY_BYTES * len(fresh))
    new = {c: made[KEY_BYTES * n : KEY_BYTES * (n + 1)] for n, c in enumerate(fresh)}
    if new:
        add = insert_into(connection, consent_keys)
        connection.execute(add, [{"contact": contact, "key": key} for contact, key in new.items()])
    return keys | new


def _first_of(connection: Connection) -> str:
    return first_link(read_value(connection, "id") or "")


def _write_head(connection: Connection, head: Head) -> None:
    write_value(connection, _HEAD, f"{head.number}:{head.link}:{head.erased}")


def read_ledger(connection: Connection) -> "pa.Table":
    """Every entry that counts, as rules and imports look at it: number, contact, topic, state, at, source, wording,
    channels, origin, and whether there is proof: free, specific, informed, unambiguous, and complete (of all, with
    when and where); see `mactl.consent.ledger`."""
    import pyarrow as pa

    from mactl.consent.ledger import SCHEMA  # who sends needs no tables

    columns = consents.c
    has = [columns[name].is_not(None) for name in PROOFS]
    known = [columns.at.is_not(None), columns.source.is_not(None)]
    query = (
        select(
            columns.number, columns.contact, columns.topic, columns.state, columns.at,
            columns.source, columns.wording, columns.file, columns.channels, columns.origin, columns.corrects,
            *(case((one, 1), else_=0).label(name) for name, one in zip(PROOFS, has, strict=True)),
            case((and_(*has, *known), 1), else_=0).label("complete"),
        )
        .where(columns.contact.is_not(None))
        .order_by(columns.number)
    )  # fmt: skip
    batches = []
    for some in _rows_of(connection, query):
        cells = zip(*some, strict=True)
        arrays = [_array(values, one.type) for values, one in zip(cells, SCHEMA, strict=True)]
        batches.append(pa.record_batch(arrays, schema=SCHEMA))
    return pa.Table.from_batches(batches, schema=SCHEMA)


def _array(values: Sequence[Any], type_: "pa.DataType") -> "pa.Array":
    import pyarrow as pa

    if pa.types.is_boolean(type_):
        return pa.array(values, pa.int8()).cast(type_)
    return pa.array(values, type_)


def _in_parts(values: Iterable[T], size: int) -> Iterator[list[T]]:
    """`values`, so many at a time."""
    left = iter(values)
    while some := list(islice(left, size)):
        yield some
