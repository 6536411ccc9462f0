"""Fields that recipes set, laid over those of the sources."""

import json
from collections.abc import Mapping
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from mactl.columns import CONTACT, ZONE, FieldType
from mactl.facts.layers import recast
from mactl.facts.typed import as_type, inferred_type, plain
from mactl.facts.typed import common_type as type_beside
from mactl.own_events import FIELD_SET
from mactl.people.demands import TIMEZONE, is_zone


def set_fields(own: pd.DataFrame) -> pd.DataFrame:
    """contact, field, value of what was set last, from mactl's own events (contact, event, at, properties as JSON).

    The newest of all that were set wins, and of those set at one instant the last one told.
    """
    told = own[own["event"] == FIELD_SET]
    told = told.sort_values("at", kind="stable")
    properties = [json.loads(text) for text in told["properties"]]
    table = pd.DataFrame(
        {
            "contact": told["contact"].to_numpy(),
            "field": [each["field"] for each in properties],
            "value": pd.Series([_read(each.get("value")) for each in properties], dtype="object"),
        }
    )
    return table.drop_duplicates(["contact", "field"], keep="last")


def _read(value: Any) -> Any:
    """A value as it was set: JSON in text, or a plain value that an events file tells."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def lay_fields(
    contacts: pa.Table, types: Mapping[str, FieldType], own: pd.DataFrame
) -> tuple[pa.Table, dict[str, FieldType]]:
    """`contacts` with what was set over what the sources say, and the type of each field.

    Who is given another `timezone` lives there. A field that no source has becomes a column. Where what was set is of
    another type than the column, days and instants in ISO 8601 are read, and otherwise the column becomes text.
    """
    found = dict(types)
    for name, sets in set_fields(own).groupby("field", sort=True):
        field = str(name)
        values = [plain(value) for value in sets["value"]]
        known = field in found and field in contacts.column_names
        type_ = type_beside(values, found[field]) if known else inferred_type(values)
        if known and type_ is not found[field]:
            contacts = recast(contacts, field, found[field], type_)
        cells = as_type(values, type_)
        places = pc.index_in(
            contacts.column(CONTACT).cast(pa.string()), value_set=pa.array(list(sets["contact"]))
        )
        laid = cells.take(_only_chunk(places))
        if known:
            is_set = places.is_valid()
            laid = pc.if_else(is_set, laid, _only_chunk(contacts.column(field)).cast(type_.arrow))
            contacts = contacts.set_column(contacts.column_names.index(field), field, laid)
        else:
            contacts = contacts.append_column(field, laid)
        found[field] = type_
        if field == TIMEZONE:
            contacts = _follow_zones(contacts)
    return contacts, found


def _follow_zones(contacts: pa.Table) -> pa.Table:
    """`contacts` living in the zones that their fields say now; where one is not known, in the project's."""
    names = contacts.column(TIMEZONE).cast(pa.string()).combine_chunks()
    known = [name for name in names.unique().to_pylist() if name and is_zone(name)]
    is_known = pc.is_in(names, value_set=pa.array(known, pa.string()))
    zones = pc.if_else(is_known, names, pa.scalar(None, pa.string()))
    return contacts.set_column(contacts.column_names.index(ZONE), ZONE, zones)


def _only_chunk(column: pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
