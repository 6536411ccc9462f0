"""Events as tables that are joined: the same columns, types and encodings, so that one may follow another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from mactl.columns import AT, CONTACT, EVENT, EVENT_ID, FieldType, plain_value
from mactl.people.cells import without_dictionary
from mactl.people.hygiene.values import Kind, read_values
from mactl.people.sources.sheets import as_text

PRINT = "_print"
"""What tells an event that was imported from all others."""
_OWN = (CONTACT, EVENT, AT, EVENT_ID, PRINT)
_UTC = ZoneInfo("UTC")
_WORDS = pa.dictionary(pa.int32(), pa.string())


@dataclass(frozen=True, slots=True, eq=False)
class Archived:
    """Events: `_contact`, `_event`, `_at`, `_id`, `_print` and the properties, whose types `properties` tells
    (encodings as in `mactl.columns`)."""

    events: pa.Table
    properties: Mapping[str, FieldType]

    def __len__(self) -> int:
        return int(self.events.num_rows)


def joined(parts: Sequence[Archived]) -> Archived:
    """All events of `parts`; a property that has one type here and another there is text."""
    types: dict[str, FieldType] = {}
    for part in parts:
        for name, type_ in part.properties.items():
            types[name] = type_ if types.get(name, type_) is type_ else FieldType.TEXT
    tables = [conformed(part, types).events for part in parts if len(part)]
    if not tables:
        return Archived(_none(), {})
    return Archived(pa.concat_tables(tables, promote_options="default").unify_dictionaries(), types)


def _none() -> pa.Table:
    types = (_WORDS, _WORDS, pa.int64(), pa.string(), pa.int64())
    return pa.table({name: pa.array([], type_) for name, type_ in zip(_OWN, types, strict=True)})


def conformed(archived: Archived, types: Mapping[str, FieldType]) -> Archived:
    """The same events with each property of the type that `types` tells; what can't be read as that is empty."""
    table = archived.events
    for name, type_ in archived.properties.items():
        wanted = types.get(name, type_)
        if wanted is not type_:
            texts = _as_texts(table.column(name), type_)
            read = (
                texts if wanted is FieldType.TEXT else read_values(texts, Kind(wanted), ".").values
            )
            table = table.set_column(table.column_names.index(name), name, read)
    return Archived(table, {name: types.get(name, t) for name, t in archived.properties.items()})


def _as_texts(column: pa.ChunkedArray, type_: FieldType) -> pa.Array:
    values = without_dictionary(column)
    distinct = values.unique()
    texts = [as_text(plain_value(value, type_, _UTC)) for value in distinct.to_pylist()]
    return pa.array(texts, pa.string()).take(pc.index_in(values, value_set=distinct))


def alike(added: pa.Table, events: pa.Table) -> pa.Table:
    """`added` with the physical types of `events`, which may hold words as a dictionary."""
    types = {field.name: field.type for field in events.schema}
    columns = {
        name: added.column(name).cast(types.get(name, added.schema.field(name).type))
        for name in added.column_names
    }
    return pa.table(columns)


def with_own_words(table: pa.Table) -> pa.Table:
    """`table` with dictionaries of only those words that it has: a filter leaves the others in."""
    for place, name in enumerate(table.column_names):
        column = table.column(name)
        if pa.types.is_dictionary(column.type):
            words = column.cast(column.type.value_type).dictionary_encode()
            table = table.set_column(place, name, words.cast(column.type))
    return table
