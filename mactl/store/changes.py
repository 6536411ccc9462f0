"""What contacts were before: the changes of their fields that were noticed, and how a field stood at an earlier time.

Kept as events `field_changed` (`mactl.own_events`): those that a recipe asks about with source ids `field:FIELD:…`, all
others with `was:FIELD:…`. Both are read here.
"""

import json
from collections.abc import Collection, Mapping
from typing import Any

import pandas as pd
from sqlalchemy import Connection, or_, select

from mactl.own_events import FIELD_CHANGED
from mactl.store.events import KEPT_CHANGE, begins
from mactl.store.frames import read_frame
from mactl.store.tables import events


def read_changes(
    connection: Connection,
    contacts: Collection[str] | None = None,
    fields: Collection[str] | None = None,
    since: int | None = None,
) -> pd.DataFrame:
    """contact, field, at (epoch seconds), was, now of every change that is kept, oldest first.

    Values are as JSON has them (days and instants in ISO 8601), None where there was nothing. Of these `contacts`
    (their ids), these `fields`, and from `since` on; None: of all.
    """
    columns = events.c
    query = select(columns.contact, columns.at, columns.properties).where(
        columns.event == FIELD_CHANGED
    )
    if contacts is not None:
        query = query.where(columns.contact.in_(list(contacts)))
    if since is not None:
        query = query.where(columns.at >= since)
    if fields is not None:
        sources = [f"{kind}:{field}:" for kind in ("field", KEPT_CHANGE) for field in fields]
        query = query.where(or_(*(begins(columns.source_id, source) for source in sources)))
    found = read_frame(connection, query.order_by(columns.at, columns.number))
    told = [json.loads(text) for text in found["properties"]]
    return pd.DataFrame(
        {
            "contact": found["contact"],
            "field": pd.array([each["field"] for each in told], dtype="str"),
            "at": found["at"],
            "was": pd.Series([each.get("from") for each in told], dtype="object"),
            "now": pd.Series([each.get("to") for each in told], dtype="object"),
        }
    )


def fields_at(fields: Mapping[str, Any], changes: pd.DataFrame, at: int) -> dict[str, Any]:
    """The `fields` of one contact as they stood at `at` (epoch seconds), by their `changes` (see `read_changes`).

    What was never followed is as it is today.
    """
    later = changes[changes["at"] > at]
    # Backwards: the first change since tells what it was before.
    return {**fields, **dict(zip(later["field"][::-1], later["was"][::-1], strict=True))}
