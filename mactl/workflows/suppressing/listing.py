"""The suppression list, as it is looked through and handed out."""

from dataclasses import dataclass

import pandas as pd
from sqlalchemy import ColumnElement, func, or_, select

from mactl.project import Project
from mactl.store.covering import (
    EntryKind,
    Hashing,
    covering_keys,
    hash_key,
    hash_keys,
    hashing_of,
    kind_of,
)
from mactl.store.frames import read_frame
from mactl.store.state import State
from mactl.store.suppressions import ALL_MAIL, address_key
from mactl.store.tables import suppressions
from mactl.workflows.opening import open_state


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries are meant; None for all."""

    about: str | None = None
    """A part of an address or a domain; of a whole address also what covers it."""
    topic: str | None = None
    """Those that hold for mail on this topic, the ones for all mail included."""
    reason: str | None = None
    """A part of the reason, regardless of case."""
    source: str | None = None
    """Where it came from: command, import, bounce …, or the beginning of it (`recipe`)."""


@dataclass(frozen=True, slots=True)
class Listed:
    """Some of the entries that were meant: address_key, topic ("" for all mail), reason, source, at (epoch seconds),
    oldest first; and how many there are in all."""

    entries: pd.DataFrame
    count: int


def list_suppressions(
    project: Project, wanted: Wanted, limit: int | None = None, offset: int = 0
) -> Listed:
    """At most `limit` (None: all) of the entries that are `wanted`, past the first `offset`."""
    columns = suppressions.c
    with (
        open_state(project) as state,
        state.reading() as connection,
    ):
        conditions = _conditions(wanted, state)
        query = select(
            columns.address_key, columns.topic, columns.reason, columns.source, columns.at
        )
        query = query.where(*conditions).order_by(columns.number).offset(offset).limit(limit)
        counting = select(func.count()).select_from(suppressions).where(*conditions)
        count = connection.execute(counting).scalar_one()
        return Listed(read_frame(connection, query), count)


@dataclass(frozen=True, slots=True)
class Hashed:
    """SHA-256 of the addresses on the list: sha256, topic; and how many entries can't be told as one."""

    entries: pd.DataFrame
    left_out: int


def hash_suppressions(project: Project, wanted: Wanted) -> Hashed:
    """The entries that are `wanted` as ad platforms take them: domains, keyed hashes and phone numbers can't be."""
    listed = list_suppressions(project, wanted).entries
    hashes = listed["address_key"].map(_sha256).astype("str")
    told = pd.DataFrame({"sha256": hashes, "topic": listed["topic"]})[hashes.notna()]
    return Hashed(told.drop_duplicates(ignore_index=True), int(hashes.isna().sum()))


def _sha256(key: str) -> str | None:
    if kind_of(key) is EntryKind.ADDRESS:
        key = hash_key(Hashing.SHA256, key, b"")
    return key.partition(":")[2] if hashing_of(key) is Hashing.SHA256 else None


def _part_of_key(text: str) -> str:
    """A part of an address, a domain or a phone number as keys have it."""
    part = text.strip()
    if "@" in part or (part[:1] in set("+0123456789") and not any(map(str.isalpha, part))):
        return address_key(part)
    return address_key(f"@{part}")[1:]  # its dots stay, and letters of a domain are as in a key


def _conditions(wanted: Wanted, state: State) -> list[ColumnElement[bool]]:
    columns = suppressions.c
    found: list[ColumnElement[bool]] = []
    if wanted.about:
        key = _part_of_key(wanted.about)
        holds = columns.address_key.contains(key, autoescape=True)
        if kind_of(key) is EntryKind.ADDRESS:
            covering = [*covering_keys(key), *hash_keys(key, state.secret)]
            holds = or_(holds, columns.address_key.in_(covering))
        found.append(holds)
    if wanted.topic is not None:
        found.append(columns.topic.in_([ALL_MAIL, wanted.topic]))
    if wanted.reason:
        part = wanted.reason.lower()
        found.append(func.lower(columns.reason).contains(part, autoescape=True))
    if wanted.source:
        found.append(columns.source.startswith(wanted.source, autoescape=True))
    return found
