"""What people did, event by event: how often, how long ago, how much and of which kinds."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mactl import own_events
from mactl.clock import to_epoch
from mactl.columns import AT, CONTACT, EVENT, FieldType
from mactl.discovery.fields import Choice, LeftOut, common_words, named_out
from mactl.discovery.numbers import Floats
from mactl.facts.facts import Facts

YEAR = "365 days"
_DAY = 86_400
_MOST_EVENTS = 15
_MOST_PROPERTIES = 2
_RARE = 0.01
"""The share of people who must have done something."""
_FILLED = 0.5
"""The share of events that must have a property."""
_OURS = {
    own_events.FIELD_SET, own_events.FIELD_CHANGED, own_events.STAGE_CHANGED, own_events.SEGMENT_JOINED,
    own_events.SEGMENT_LEFT, own_events.TAGGED, own_events.UNTAGGED, own_events.TASK_CREATED, own_events.TASK_DONE,
    own_events.NOTIFIED, own_events.EXPORTED, own_events.WEBHOOK_CALLED, own_events.CONSENT_ASKED,
    own_events.HANDED_OVER, own_events.UNSUBSCRIBED, own_events.COMPLAINED,
}  # fmt: skip
_ABOUT_THE_EVENT = (
    "id",
    "url",
    "path",
    "template",
    "step",
    "campaign",
    "currency",
    "recipe",
    "variant",
    "enrollment",
)


@dataclass(frozen=True, slots=True, eq=False)
class Happened:
    """One kind of event, as each person has had it until now; an array has a value for each."""

    name: str
    counts: Floats
    """How often within the last year."""
    ago: Floats
    """Days since the last one; NaN where there was none."""
    first: Floats
    """Days since the first one."""
    sums: Mapping[str, Floats] = field(default_factory=dict)
    """Property → what it comes to within the last year."""
    kinds: Mapping[tuple[str, str], Floats] = field(default_factory=dict)
    """Property and word → 1.0 where there was one with this word."""


def past_events(facts: Facts) -> Facts:
    """`facts` with only the past events of its own contacts, and the properties that may be used."""
    used = [n for n in facts.events.column_names if n not in facts.properties or _is_usable(n)]
    events = facts.events.select(used)  # the others would be read from disk for nothing
    mine = pc.is_valid(_places(events.column(CONTACT), _contacts(facts)))
    until_now = pc.less_equal(events.column(AT), to_epoch(facts.now))
    return replace(facts, events=events.filter(pc.and_(mine, until_now)))


def _is_usable(property_: str) -> bool:
    return property_ not in _ABOUT_THE_EVENT and not property_.endswith("_id")


def _places(column: pa.ChunkedArray, values: pa.Array) -> pa.ChunkedArray:
    """Where in `values` each of `column` stands, null where it doesn't; words of a dictionary are looked up once."""
    if not pa.types.is_dictionary(column.type):
        return pc.index_in(column, value_set=values)
    column = column.unify_dictionaries()
    if not column.num_chunks:
        return pa.chunked_array([], pa.int32())
    known = pc.index_in(column.chunk(0).dictionary.cast(pa.string()), value_set=values)
    return pa.chunked_array([known.take(chunk.indices) for chunk in column.chunks], pa.int32())


def _contacts(facts: Facts) -> pa.Array:
    column = facts.contacts.column(CONTACT).cast(pa.string())
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def happened(facts: Facts, choice: Choice) -> tuple[list[Happened], list[LeftOut]]:
    """What enough people did, the commonest first, and what is left out; the events of `facts` are past and theirs."""
    left: list[LeftOut] = []
    events = facts.events
    if not events.num_rows:
        return [], left
    names = events.column(EVENT).cast(pa.string())
    people = facts.contacts.num_rows
    whose = _places(events.column(CONTACT), _contacts(facts))
    told: list[Happened] = []
    for name in sorted(set(pc.unique(names).to_pylist())):
        if name in _OURS or name.endswith("_sent"):
            continue  # what mactl did to people, not what they did
        out = named_out(name, choice)
        if out is not None:
            left.append(out)
            continue
        chosen = pc.equal(names, name)
        rows = np.asarray(whose.filter(chosen))
        doers = len(np.unique(rows))
        if doers < max(_RARE * people, 5) and name not in choice.use:
            left.append(LeftOut(name, f"only {doers} of {people} did it"))
            continue
        told.append(_told(name, rows, events.filter(chosen), facts, choice))
    told.sort(key=lambda each: (-int((~np.isnan(each.ago)).sum()), each.name))
    left += [
        LeftOut(each.name, f"beyond the {_MOST_EVENTS} commonest events")
        for each in told[_MOST_EVENTS:]
    ]
    return told[:_MOST_EVENTS], left


def _told(
    name: str, rows: "np.ndarray[tuple[int], np.dtype[np.int64]]", events: pa.Table, facts: Facts, choice: Choice
) -> Happened:  # fmt: skip
    people = facts.contacts.num_rows
    ago = (to_epoch(facts.now) - np.asarray(events.column(AT))) / _DAY
    last = np.full(people, np.inf)
    np.minimum.at(last, rows, ago)
    first = np.full(people, -np.inf)
    np.maximum.at(first, rows, ago)
    this_year = ago <= 365
    recent = rows[this_year]
    counts = np.bincount(recent, minlength=people).astype(np.float64)
    sums: dict[str, Floats] = {}
    kinds: dict[tuple[str, str], Floats] = {}
    for property_, type_ in facts.properties.items():
        if property_ not in events.column_names:
            continue
        column = events.column(property_)
        enough = column.null_count <= (1 - _FILLED) * len(column)
        if not enough or named_out(property_, choice) is not None:
            continue
        if type_ is FieldType.NUMBER and len(sums) < _MOST_PROPERTIES:
            values = pc.fill_null(column, 0.0).to_numpy()
            found: Floats = np.bincount(recent, values[this_year], people).astype(np.float64)
            if found.std() > 0:
                sums[property_] = found
        if type_ is FieldType.TEXT:
            texts = pc.utf8_lower(column.cast(pa.string()))
            words = common_words(property_, texts.drop_null()).words
            for word in words if len(words) > 1 else ():
                did = np.zeros(people)
                did[rows[np.asarray(pc.fill_null(pc.equal(texts, word), False))]] = 1
                kinds[property_, word] = did
    last, first = (np.where(np.isinf(days), np.nan, days) for days in (last, first))
    return Happened(name, counts, last, first, sums, kinds)
