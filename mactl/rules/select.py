"""The events that a condition means, one row each: who enters a journey by them, what a rule gives points for."""

from collections.abc import Callable, Collection, Container, Mapping
from datetime import date
from typing import Any

import pandas as pd
import pyarrow as pa

from mactl.clock import from_day, from_epoch
from mactl.columns import CONTACT, EVENT_ID, FieldType
from mactl.facts.facts import Facts
from mactl.recipe.conditions import EventCondition
from mactl.recipe.cookbook import Cookbook
from mactl.recipe.definitions import EventRule
from mactl.recipe.operators import Where
from mactl.rules.engine import Engine, engine_for
from mactl.rules.plan import Plan, Setting
from mactl.rules.tables import rows_of

NO_RECIPES = Cookbook()


def select_events(
    facts: Facts,
    event: str,
    where: Where,
    *,
    cookbook: Cookbook = NO_RECIPES,
    recipe: str = "",
    engine: Engine | str = "duckdb",
    holidays: Container[date] = (),
) -> pd.DataFrame:
    """The events called `event` that have happened and pass `where`, as `recipe` means it, oldest first.

    contact, at (epoch seconds), id (the source's, else missing) and properties: a dict of those that have
    a value, with dates and instants as ISO 8601 text and lists as lists of text.
    """
    what = EventCondition(event=event, where=where)
    found = _happened(Setting(facts, cookbook, holidays), what, recipe, engine)
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
    cookbook: Cookbook = NO_RECIPES,
    recipe: str = "",
    among: Collection[str] | None = None,
    engine: Engine | str = "duckdb",
    holidays: Container[date] = (),
) -> pd.DataFrame:
    """The events that `rule` of `recipe` gives points for, oldest first: contact, at (epoch seconds), points now.

    With `among` those of these contacts alone.
    """
    found = _happened(Setting(facts, cookbook, holidays), rule, recipe, engine, among)
    points: pd.DataFrame = found.select(["contact", "at", "points"]).to_pandas()
    return points


def _happened(
    setting: Setting,
    what: EventCondition | EventRule,
    recipe: str,
    engine: Engine | str,
    among: Collection[str] | None = None,
) -> pa.Table:
    chosen = engine_for(setting.facts, engine)
    rows = None if among is None else rows_of(setting.facts.contacts, among)
    with chosen.session() as session:
        found = Plan(setting, session, rows).happened(what, recipe)
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
