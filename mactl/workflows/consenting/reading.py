"""The ledger of consents as it was read last, where nothing was added to it or erased since."""

from collections.abc import Mapping
from hashlib import sha256

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection

from mactl.consent.chain import Head
from mactl.consent.ledger import SCHEMA, no_words
from mactl.people.cache import Cache, Entry
from mactl.store.consents import read_head, read_ledger

_KIND, _TABLE = "consents", "ledger"
_FORMAT = 1
_FEW = 10_000  # entries; so many are read as fast as a file is opened
_last: tuple[str, pa.Table] | None = None
"""What was read last in this process: a simulation asks every minute of its days."""


def read_kept_ledger(
    connection: Connection, state: str, cache: Cache | None, merges: Mapping[str, str]
) -> pa.Table:
    """The entries, of contacts as they are today: `merges` has those that turned out to be another.

    `state` is the state's id. Where there are many, they are kept in `cache`.
    """
    global _last
    head = read_head(connection)
    if not head.number:
        return no_words()
    key = sha256(f"{_FORMAT} {state} {head} {head.erased}".encode()).hexdigest()[:32]
    if _last is None or _last[0] != key:
        _last = key, _read(connection, head, key, cache)
    return _as_today(_last[1], merges)


def _read(connection: Connection, head: Head, key: str, cache: Cache | None) -> pa.Table:
    is_kept = cache is not None and head.number > _FEW
    entry = cache.load(_KIND, key) if cache is not None and is_kept else None
    if entry is not None and entry.tables.get(_TABLE, no_words()).schema == SCHEMA:
        return entry.tables[_TABLE]
    ledger = read_ledger(connection)
    if cache is not None and is_kept:
        cache.store(_KIND, key, Entry({_TABLE: ledger}, {}))
    return ledger


def _as_today(ledger: pa.Table, merges: Mapping[str, str]) -> pa.Table:
    if not merges:
        return ledger
    place = ledger.column_names.index("contact")
    contacts = ledger.column(place)
    known = pc.index_in(contacts, value_set=pa.array(list(merges), pa.string()))
    if known.null_count == len(known):
        return ledger
    today = pa.array(list(merges.values()), pa.string()).take(known.combine_chunks())
    return ledger.set_column(
        place, SCHEMA.field(place), pc.coalesce(today, contacts.combine_chunks())
    )
