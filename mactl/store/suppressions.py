"""Addresses that must not be written to, for all mail or for one topic, and why."""

import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass

import pandas as pd
from sqlalchemy import Connection, delete, select

from mactl.store.frames import read_frame
from mactl.store.tables import suppressions
from mactl.store.upsert import insert_into

ALL_MAIL = ""
"""The topic of a suppression that holds for all mail."""
_BATCH = 1_000  # addresses asked for at a time


@dataclass(frozen=True, slots=True)
class Suppression:
    """One address that must not be written to; `at` is in epoch seconds, `send` what it came of, if anything."""

    address: str
    reason: str
    source: str
    at: int
    topic: str = ALL_MAIL
    send: str | None = None


def address_key(address: str) -> str:
    """`address` as it is compared: regardless of case, of how its accents are composed, and of whether the domain is
    written in letters or in its ASCII form (RFC 3492)."""
    local, at, domain = unicodedata.normalize("NFC", address.strip()).rpartition("@")
    labels = [_in_letters(label) for label in domain.removesuffix(".").split(".")]
    return unicodedata.normalize("NFC", f"{local}{at}{'.'.join(labels)}".casefold())


def add_suppressions(connection: Connection, entries: Iterable[Suppression]) -> int:
    """Suppresses the addresses; returns how many were new. One already there for its topic stays as it was."""
    rows = [
        {
            "address_key": address_key(entry.address),
            "topic": entry.topic,
            "reason": entry.reason,
            "source": entry.source,
            "at": entry.at,
            "send": entry.send,
        }
        for entry in entries
    ]
    if not rows:
        return 0
    adding = insert_into(connection, suppressions).on_conflict_do_nothing()
    return connection.execute(adding, rows, execution_options={"preserve_rowcount": True}).rowcount


def remove_suppression(connection: Connection, address: str, topic: str | None = None) -> int:
    """Lifts the suppression of `address` for `topic` (`ALL_MAIL` is one), or every one of them; returns how many."""
    query = delete(suppressions).where(suppressions.c.address_key == address_key(address))
    if topic is not None:
        query = query.where(suppressions.c.topic == topic)
    return connection.execute(query).rowcount


def read_suppressions(connection: Connection) -> pd.DataFrame:
    """address_key, topic, reason, source, at, send of every suppression, oldest first."""
    columns = suppressions.c
    query = select(
        columns.address_key,
        columns.topic,
        columns.reason,
        columns.source,
        columns.at,
        columns.send,
    )
    return read_frame(connection, query.order_by(columns.number))


def find_suppressions(
    connection: Connection, address_keys: Collection[str]
) -> dict[str, dict[str, str]]:
    """Address key → topic → reason, of those of `address_keys` that are suppressed in any way."""
    found: dict[str, dict[str, str]] = {}
    columns = suppressions.c
    query = select(columns.address_key, columns.topic, columns.reason)
    keys = list(address_keys)
    for first in range(0, len(keys), _BATCH):
        some = keys[first : first + _BATCH]
        for row in connection.execute(query.where(columns.address_key.in_(some))):
            found.setdefault(row.address_key, {})[row.topic] = row.reason
    return found


def _in_letters(label: str) -> str:
    """A label of a domain in letters, where it is written in ASCII (`xn--…`) and can be read."""
    if not label.lower().startswith("xn--"):
        return label
    try:
        letters = label[4:].encode("ascii").decode("punycode")
    except UnicodeError:
        return label
    return label if letters.isascii() else letters
