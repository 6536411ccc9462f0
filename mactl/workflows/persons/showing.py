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
from sqlalchemy import Connection, select

from mactl.clock import zone_named
from mactl.columns import CONTACT, FieldType, plain_value
from mactl.own_events import FIELD_SET
from mactl.people.cells import Numbers
from mactl.people.hygiene.flags import DATA_FLAGS
from mactl.people.identity.explaining import Joined, explain_rows
from mactl.people.identity.surviving import told_rule
from mactl.people.people import People
from mactl.people.sources.layouts.layout import OPT_OUT
from mactl.project import Project, Settings
from mactl.store.decisions import Decision, read_decisions
from mactl.store.identities import read_contacts, read_merges
from mactl.store.suppressions import ALL_MAIL, find_suppressions
from mactl.store.tables import events
from mactl.workflows.opening import open_state
from mactl.workflows.persons.finding import find_person
from mactl.workflows.persons.parting import addresses_of, id_of, key_of
from mactl.workflows.persons.reading import Reading, read_all


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
class SetByRecipe:
    """What a recipe set, which counts before what the sources say; `at` in epoch seconds."""

    field: str
    value: Any
    at: int


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
    merged: tuple[str, ...]
    """What those were known as who turned out to be this one."""
    decisions: tuple[tuple[Decision, str, str], ...]
    opted_out: dict[str, str]
    """Topic ("" for all mail) → why: the suppressions of any of their addresses, and the columns that tell of it."""
    flags: tuple[str, ...]
    """What is odd about their data."""
    set: tuple[SetByRecipe, ...]


def show_contact(project: Project, who: str, files: Sequence[Path]) -> ContactShown:
    """Everything known of `who` (see `find_person`) in `files`, or in the project's sources.

    Raises UsageError where there is no such contact.
    """
    settings = project.settings
    with open_state(project) as state:
        reading = read_all(project, files, state)
        people = reading.people
        place = find_person(people, who, settings)
        id, rows = id_of(people, place), reading.rows_of(place)
        keys = reading.keys_of(rows)
        addresses = addresses_of(reading, place, settings)
        with state.reading() as connection:
            names = read_contacts(connection).set_index("id")["key"].to_dict()
            merges = read_merges(connection)
            all_ids = {
                id,
                *(one for one, end in (merges | dict(people.merged)).items() if end == id),
            }
            decided = [
                (one, names.get(one.contact, one.contact), names.get(one.other, one.other))
                for one in read_decisions(connection)
                if all_ids & {one.contact, one.other}
            ]
            suppressed = find_suppressions(connection, addresses)
            told = _set_by_recipes(connection, all_ids)
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
        tuple(sorted(str(names.get(one, one)) for one in all_ids - {id})),
        tuple(decided),
        _withdrawn(people, place, settings)
        | {topic: why for reasons in suppressed.values() for topic, why in reasons.items()},
        _flags(people, place),
        tuple(told),
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


def _set_by_recipes(connection: Connection, ids: set[str]) -> list[SetByRecipe]:
    """What was set last, field by field."""
    columns = events.c
    query = (
        select(columns.at, columns.properties)
        .where(columns.contact.in_(ids), columns.event == FIELD_SET)
        .order_by(columns.at, columns.number)
    )
    told: dict[str, SetByRecipe] = {}
    for at, properties in connection.execute(query):
        told_of = json.loads(properties)
        field = str(told_of["field"])
        told[field] = SetByRecipe(field, told_of.get("value"), at)
    return list(told.values())
