"""The events that a condition means, one row each: who enters a journey by them, what a rule gives points for."""

from collections.abc import Callable, Container, Mapping
from datetime import date
from typing import Any

import pandas as pd
import pyarrow as pa

from mactl.clock import from_day, from_epoch
from mactl.columns import CONTACT, EVENT_ID, FieldType
from mactl.facts.facts import Facts
from mactl.recipe.conditions import EventCondition, Where
from mactl.recipe.cookbook import Cookbook
from mactl.recipe.definitions import EventRule
from mactl.rules.engine import Engine, engine_named
from mactl.rules.plan import Plan


def select_events(
    facts: Facts,
    event: str,
    where: Where,
    *,
    engine: Engine | str = "duckdb",
    holidays: Container[date] = (),
) -> pd.DataFrame:
    """The events called `event` that have happened and pass `where`, oldest first.

    contact, at (epoch seconds), id (the source's, else missing) and properties: a dict of those that have
    a value, with dates and instants as ISO 8601 text and lists as lists of text.
    """
    found = _happened(facts, EventCondition(event=event, where=where), engine, holidays)
    rows = facts.events.take(found.column("event"))
    named = {name: type_ for name, type_ in facts.properties.items() if name in rows.column_names}
    columns = {name: _plain(rows.column(name), type_) for name, type_ in named.items()}
    properties = [
        {name: values[row] for name, values in columns.items() if values[row] is not None}
        for row in range(rows.num_rows)
    ]
    table = pd.DataFrame(
        {
            "contact": rows.column(CONTACT).to_pandas(),
            "at": found.column("at").to_pandas(),
            "id": rows.column(EVENT_ID).to_pandas(),
        }
    )
    return table.assign(properties=pd.Series(properties, dtype="object"))


def event_points(
    facts: Facts,
    rule: EventRule,
    *,
    engine: Engine | str = "duckdb",
    holidays: Container[date] = (),
) -> pd.DataFrame:
    """The events that `rule` gives points for, oldest first: contact, at (epoch seconds), points now."""
    found = _happened(facts, rule, engine, holidays)
    contacts = facts.events.column(CONTACT).take(found.column("event"))
    return pd.DataFrame(
        {
            "contact": contacts.to_pandas(),
            "at": found.column("at").to_pandas(),
            "points": found.column("points").to_pandas(),
        }
    )


def _happened(
    facts: Facts,
    what: EventCondition | EventRule,
    engine: Engine | str,
    holidays: Container[date],
) -> pa.Table:
    chosen = engine_named(engine) if isinstance(engine, str) else engine
    found = Plan(facts, Cookbook(), holidays).happened(what, chosen)
    return found.sort_by([("at", "ascending"), ("event", "ascending")])


def _plain(column: pa.ChunkedArray, type_: FieldType) -> list[Any]:
    read: Mapping[FieldType, Callable[[Any], Any]] = {
        FieldType.DATE: lambda day: from_day(day).isoformat(),
        FieldType.INSTANT: lambda at: from_epoch(at).isoformat().replace("+00:00", "Z"),
        FieldType.LIST: lambda items: items.strip(";").split(";"),
    }
    values: list[Any] = column.to_pylist()
    if type_ not in read:
        return values
    return [None if value is None else read[type_](value) for value in values]
