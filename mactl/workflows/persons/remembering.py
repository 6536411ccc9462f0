"""What the state knows of one contact, whether a source has them still or not."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from mactl.own_events import FIELD_SET
from mactl.store.consents import find_entries_by
from mactl.store.decisions import Decision, read_decisions
from mactl.store.identities import read_contacts
from mactl.store.suppressions import find_suppressions
from mactl.store.tables import consents, enrollments, events, sends


@dataclass(frozen=True)
class SetByRecipe:
    """What a recipe set, which counts before what the sources say; `at` in epoch seconds."""

    field: str
    value: Any
    at: int


@dataclass(frozen=True)
class Remembered:
    """What stands in the state of one contact; instants in epoch seconds, the oldest first."""

    merged: tuple[str, ...]
    """What those were known as who turned out to be this one."""
    decisions: tuple[tuple[Decision, str, str], ...]
    """Each with the keys of both contacts."""
    suppressed: dict[str, str]
    """Topic ("" for all mail) → why, of any of their addresses."""
    set: tuple[SetByRecipe, ...]
    journeys: tuple[Mapping[str, Any], ...]
    """recipe, status, entered_at, ended_at, why."""
    sends: tuple[Mapping[str, Any], ...]
    """recipe, template, channel, address, status, due_at, settled_at, reason."""
    consents: tuple[Mapping[str, Any], ...]
    """The entries of the ledger; see `mactl.store.consents`."""


def remember(
    connection: Connection, id: str, all_ids: Collection[str], address_keys: Collection[str]
) -> Remembered:
    """What the state knows of the contact with this internal id; `all_ids` has those that led to it too, and
    `address_keys` every address of theirs as it is compared."""
    names = read_contacts(connection).set_index("id")["key"].to_dict()
    decided = [
        (one, names.get(one.contact, one.contact), names.get(one.other, one.other))
        for one in read_decisions(connection)
        if {one.contact, one.other} & {*all_ids}
    ]
    suppressed = find_suppressions(connection, address_keys)
    entered, sent = enrollments.c, sends.c
    journeys = select(
        entered.recipe, entered.status, entered.entered_at, entered.ended_at, entered.why
    ).where(entered.contact.in_(all_ids))
    messages = select(
        sent.recipe, sent.template, sent.channel, sent.address, sent.status, sent.due_at,
        sent.settled_at, sent.reason,
    ).where(sent.contact.in_(all_ids))  # fmt: skip
    return Remembered(
        tuple(sorted(str(names.get(one, one)) for one in {*all_ids} - {id})),
        tuple(decided),
        {topic: why for reasons in suppressed.values() for topic, why in reasons.items()},
        tuple(_set_by_recipes(connection, all_ids)),
        _rows(connection, journeys.order_by(entered.entered_at, entered.id)),
        _rows(connection, messages.order_by(sent.due_at, sent.id)),
        tuple(find_entries_by(connection, consents.c.contact.in_(all_ids))),
    )


def _rows(connection: Connection, query: Any) -> tuple[Mapping[str, Any], ...]:
    return tuple(dict(row) for row in connection.execute(query).mappings())


def _set_by_recipes(connection: Connection, ids: Collection[str]) -> list[SetByRecipe]:
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
