"""The events of the sources and those of the archive as one table, each once."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mactl.columns import AT, CONTACT, EVENT, EVENT_ID, FieldType
from mactl.people.archive import Merges
from mactl.people.cells import Mask, Numbers, in_one, mask_of, stable_order, without_dictionary
from mactl.people.event_tables import PRINT, Archived, alike, conformed
from mactl.people.events import Events
from mactl.people.people import People

_MIX = np.uint64(0x9E3779B97F4A7C15)  # 2^64 by the golden ratio: neighbours fall far apart


def with_archive(events: Events, archived: Archived, people: People, merges: Merges) -> Events:
    """`events` and those of the archive whose contacts are among `people`, in the order of `Events`.

    A property that the sources have keeps its type. What a source tells too is told once: the same event with the same
    id; where both have none, the same event of the same contact in the same second.
    """
    if not len(archived):
        return events
    archived = conformed(archived, events.properties)
    table = _of_people(archived.events.drop_columns([PRINT]), people, merges)
    table = table.filter(pa.array(~_told_by(events.events, table)))
    added = alike(table, events.events)
    whole = pa.concat_tables([events.events, added], promote_options="default")
    whole = whole.unify_dictionaries()
    order = np.argsort(whole.column(AT).to_numpy(), kind="stable")
    contact = in_one(whole.column(CONTACT)).indices.to_numpy().astype(np.int64)
    whole = whole.take(pa.array(order[stable_order(contact[order])]))
    properties: Mapping[str, FieldType] = {**archived.properties, **events.properties}
    return replace(events, events=whole, properties=properties)


def _of_people(table: pa.Table, people: People, merges: Merges) -> pa.Table:
    """The rows of those who are among `people`, with `_contact` as a dictionary over them, as in their events."""
    ids = people.contacts.column(CONTACT).combine_chunks()
    whose = table.column(CONTACT).combine_chunks()
    whose = whose if pa.types.is_dictionary(whose.type) else whose.dictionary_encode()
    names = [merges.get(name, name) for name in whose.dictionary.to_pylist()]
    places = pc.index_in(pa.array(names, pa.string()), value_set=ids).take(whose.indices)
    known = places.is_valid()
    contact = pa.DictionaryArray.from_arrays(places.filter(known), ids)
    table = table.filter(known)
    return table.set_column(table.column_names.index(CONTACT), CONTACT, contact)


def _told_by(events: pa.Table, table: pa.Table) -> Mask:
    """Which rows of `table` are in `events` too."""
    ids = without_dictionary(table.column(EVENT_ID))
    places = pc.index_in(
        ids, value_set=without_dictionary(events.column(EVENT_ID)), skip_nulls=True
    )
    names = without_dictionary(events.column(EVENT)).take(places)
    same = pc.equal(names, without_dictionary(table.column(EVENT)))
    nameless = without_dictionary(events.column(EVENT_ID)).is_null()
    theirs = events.filter(nameless).select([CONTACT, EVENT, AT])
    happened = np.isin(_moments(table), _moments(theirs)) if theirs.num_rows else False
    told: Mask = mask_of(same) | (mask_of(ids.is_null()) & happened)
    return told


def _moments(events: pa.Table) -> Numbers:
    """A number for who, what and when."""
    contact = events.column(CONTACT).combine_chunks()
    codes = contact.indices.to_numpy().astype(np.uint64)
    names = without_dictionary(events.column(EVENT)).dictionary_encode()
    marks = np.array([_hash(name) for name in names.dictionary.to_pylist()], np.uint64)
    at = events.column(AT).to_numpy().astype(np.uint64)
    mixed = (codes * _MIX ^ marks[names.indices.to_numpy()]) * _MIX ^ at
    moments: Numbers = mixed.view(np.int64)
    return moments


def _hash(name: str) -> int:
    number = 0xCBF29CE484222325  # FNV-1a of 64 bits
    for byte in name.encode():
        number = (number ^ byte) * 0x100000001B3 % 2**64
    return number
