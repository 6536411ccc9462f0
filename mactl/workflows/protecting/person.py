"""Whom a command about privacy means: in the sources, in the state, or only as an address that is suppressed."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, String, cast, or_, select

from mactl.columns import CONTACT
from mactl.errors import UsageError
from mactl.findings import Place
from mactl.people.people import People
from mactl.privacy.finding import in_parts, suppression_keys
from mactl.privacy.subject import Subject
from mactl.project import Project
from mactl.store.consents import ids_of
from mactl.store.erasures import find_erased
from mactl.store.identities import read_merges
from mactl.store.suppressions import address_key
from mactl.store.tables import aliases, contacts, sends, suppressions
from mactl.validation import did_you_mean
from mactl.workflows.addresses import address_keys_of, contact_frame
from mactl.workflows.persons.finding import aliases_meant, find_known

EMAIL = "email"
_LIKENESS = 0.85
"""How alike two addresses are of which one is the other misspelt; most share their domain."""
_REACHED_AT = ("phone", "mobile", "push_token", "postal_address")


@dataclass(frozen=True, eq=False)
class Everybody:
    """The people in the sources, and how they are written to."""

    project: Project
    people: People
    frame: pd.DataFrame
    """As `contact_frame`."""

    @classmethod
    def of(cls, project: Project, people: People) -> "Everybody":
        """Of the people in a project's sources."""
        return cls(project, people, contact_frame(people, project.settings))


def find_subject(connection: Connection, everybody: Everybody, who: str) -> Subject:
    """The person that `who`, an address or a key, names; UsageError where nobody is known by it, nor was erased, or
    where several are."""
    project = everybody.project
    wanted = address_key(who) if "@" in who else who
    id = _in_sources(everybody, who, wanted) or find_known(connection, who, project.settings)
    kinds = (*project.settings.identity_fields, EMAIL)
    erased = find_erased(
        connection, [(field, wanted if field == EMAIL else who) for field in kinds]
    )
    if id is None:
        subject = _unknown(connection, everybody, who, wanted, erased)
    else:
        subject = _known(connection, everybody, id, who)
    subject = _told(connection, everybody, subject)
    return replace(subject, erased_at=erased)


def _in_sources(everybody: Everybody, who: str, wanted: str) -> str | None:
    """The contact in the sources that has this key, or else this address or identity key; None where none has."""
    frame = everybody.frame
    found = frame.index[(frame["key"] == who) | (frame.index == who)]
    if not len(found):
        people, names = everybody.people, _texts(aliases_meant(who, everybody.project.settings))
        known = {*frame.index[frame["address_key"] == wanted]}
        for table in (people.aliases, people.shared):
            theirs = table.filter(pc.is_in(table.column("alias"), value_set=names))
            known |= {*theirs.column(CONTACT).to_pylist()}
        found = frame.index[frame.index.isin(known)]
    if len(found) > 1:
        several = ", ".join(repr(key) for key in frame.loc[found, "key"])
        raise UsageError(
            f"several contacts are known by {who!r}: {several}",
            "name one of them: what is one person's is not shown, nor erased, as another's",
        )
    return str(found[0]) if len(found) else None


def _unknown(
    connection: Connection, everybody: Everybody, who: str, wanted: str, erased: int | None
) -> Subject:
    """Who is no contact: only an address that mactl was told of, or was erased before."""
    subject = Subject(who, addresses=[wanted] if "@" in who else [], texts=[who, wanted])
    keys = suppression_keys(connection, subject)
    query = select(suppressions.c.number).where(suppressions.c.address_key.in_(keys)).limit(1)
    if erased is None and (not keys or connection.execute(query).first() is None):
        names = [*everybody.frame["key"].dropna(), *everybody.frame["address"].dropna()]
        hint = did_you_mean(who, names, likeness=_LIKENESS)
        raise UsageError(
            f"nothing is known of {who!r}", hint or "mactl contacts list shows who there is"
        )
    if erased is not None and "@" not in who:
        fields = everybody.project.settings.identity_fields
        return replace(subject, aliases=[(field, who) for field in fields])
    return replace(subject, aliases=[(EMAIL, wanted)] if "@" in who else [])


def _known(connection: Connection, everybody: Everybody, id: str, who: str) -> Subject:
    people, frame = everybody.people, everybody.frame
    today = read_merges(connection).get(id, id)
    newer = [older for older, new in people.merged if new == today]
    ids = [*dict.fromkeys([*ids_of(connection, today), *newer, today, id])]
    written = [*_aliases_in_state(connection, ids), *_aliases_in_sources(people, ids)]
    parts = [alias.partition(":") for alias in dict.fromkeys(written)]
    keys = [(field, value) for field, _, value in parts]
    addresses = [address_key(value) for field, value in keys if field == EMAIL]
    texts = [value for _, value in keys]
    row = frame[frame.index == today]
    if len(row):
        for name in row.columns:
            value = row[name].iloc[0]
            if isinstance(value, str) and str(name).startswith("address"):
                texts.append(value)
                if str(name).startswith("address_key"):
                    addresses.append(value)
    for text in _reached_at(people, today):
        texts.append(text)
        addresses.append(address_key(text))
    for some in in_parts(ids):
        query = select(sends.c.address, sends.c.address_key).where(sends.c.contact.in_(some))
        for address, key in connection.execute(query.distinct()):
            texts += [text for text in (address, key) if text]
            addresses += [key] if key else []
    key = str(row["key"].iloc[0]) if len(row) else who
    return Subject(
        key=key,
        ids=ids,
        aliases=keys,
        addresses=[*dict.fromkeys(addresses)],
        texts=[*dict.fromkeys(texts)],
        rows=list(_rows_in_sources(people, ids)),
    )


