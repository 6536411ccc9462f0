"""Addresses that must not be written to, for all mail or for one topic, and why.

An entry is an address, or covers some by their domain or by a hash: `mactl.store.covering`.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Row, delete, func, literal, select, union_all

from mactl.store.covering import (
    Hashing,
    covering_keys,
    hash_key,
    hash_keys,
    told_of,
)
from mactl.store.tables import meta, suppressions
from mactl.store.upsert import insert_into

if TYPE_CHECKING:
    import pandas as pd

ALL_MAIL = ""
"""The topic of a suppression that holds for all mail."""
_BATCH = 1_000  # keys asked for at a time
_BETWEEN_DIGITS = re.compile(r"[\s().-]+")


@dataclass(frozen=True, slots=True)
class Suppression:
    """One entry; `at` is in epoch seconds, `send` what it came of, if anything."""

    address: str
    """An address, or the key of an entry that covers some."""
    reason: str
    source: str
    at: int
    topic: str = ALL_MAIL
    send: str | None = None


def address_key(address: str) -> str:
    """`address` as it is compared: regardless of case, of how its accents are composed, and of whether the domain is
    written in letters or in its ASCII form (RFC 3492); one without a domain regardless of spaces, dashes, dots and
    brackets. The key of an entry is its own."""
    if "@" not in address:
        return _BETWEEN_DIGITS.sub("", address).casefold()
    local, at, domain = unicodedata.normalize("NFC", address.strip()).rpartition("@")
    labels = [_in_letters(label) for label in domain.removesuffix(".").split(".")]
    return unicodedata.normalize("NFC", f"{local}{at}{'.'.join(labels)}".casefold())


def add_suppressions(connection: Connection, entries: Iterable[Suppression]) -> int:
    """Suppresses the addresses; returns how many were new. One already there for its topic stays as it was.

    The address of somebody who was erased is kept by its keyed hash alone.
    """
    entries = _without_erased(connection, list(entries))
    rows = [
        {
            "address_key": address_key(entry.address),
            "topic": entry.topic,
            "reason": one_line(entry.reason),
            "source": one_line(entry.source),
            "at": entry.at,
            "send": entry.send,
        }
        for entry in entries
    ]
    if not rows:
        return 0
    adding = insert_into(connection, suppressions).on_conflict_do_nothing()
    return connection.execute(adding, rows, execution_options={"preserve_rowcount": True}).rowcount


def _without_erased(connection: Connection, entries: list[Suppression]) -> list[Suppression]:
    """`entries`, with the keyed hash in place of each address that was somebody's who was erased."""
    from mactl.store.erasures import erased_addresses  # it builds on this

    keys = {entry.address: address_key(entry.address) for entry in entries}
    erased = erased_addresses(connection, dict.fromkeys(keys.values())) if keys else set()
    if not erased:
        return entries
    secret = _secret(connection)
    return [
        replace(entry, address=hash_key(Hashing.KEYED, key, secret), reason=_anonymous(entry))
        if (key := keys[entry.address]) in erased
        else entry
        for entry in entries
    ]


def _anonymous(entry: Suppression) -> str:
    """The reason, unless it may say whose the address is."""
    return "opted out" if "@" in entry.reason or entry.address in entry.reason else entry.reason


def suppress_hash(connection: Connection, entry: Suppression) -> int:
    """Suppresses the address by its keyed hash alone, so that it stands nowhere in the list; returns how many are new.

    What the list says of the address already, in letters or by a hash that others can try out, becomes such an entry
    too, with its own topic, reason and instant but no send.
    """
    key = address_key(entry.address)
    secret = _secret(connection)
    hidden = hash_key(Hashing.KEYED, key, secret)
    known = [key, *(k for k in hash_keys(key, secret) if k != hidden)]
    columns = suppressions.c
    query = select(columns.topic, columns.reason, columns.source, columns.at)
    rows = connection.execute(
        query.where(columns.address_key.in_(known)).order_by(columns.number)
    ).all()
    connection.execute(delete(suppressions).where(columns.address_key.in_(known)))
    kept = [Suppression(hidden, row.reason, row.source, row.at, row.topic) for row in rows]
    asked = replace(entry, address=hidden)
    add_suppressions(connection, kept)
    is_known = any(row.topic == entry.topic for row in rows)
    return add_suppressions(connection, [asked]) if not is_known else 0


