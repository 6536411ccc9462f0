"""The state's events laid over those of the sources."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from mactl.clock import from_day, from_epoch
from mactl.columns import AT, CONTACT, EVENT, EVENT_ID, FieldType
from mactl.facts.facts import Facts
from mactl.facts.typed import as_type, common_type, fitting, plain, text_of
from mactl.people.event_tables import alike

_ENROLLMENT = "enrollment"
_OWN = {CONTACT: pa.string(), EVENT: pa.string(), AT: pa.int64(), EVENT_ID: pa.string()}


def layer_events(facts: Facts, *more: pa.Table) -> Facts:
    """`facts` with events of the state appended.

    Each table of `more` has `contact`, `event`, `at` (epoch seconds), `source_id` and `properties` (a JSON
    object as text), and perhaps `enrollment`: that property, which differs from event to event. A property
    that is new becomes a column; where one event of the state has one type in it and another has another, it
    is text. A property that the sources have keeps its type, or what mactl itself tells would change what
    their numbers mean: numbers, days and instants that are written as text are read, and what does not fit
    is no value. Values that JSON nests are kept as JSON text. Raises ValueError where `properties` is no
    JSON object.
    """
    events, types = facts.events, dict(facts.properties)
    for table in more:
        added, found = _read_events(table, types, facts.properties)
        for name, type_ in found.items():
            if types.get(name, type_) is not type_ and name in events.column_names:
                events = recast(events, name, types[name], type_)
            types[name] = type_
        events = pa.concat_tables([events, alike(added, events)], promote_options="default")
    return replace(facts, events=events, properties=types)


def _read_events(
    table: pa.Table, known: Mapping[str, FieldType], kept: Mapping[str, FieldType]
) -> tuple[pa.Table, dict[str, FieldType]]:
    """`table` in the columns of the facts, and the type that each of its properties is to have; those in `kept` have
    theirs."""
    read = {
        own: table.column(name).cast(type_)
        for (own, type_), name in zip(
            _OWN.items(), ("contact", "event", "at", "source_id"), strict=True
        )
    }
    written = table.column("properties").cast(pa.string())
    texts = pc.unique(written)  # thousands of messages have the same properties
    places = pc.index_in(written, value_set=texts)
    columns: dict[str, list[Any]] = {}
    for row, text in enumerate(texts.to_pylist()):
        for name, value in _read_object(text).items():
            cell = plain(value)
            # Names with an underscore in front are those of our own columns.
            if cell is not None and not name.startswith("_"):
                columns.setdefault(name, [None] * len(texts))[row] = cell
    types: dict[str, FieldType] = {}
    for name, values in columns.items():
        types[name] = kept.get(name) or common_type(values, known.get(name))
        cells = [fitting(value, types[name]) for value in values] if name in kept else values
        read[name] = as_type(cells, types[name]).take(places)
    if (
        _ENROLLMENT in table.column_names
        and types.get(_ENROLLMENT, FieldType.TEXT) is FieldType.TEXT
    ):
        whose = table.column(_ENROLLMENT).cast(pa.string())
        told = read.get(_ENROLLMENT)
        read[_ENROLLMENT] = whose if told is None else pc.coalesce(told, whose)
        types[_ENROLLMENT] = FieldType.TEXT
    return pa.table(read), types


def _read_object(text: str | None) -> dict[str, Any]:
    properties = json.loads(text) if text else {}
    if not isinstance(properties, dict):
        raise ValueError(f"{text!r:.80} is not a JSON object")
    return properties


def recast(events: pa.Table, name: str, old: FieldType, new: FieldType) -> pa.Table:
    """`events` with the values of a property as the type that it is to have now: text."""
    assert new is FieldType.TEXT
    written: dict[FieldType, Callable[[Any], str]] = {
        FieldType.DATE: lambda day: from_day(day).isoformat(),
        FieldType.INSTANT: lambda instant: from_epoch(instant).isoformat().replace("+00:00", "Z"),
        FieldType.LIST: lambda items: items.strip(";"),
    }
    write = written.get(old, text_of)
    column = events.column(name)
    values = pc.unique(column)  # each once: columns repeat themselves
    texts = pa.array(
        [None if value is None else write(value) for value in values.to_pylist()], pa.string()
    )
    recast = pc.take(texts, pc.index_in(column, value_set=values))
    return events.set_column(events.schema.get_field_index(name), name, recast)