def _reached_at(people: People, id: str) -> Iterator[str]:
    """What somebody can be reached at, whether there is a channel for it or not."""
    for column in _reaching(_theirs(people.contacts, [id])):
        yield from filter(None, map(_as_text, column.to_pylist()))


def _also_reached_there(people: People, ids: Sequence[str]) -> Iterator[str]:
    """What somebody can be reached at, and somebody else as well."""
    is_theirs = pc.is_in(people.contacts.column(CONTACT).cast(pa.string()), value_set=_texts(ids))
    others = _reaching(people.contacts.filter(pc.invert(is_theirs)))
    for mine in _reaching(people.contacts.filter(is_theirs)):
        for column in others:
            if column.type == mine.type:
                same = pc.is_in(mine, value_set=pc.unique(column), skip_nulls=True)
                yield from map(_as_text, mine.filter(same).to_pylist())


def _reaching(contacts: pa.Table) -> list[pa.ChunkedArray]:
    return [contacts.column(name) for name in _REACHED_AT if name in contacts.column_names]


def _as_text(value: object) -> str:
    return str(int(value)) if isinstance(value, float) else str(value or "")


def _texts(values: Iterable[str]) -> pa.Array:
    return pa.array(list(values), pa.string())


def _aliases_in_state(connection: Connection, ids: Sequence[str]) -> Iterator[str]:
    for some in in_parts(ids):
        query = select(aliases.c.alias).where(aliases.c.contact.in_(some)).order_by(aliases.c.age)
        yield from connection.execute(query).scalars()
        keys = select(contacts.c.key).where(contacts.c.id.in_(some))
        for key in connection.execute(keys).scalars():
            if "@" in key:
                yield f"{EMAIL}:{address_key(key)}"


def _theirs(table: pa.Table, ids: Sequence[str]) -> pa.Table:
    whose = table.column(CONTACT).cast(pa.string())
    return table.filter(pc.is_in(whose, value_set=_texts(ids)))


def _aliases_in_sources(people: People, ids: Sequence[str]) -> list[str]:
    return [str(alias) for alias in _theirs(people.aliases, ids).column("alias").to_pylist()]


def _rows_in_sources(people: People, ids: Sequence[str]) -> Iterator[Place]:
    for row in _theirs(people.rows, ids).select(["path", "line"]).to_pylist():
        if row["path"] is not None:
            yield Place(row["path"], row["line"])


def _told(connection: Connection, everybody: Everybody, subject: Subject) -> Subject:
    """`subject` with which addresses others have too, and whose keys look like theirs."""
    others = everybody.frame[~everybody.frame.index.isin(list(subject.ids))]
    columns = address_keys_of(others)
    taken = {key for column in columns for key in column[column.isin(list(subject.addresses))]}
    keys = _shared_keys(everybody.people, subject)
    taken |= {address_key(value) for field, value in keys if field == EMAIL}
    taken |= {*map(address_key, _also_reached_there(everybody.people, subject.ids))}
    look = _lookalikes(connection, everybody.people, others, subject.texts)
    mine = {text.casefold() for text in subject.texts}
    shared = [address for address in subject.addresses if address in taken]
    shared += [value for field, value in subject.aliases if (field, value) in keys]
    not_theirs = {text.casefold() for text in (*taken, *shared)}
    return replace(
        subject,
        shared=[*dict.fromkeys(shared)],
        texts=[text for text in subject.texts if text.casefold() not in not_theirs],
        lookalikes=[one for one in dict.fromkeys(look) if one.casefold() not in mine],
    )


def _shared_keys(people: People, subject: Subject) -> set[tuple[str, str]]:
    """Those of their identity keys (field, value) that somebody else has as well, who is kept apart from them."""
    table = people.shared
    is_theirs = pc.is_in(table.column(CONTACT).cast(pa.string()), value_set=_texts(subject.ids))
    others = {*table.filter(pc.invert(is_theirs)).column("alias").to_pylist()}
    return {(field, value) for field, value in subject.aliases if f"{field}:{value}" in others}


def _lookalikes(
    connection: Connection, people: People, others: pd.DataFrame, texts: Iterable[str]
) -> Iterator[str]:
    """Texts that hold one of `texts`, and more."""
    wanted = [*dict.fromkeys(text.casefold() for text in texts)]
    if not wanted:
        return
    pattern = "|".join(map(re.escape, wanted))
    keys = pa.array(alias.partition(":")[2] for alias in _holding(people.aliases["alias"], pattern))
    written = [others[n] for n in others if str(n).startswith("address")]
    for column in (keys, *(pa.array(values.dropna().unique()) for values in written)):
        yield from _holding(column, pattern)
    for kept in (aliases.c.alias, suppressions.c.address_key, sends.c.address):
        like = or_(*(cast(kept, String).icontains(text, autoescape=True) for text in wanted))
        for value in connection.execute(select(kept).where(like).distinct()).scalars():
            yield str(value).partition(":")[2] if kept is aliases.c.alias else str(value)


def _holding(texts: pa.Array | pa.ChunkedArray, pattern: str) -> list[str]:
    """Each of `texts` that has something of `pattern` in it, in whatever case, once."""
    known = pc.unique(texts).cast(pa.string())
    found: list[str] = known.filter(
        pc.match_substring_regex(known, pattern, ignore_case=True).fill_null(False)
    ).to_pylist()
    return found
