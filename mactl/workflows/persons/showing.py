"""`mactl contacts show`: everything known of one contact, and why it is that."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection

from mactl.clock import zone_named
from mactl.columns import CONTACT, FieldType, plain_value
from mactl.people.cells import Numbers
from mactl.people.hygiene.flags import DATA_FLAGS
from mactl.people.identity.explaining import Joined, explain_rows
from mactl.people.identity.surviving import told_rule
from mactl.people.people import People
from mactl.people.sources.layouts.layout import OPT_OUT
from mactl.project import Project, Settings
from mactl.store.consents import ids_of
from mactl.store.identities import read_contacts, read_keys_of, read_merges
from mactl.store.suppressions import ALL_MAIL, address_key
from mactl.workflows.opening import open_state
from mactl.workflows.persons.finding import emails_known, find_known, find_place, refuse_unknown
from mactl.workflows.persons.parting import addresses_of, id_of, key_of
from mactl.workflows.persons.reading import Reading, read_all
from mactl.workflows.persons.remembering import Remembered, remember


@dataclass(frozen=True)
class RowShown:
    """A row: where it stands, its identity keys, and how it joined the others."""

    path: str | None
    line: int
    keys: dict[str, str]
    joined: Joined | None


@dataclass(frozen=True)
class ValueShown:
    """A value and where it stands."""

    value: Any
    path: str | None
    line: int


@dataclass(frozen=True)
class FieldShown:
    """The value of a field, why it is that one, and those that lost (each once, in the order of the sources)."""

    chosen: ValueShown
    why: str
    others: tuple[ValueShown, ...]


@dataclass(frozen=True)
class ContactShown:
    """One contact."""

    key: str
    id: str
    email: str | None
    rows: tuple[RowShown, ...]
    fields: dict[str, FieldShown]
    known: tuple[str, ...]
    """Identity keys that no row has any more."""
    apart: tuple[tuple[str, str, tuple[str, ...]], ...]
    """Keys that others have too, who are kept apart: key, value, their keys."""
    opted_out: dict[str, str]
    """Topic ("" for all mail) → why: the suppressions of any of their addresses, and the columns that tell of it."""
    flags: tuple[str, ...]
    """What is odd about their data."""
    remembered: Remembered


def show_contact(project: Project, who: str, files: Sequence[Path]) -> ContactShown:
    """Everything known of `who` (see `find_place`) in `files`, or in the project's sources, and in the state; of whom
    no source has any more, what the state knows.

    Raises UsageError where nobody is known by that.
    """
    settings = project.settings
    with open_state(project) as state:
        reading = read_all(project, files, state)
        people = reading.people
        place = find_place(people, who, settings)
        with state.reading() as connection:
            if place is None:
                id = find_known(connection, who, settings)
                if id is None:
                    refuse_unknown(people, who, project, connection)
                place = _place_of(people, id)
                if place is None:
                    return _gone(connection, id)
            id = id_of(people, place)
            merges = read_merges(connection) | dict(people.merged)
            all_ids = {id, *(one for one, end in merges.items() if end == id)}
            addresses = addresses_of(reading, place, settings)
            remembered = remember(connection, id, all_ids, addresses)
    return _in_sources(reading, place, settings, remembered)


def _place_of(people: People, id: str) -> int | None:
    place = pc.index(people.contacts.column(CONTACT), id).as_py()
    return None if place < 0 else int(place)


def _gone(connection: Connection, id: str) -> ContactShown:
    """Who is in no source any more."""
    all_ids = ids_of(connection, id)
    known = read_keys_of(connection, all_ids)
    emails = emails_known(connection, id)
    key = read_contacts(connection).set_index("id")["key"][id]
    remembered = remember(connection, id, all_ids, {address_key(email) for email in emails})
    email = emails[-1] if emails else None
    opted_out = remembered.suppressed
    return ContactShown(key, id, email, (), {}, tuple(sorted(known)), (), opted_out, (), remembered)


def _in_sources(
    reading: Reading, place: int, settings: Settings, remembered: Remembered
) -> ContactShown:
    people, id = reading.people, id_of(reading.people, place)
    rows = reading.rows_of(place)
    keys = reading.keys_of(rows)
    mine = people.aliases.filter(pc.equal(people.aliases.column(CONTACT).cast(pa.string()), id))
    here = {f"{kind}:{value}" for row in keys for kind, value in row.items()}
    email = people.contacts.column("email")[place].as_py() if "email" in people.fields else None
    return ContactShown(
        key_of(people, place),
        id,
        email,
        tuple(
            RowShown(*reading.place_of(int(row)), own, joined)
            for row, own, joined in zip(rows, keys, explain_rows(keys), strict=True)
        ),
        _fields(reading, place, rows, settings),
        tuple(sorted(set(mine.column("alias").to_pylist()) - here)),
        _apart(reading, place),
        _withdrawn(people, place, settings) | remembered.suppressed,
        _flags(people, place),
        remembered,
    )


def _withdrawn(people: People, place: int, settings: Settings) -> dict[str, str]:
    """What the columns tell of an opt-out."""
    columns = {ALL_MAIL: OPT_OUT}
    columns |= {
        topic: consent.withdrawn for topic, consent in settings.consent.items() if consent.withdrawn
    }
    return {
        topic: f"the field {name} says so"
        for topic, name in columns.items()
        if people.fields.get(name) is FieldType.BOOLEAN
        and people.contacts.column(name)[place].as_py()
    }


def _flags(people: People, place: int) -> tuple[str, ...]:
    if DATA_FLAGS not in people.fields:
        return ()
    return tuple(
        plain_value(
            people.contacts.column(DATA_FLAGS)[place].as_py(), FieldType.LIST, zone_named("UTC")
        )
        or ()
    )


def _fields(
    reading: Reading, place: int, rows: Numbers, settings: Settings
) -> dict[str, FieldShown]:
    shown = {
        name: show_field(reading, name, place, rows, settings)
        for name in reading.people.fields
        if name != DATA_FLAGS  # which no row says
    }
    return {name: field for name, field in shown.items() if field is not None}


def show_field(
    reading: Reading, name: str, place: int, rows: Numbers, settings: Settings
) -> FieldShown | None:
    """The value of a field of the contact at `place`, who is made of `rows`; None where none of these has one."""
    values = _values(reading, name, reading.people.fields[name], rows, settings)
    filled = [number for number, value in enumerate(values) if value is not None]
    if not filled:
        return None
    number = int(np.searchsorted(rows, int(reading.origins.chosen[name][place])))
    shown = [
        ValueShown(value, *reading.place_of(int(row)))
        for value, row in zip(values, rows, strict=True)
    ]
    others = {
        json.dumps(values[n]): shown[n] for n in reversed(filled) if values[n] != values[number]
    }
    why = _why(reading, name, len(filled), differ=bool(others), settings=settings)
    return FieldShown(shown[number], why, tuple(reversed(others.values())))


def _values(
    reading: Reading, name: str, type_: FieldType, rows: Numbers, settings: Settings
) -> list[Any]:
    """The plain values of a field in some rows; instants without a zone are on the wall clock of nobody knows whom."""
    cells = reading.origins.rows.cells[name].take(rows).array().to_pylist()
    local = reading.origins.rows.local.get(name)
    marks = local.take(rows).array().to_pylist() if local is not None else [False] * len(rows)
    zones = (zone_named(settings.timezone), zone_named("UTC"))
    values = [
        plain_value(cell, type_, zones[bool(mark)]) for cell, mark in zip(cells, marks, strict=True)
    ]
    return [_written(value, is_local=bool(mark)) for value, mark in zip(values, marks, strict=True)]


def _written(value: Any, *, is_local: bool) -> Any:
    if isinstance(value, datetime) and is_local:
        return value.replace(tzinfo=None).isoformat()
    return value.isoformat() if isinstance(value, date) else value


def _why(reading: Reading, name: str, filled: int, *, differ: bool, settings: Settings) -> str:
    if filled == 1:
        return "the only value"
    if not differ:
        return f"the same in {filled} rows"
    return told_survival(reading, name, settings)


def told_survival(reading: Reading, name: str, settings: Settings) -> str:
    """By which rule a field gets its value where rows differ."""
    if name == OPT_OUT:
        return "an opt-out in any row counts"
    for topic, columns in settings.consent.items():
        proofs = (columns.at, columns.source, columns.wording, columns.confirmed)
        if name in (columns.state, columns.withdrawn, *proofs):
            return f"the stricter consent for {topic}"
    return told_rule(reading.origins.surviving.rule_of(name))


def _apart(reading: Reading, place: int) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    return tuple(
        (
            one.key,
            one.value,
            tuple(key_of(reading.people, other) for other in one.persons if other != place),
        )
        for one in reading.origins.identities.shared
        if place in one.persons
    )