def remove_suppression(connection: Connection, address: str, topic: str | None = None) -> int:
    """Lifts the suppression of `address` for `topic` (`ALL_MAIL` is one), or every one of them; returns how many.

    Of an address those go too that hide it by a hash; an entry for its domain stays. `address` may be the key of an
    entry.
    """
    key = address_key(address)
    keys = [key]
    if "@" in key and not key.startswith("@"):
        keys += hash_keys(key, _secret(connection))
    query = delete(suppressions).where(suppressions.c.address_key.in_(keys))
    if topic is not None:
        query = query.where(suppressions.c.topic == topic)
    return connection.execute(query).rowcount


def read_suppressions(connection: Connection) -> "pd.DataFrame":
    """address_key, topic, reason, source, at, send of every suppression, oldest first."""
    from mactl.store.frames import read_frame  # who sends needs no tables

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


def read_covering(connection: Connection, *keys: "pd.Series[str]") -> "pd.DataFrame":
    """address_key, topic, reason of all that is suppressed among `keys`, columns of address keys with null for none.

    An address comes once for each topic; those with an entry of their own are there whether asked for or not.
    """
    from mactl.store.covered import cover

    return cover(read_suppressions(connection), keys, _secret(connection))


def find_suppressions(
    connection: Connection, address_keys: Collection[str]
) -> dict[str, dict[str, str]]:
    """Address key → topic → reason, of those of `address_keys` that are suppressed in any way.

    The reason is that of the entry of the address itself, else of one that hides it, else of its nearest domain; the
    last two name their entry: `rival (@rival.example)`.
    """
    covering = {key: [key, *covering_keys(key)] for key in address_keys}
    rows, hashings = _find(connection, covering.values())
    if hashings:
        secret = _secret(connection)
        hashes = {key: hash_keys(key, secret, hashings) for key in address_keys}
        rows += _find(connection, hashes.values())[0]
        covering = {k: [k, *hashes[k], *keys[1:]] for k, keys in covering.items()}
    entries = _by_key(rows)
    found: dict[str, dict[str, str]] = {}
    for address, keys in covering.items():
        for key in keys:
            for topic, reason in entries.get(key, {}).items():
                told = reason if key == address else f"{reason} ({told_of(key)})"
                found.setdefault(address, {}).setdefault(topic, told)
    return found


def find_entries(connection: Connection, keys: Collection[str]) -> dict[str, dict[str, str]]:
    """Key → topic → reason, of those of `keys` that have an entry of their own; what else covers them is left out."""
    return _by_key(_find(connection, [keys])[0])


_Found = Row[tuple[str | None, str, str, int]]
_NOT_ASKED = -1
"""Beside an entry that was looked for by its key."""


def _find(
    connection: Connection, keys: Iterable[Collection[str]]
) -> tuple[list[_Found], set[Hashing]]:
    """address_key, topic, reason of the entries with one of `keys`; and in which ways any entry hides its address."""
    columns = suppressions.c
    query = select(columns.address_key, columns.topic, columns.reason, literal(_NOT_ASKED))
    # Asked together with the rest, since each question to a server takes a round trip.
    hidden = [
        select(func.min(columns.address_key), literal(""), literal(""), literal(number)).where(
            columns.address_key > f"{how}:", columns.address_key < f"{how};"
        )
        for number, how in enumerate(Hashing)
    ]
    asked = list(dict.fromkeys(key for some in keys for key in some))
    rows: list[_Found] = []
    hashings: set[Hashing] = set()
    for first in range(0, len(asked), _BATCH):
        some = asked[first : first + _BATCH]
        found = query.where(columns.address_key.in_(some))
        for row in connection.execute(union_all(found, *hidden)):
            key, _, _, number = row
            if number == _NOT_ASKED:
                rows.append(row)
            elif key is not None:
                hashings.add(tuple(Hashing)[number])
    return rows, hashings


def _by_key(rows: Sequence[_Found]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for row in rows:
        found.setdefault(str(row.address_key), {})[row.topic] = row.reason
    return found


def _secret(connection: Connection) -> bytes:
    value = connection.execute(select(meta.c.value).where(meta.c.name == "secret")).scalar_one()
    return bytes.fromhex(value)


def one_line(text: str) -> str:
    """`text` on one line, with nothing in it that can't be seen: what is kept is what an export can tell."""
    if text.isprintable() and "  " not in text and text == text.strip():
        return text or _UNTOLD
    seen = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(seen.split()) or _UNTOLD


_UNTOLD = "not told"


def _in_letters(label: str) -> str:
    """A label of a domain in letters, where it is written in ASCII (`xn--…`) and can be read."""
    if not label.lower().startswith("xn--"):
        return label
    try:
        letters = label[4:].encode("ascii").decode("punycode")
    except UnicodeError:
        return label
    return label if letters.isascii() else letters
