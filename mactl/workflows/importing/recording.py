"""Hits of known people → events as the archive keeps them: nothing in them names anybody."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mactl.columns import AT, CONTACT, EVENT, EVENT_ID, FieldType
from mactl.people.analytics.addresses import anonymous, page_of, referrer_of
from mactl.people.analytics.hits import Hits
from mactl.people.analytics.robots import bursts_among, nameless_among, robots_among
from mactl.people.archive import prints_of
from mactl.people.cells import Numbers, without_dictionary
from mactl.people.event_tables import PRINT, Archived
from mactl.people.events import Events
from mactl.workflows.importing.whose import Visitors

_SINGLE = frozenset({"currency", "order_id", "method"})  # ids and codes, which stay as they are


@dataclass(frozen=True, eq=False)
class Sifted:
    """The hits that may be somebody's, and how many are of robots and of nobody."""

    hits: Hits
    robots: int
    anonymous: int


@dataclass(frozen=True, eq=False)
class Recorded:
    """Events of known people, and how many hits were left out: of robots, of nobody known, of no interest."""

    events: Archived
    robots: int
    anonymous: int
    others: int


def sift(hits: Hits) -> Sifted:
    """The hits that may be somebody's."""
    is_robot = robots_among(hits) | nameless_among(hits)
    candidates = pc.and_(hits.candidates, pa.array(~is_robot))
    kept, robots = hits.take(candidates), int(np.count_nonzero(is_robot))
    return Sifted(kept, robots, len(hits) - robots - len(kept))


def record_hits(hits: Hits, visitors: Visitors, ids: pa.Array, key: bytes) -> Recorded:
    """The hits of the people whose `ids` these are; `key` is that of the archive's prints."""
    whose = visitors.whose(hits)
    known = (whose.contact >= 0) & ~whose.is_way_out
    mine, contact = hits.take(pa.array(known)), whose.contact[known]
    if mine.columns["agent"].null_count < len(mine):  # what is counted elsewhere was sifted there
        hasty = bursts_among(contact, mine.at.to_numpy())
        mine, contact = mine.take(pa.array(~hasty)), contact[~hasty]
    out = int(np.count_nonzero(whose.is_way_out))
    robots = int(np.count_nonzero(known)) - len(mine)
    anonymous = len(hits) - robots - out - len(mine)
    return Recorded(_archived(mine, contact, ids, key), robots, anonymous, out)


def _archived(hits: Hits, contact: Numbers, ids: pa.Array, key: bytes) -> Archived:
    given = {name: column if name in _SINGLE or pa.types.is_floating(column.type) else anonymous(column)
             for name, column in hits.properties.items()}  # fmt: skip
    page = page_of(hits.columns["url"])
    columns = {**page, "referrer": referrer_of(hits.columns["referrer"]), **given}
    for name in page.keys() & given.keys():  # a campaign of the session, or of the page
        columns[name] = pc.coalesce(given[name].cast(pa.string()), page[name])
    columns = {name: column for name, column in columns.items() if column.null_count < len(column)}
    # As the source tells it: what is kept of that may be less some day, or more.
    told = [hits.columns[name] for name in ("exact", "url", "referrer")]
    told += [hits.properties[name] for name in sorted(hits.properties)]
    table = _table(contact, ids, hits.columns["event"], hits.at, hits.columns["id"], told, key)
    for name, column in columns.items():
        table = table.append_column(name, column)
    return Archived(table, {name: _type(column) for name, column in columns.items()})


def record_events(events: Events, key: bytes) -> Archived:
    """Events that were read as a source's."""
    table = events.events
    contact = table.column(CONTACT).combine_chunks()
    told = [without_dictionary(table.column(name)) for name in sorted(events.properties)]
    made = _table(
        contact.indices.to_numpy().astype(np.int64),
        contact.dictionary,
        without_dictionary(table.column(EVENT)),
        without_dictionary(table.column(AT)),
        without_dictionary(table.column(EVENT_ID)),
        told,
        key,
    )
    for name in events.properties:
        made = made.append_column(name, table.column(name))
    return Archived(made, dict(events.properties))


def _table(
    contact: Numbers,
    ids: pa.Array,
    event: pa.Array,
    at: pa.Array,
    own: pa.Array,
    told: list[pa.Array],
    key: bytes,
) -> pa.Table:
    has_id = own.is_valid()
    when = pc.if_else(has_id, None, at).cast(pa.string())
    parts = [event, own, when, *(pc.if_else(has_id, None, part) for part in told)]
    used, codes = np.unique(contact, return_inverse=True)
    whose = pa.DictionaryArray.from_arrays(
        pa.array(codes.reshape(-1).astype(np.int32)), ids.take(pa.array(used))
    )
    return pa.table(
        {
            CONTACT: whose,
            EVENT: event.dictionary_encode(),
            AT: at,
            EVENT_ID: own,
            PRINT: prints_of(key, parts),
        }
    )


def _type(column: pa.Array) -> FieldType:
    return FieldType.NUMBER if pa.types.is_floating(column.type) else FieldType.TEXT
