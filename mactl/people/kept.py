"""People and events as they were read last, where nothing that they were made from has changed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from secrets import token_hex
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from mactl.columns import CONTACT, FieldType
from mactl.findings import findings_from_json, findings_to_json
from mactl.people.archive import Archive, Merges
from mactl.people.cache import Cache, Entry, key_of
from mactl.people.cells import in_one
from mactl.people.erased import Erased
from mactl.people.events import Events, EventSummary, SheetsAhead, read_events
from mactl.people.memory import give_back
from mactl.people.people import People, Summary, read_people
from mactl.people.together import with_archive
from mactl.project import ContactSource, EventSource, Settings

Known = Callable[[], pa.Table]
"""Reads the aliases that the state knows: `alias`, `_contact`, oldest first."""
_PEOPLE, _EVENTS = "people", "events"


@dataclass(frozen=True)
class Kept:
    """People from the cache or from their files, and how they stand to what the state knows."""

    people: People
    token: str | None
    """What identifies this very reading of them; None where it is not kept."""
    is_known: bool
    """Whether the state knows all their aliases already, and none of them turned out to be another."""


def kept_people(
    cache: Cache,
    settings: Settings,
    folder: Path,
    sources: Sequence[ContactSource],
    known: Known,
    mark: Any,
    erased: Erased | None = None,
    meanwhile: Callable[[], None] = lambda: None,
) -> Kept:
    """As `read_people`, from the cache where it can be; where it can't, `meanwhile` begins what can be done while they
    are kept.

    `mark` (as JSON has it) is another whenever `known` would tell something else; while it is the same, `known`
    need not be read.
    """
    key = key_of(settings, folder, sources, *([erased.mark] if erased is not None else []))
    entry = cache.load(_PEOPLE, key)
    if entry is not None and key is not None:
        if entry.told["mark"] == mark:
            return _from(entry, entry.told["is_known"], erased)
        is_known = _agree(entry, known())
        if is_known is not None:
            told = {**entry.told, "mark": mark, "is_known": is_known}
            cache.tell(_PEOPLE, key, replace(entry, told=told))
            return _from(entry, is_known, erased)
    aliases = known()
    people = read_people(settings, folder, sources, aliases, erased)
    give_back()
    meanwhile()
    entry = _entry_of(people)
    is_known = bool(_agree(entry, aliases))
    token = None if key is None else token_hex(16)
    told = {**entry.told, "mark": mark, "is_known": is_known, "token": token}
    kept = _from(cache.store(_PEOPLE, key, replace(entry, told=told)), is_known, erased)
    return replace(kept, people=replace(kept.people, refused=people.refused))


def _from(entry: Entry, is_known: bool, erased: Erased | None) -> Kept:
    people = replace(_people_of(entry), erased=erased)
    return Kept(people, entry.told["token"], is_known)


def _agree(entry: Entry, known: pa.Table) -> bool | None:
    """Whether `known` has all aliases of the people; None where it would make them other people."""
    if entry.told["merged"]:
        return None
    own = _with_ids(entry.tables["aliases"], entry.tables["contacts"])
    if not known.num_rows:
        return not own.num_rows
    places = pc.index_in(own.column("alias"), value_set=known.column("alias"))
    theirs = known.column(CONTACT).take(places)
    differs = pc.not_equal(theirs.cast(pa.string()), own.column(CONTACT).cast(pa.string()))
    if pc.any(differs).as_py():
        return None
    return not places.null_count


def _entry_of(people: People) -> Entry:
    tables = {
        "contacts": people.contacts,
        "rows": _without_ids(people.rows),
        "aliases": _without_ids(people.aliases),
        "shared": people.shared,
        "former": people.former,
        "heirs": people.heirs,
    }
    told: Mapping[str, Any] = {
        "fields": dict(people.fields),
        "merged": people.merged,
        "findings": findings_to_json(people.findings),
        "summary": asdict(people.summary),
    }
    return Entry(tables, told)


def _people_of(entry: Entry) -> People:
    tables, told = entry.tables, entry.told
    contacts = tables["contacts"]
    return People(
        contacts,
        {name: FieldType(type_) for name, type_ in told["fields"].items()},
        _with_ids(tables["rows"], contacts),
        _with_ids(tables["aliases"], contacts),
        tuple((newer, older) for newer, older in told["merged"]),
        findings_from_json(told["findings"]),
        Summary(**told["summary"]),
        tables["shared"],
        tables["former"],
        tables["heirs"],
    )


def kept_events(
    cache: Cache,
    settings: Settings,
    folder: Path,
    sources: Sequence[EventSource],
    of: Kept,
    archive: Archive | None = None,
    merges: Merges | None = None,
    ahead: SheetsAhead | None = None,
) -> Events:
    """As `read_events` of the people that are `of`, with those of the archive, from the cache where it can be.

    `merges` has the contacts that turned out to be another; the archive knows them as they were."""
    archived = [path.name for path in archive.parts] if archive else []
    made_from = [of.token, archived, sorted((merges or {}).items())]
    key = key_of(settings, folder, sources, *made_from) if of.token else None
    entry = cache.load(_EVENTS, key)
    if entry is not None and _is_of(entry, of.people):
        return _events_of(entry, of.people)
    events = read_events(settings, folder, sources, of.people, ahead)
    if archive is not None and archived:
        events = with_archive(events, archive.read(), of.people, merges or {})
    told = {
        "properties": dict(events.properties),
        "findings": findings_to_json(events.findings),
        "summary": asdict(events.summary),
    }
    kept = cache.store(_EVENTS, key, Entry({"events": _without_ids(events.events)}, told))
    return replace(_events_of(kept, of.people), refused=events.refused)


def _is_of(entry: Entry, people: People) -> bool:
    """Whether every row of a contact is there: not where a file was damaged."""
    bounds = pc.min_max(entry.tables["events"].column(CONTACT)).as_py()
    first, last = bounds["min"], bounds["max"]
    return last is None or (first >= 0 and last < people.contacts.num_rows)


def _events_of(entry: Entry, people: People) -> Events:
    kept: Mapping[str, Any] = entry.told
    return Events(
        _with_ids(entry.tables["events"], people.contacts),
        {name: FieldType(type_) for name, type_ in kept["properties"].items()},
        findings_from_json(kept["findings"]),
        EventSummary(**kept["summary"]),
    )


def _without_ids(table: pa.Table) -> pa.Table:
    """`table` with the rows of its contacts in place of ids, which are kept once, with the contacts."""
    at = table.schema.get_field_index(CONTACT)
    return table.set_column(at, CONTACT, in_one(table.column(CONTACT)).indices)


def _with_ids(table: pa.Table, contacts: pa.Table) -> pa.Table:
    at = table.schema.get_field_index(CONTACT)
    ids = in_one(contacts.column(CONTACT))
    rows = in_one(table.column(CONTACT))  # not looked at, or all of it would be read from the file
    return table.set_column(at, CONTACT, pa.DictionaryArray.from_arrays(rows, ids, safe=False))
