"""The state's events laid over those of the sources."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from mactl.clock import from_day, from_epoch, parse_local, to_day, to_epoch
from mactl.columns import AT, CONTACT, EVENT, EVENT_ID, FieldType
from mactl.facts.facts import Facts

_OWN = {CONTACT: pa.string(), EVENT: pa.string(), AT: pa.int64(), EVENT_ID: pa.string()}


def layer_events(facts: Facts, *more: pa.Table) -> Facts:
    """`facts` with events of the state appended.

    Each table of `more` has `contact`, `event`, `at` (epoch seconds), `source_id` and `properties` (a JSON
    object as text). A property that is new becomes a column. Where a property holds one type here and
    another there, days and instants written in ISO 8601 are read as what the column holds, and otherwise
    the column becomes text. Values that JSON nests are kept as JSON text. Raises ValueError where
    `properties` is no JSON object.
    """
    events, types = facts.events, dict(facts.properties)
    for table in more:
        added, found = _read_events(table, types)
        for name, type_ in found.items():
            if types.get(name, type_) is not type_ and name in events.column_names:
                events = _recast(events, name, types[name], type_)
            types[name] = type_
        events = pa.concat_tables([events, _alike(added, events)], promote_options="default")
    return replace(facts, events=events, properties=types)


def _read_events(
    table: pa.Table, known: Mapping[str, FieldType]
) -> tuple[pa.Table, dict[str, FieldType]]:
    """`table` in the columns of the facts, and the type that each of its properties is to have."""
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
            plain = _plain(value)
            # Names with an underscore in front are those of our own columns.
            if plain is not None and not name.startswith("_"):
                columns.setdefault(name, [None] * len(texts))[row] = plain
    types: dict[str, FieldType] = {}
    for name, values in columns.items():
        types[name] = _common_type(values, known.get(name))
        read[name] = pa.array(_as_type(values, types[name]), types[name].arrow).take(places)
    return pa.table(read), types


def _read_object(text: str | None) -> dict[str, Any]:
    properties = json.loads(text) if text else {}
    if not isinstance(properties, dict):
        raise ValueError(f"{text!r:.80} is not a JSON object")
    return properties


def _alike(added: pa.Table, events: pa.Table) -> pa.Table:
    """`added` with the physical types of `events`, which may hold words as a dictionary."""
    types = {field.name: field.type for field in events.schema}
    columns = {
        name: added.column(name).cast(types.get(name, added.schema.field(name).type))
        for name in added.column_names
    }
    return pa.table(columns)


def _plain(value: Any) -> Any:
    """A value of JSON as a cell: empty text is no value; what is nested stays JSON."""
    listed = isinstance(value, list)
    if isinstance(value, dict) or (listed and any(isinstance(i, (dict, list)) for i in value)):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    if listed:
        return tuple(value) or None
    return None if value == "" else value


def _type_of(value: Any) -> FieldType:
    if isinstance(value, bool):
        return FieldType.BOOLEAN
    if isinstance(value, (int, float)):
        return FieldType.NUMBER
    return FieldType.LIST if isinstance(value, tuple) else FieldType.TEXT


def _common_type(values: Iterable[Any], known: FieldType | None) -> FieldType:
    """The one type that can hold `values` beside what the column `known`ly holds already."""
    given = [value for value in values if value is not None]
    found = {_type_of(value) for value in given}
    if known in (FieldType.DATE, FieldType.INSTANT):
        reads = _day if known is FieldType.DATE else _instant
        return known if all(_reads(reads, value) for value in given) else FieldType.TEXT
    if known in (FieldType.LIST, None) and FieldType.LIST in (found | {known}):
        # A single word is a list of one.
        return FieldType.LIST if found <= {FieldType.LIST, FieldType.TEXT} else FieldType.TEXT
    if known is not None:
        found.add(known)
    return found.pop() if len(found) == 1 else FieldType.TEXT


def _reads(read: Callable[[Any], object], value: Any) -> bool:
    try:
        read(value)
    except (ValueError, TypeError, OverflowError):
        return False
    return True


def _day(value: Any) -> int:
    """The day that `2026-12-01` names."""
    if not isinstance(value, str):
        raise TypeError
    return to_day(date.fromisoformat(value))


def _instant(value: Any) -> int:
    """The instant that ISO 8601 with a zone names."""
    if not isinstance(value, str):
        raise TypeError
    moment = parse_local(value)
    if moment.tzinfo is None:
        raise ValueError(f"{value!r} names no time zone")
    return to_epoch(moment)


def _as_type(values: Iterable[Any], type_: FieldType) -> list[Any]:
    convert: dict[FieldType, Callable[[Any], Any]] = {
        FieldType.TEXT: _text,
        FieldType.NUMBER: _number,
        FieldType.BOOLEAN: bool,
        FieldType.DATE: _day,
        FieldType.INSTANT: _instant,
        FieldType.LIST: _list,
    }
    return [None if value is None else convert[type_](value) for value in values]


def _number(value: float) -> float | None:
    try:
        return float(value)
    except OverflowError:  # a whole number of over 300 digits
        return None


def _list(value: Any) -> str | None:
    items = [_text(item).strip() for item in (value if isinstance(value, tuple) else (value,))]
    kept = [part.strip() for item in items for part in item.split(";") if part.strip()]
    return f";{';'.join(kept)};" if kept else None


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return ";".join(_text(item) for item in value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)


def _recast(events: pa.Table, name: str, old: FieldType, new: FieldType) -> pa.Table:
    """`events` with the values of a property as the type that it is to have now: text."""
    assert new is FieldType.TEXT
    written: dict[FieldType, Callable[[Any], str]] = {
        FieldType.DATE: lambda day: from_day(day).isoformat(),
        FieldType.INSTANT: lambda instant: from_epoch(instant).isoformat().replace("+00:00", "Z"),
        FieldType.LIST: lambda items: items.strip(";"),
    }
    write = written.get(old, _text)
    column = events.column(name)
    values = pc.unique(column)  # each once: columns repeat themselves
    texts = pa.array(
        [None if value is None else write(value) for value in values.to_pylist()], pa.string()
    )
    recast = pc.take(texts, pc.index_in(column, value_set=values))
    return events.set_column(events.schema.get_field_index(name), name, recast)
