"""Events: what happened, from all sources, each with the contact it happened to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from mactl.columns import AT, CONTACT, EVENT, EVENT_ID, ZONE, FieldType
from mactl.errors import UnreadableInput
from mactl.findings import Finding, Place, Severity, in_reading_order
from mactl.people.cells import (
    Cells,
    Mask,
    Numbers,
    in_one,
    refusing_overflow,
    stable_order,
)
from mactl.people.erased import erased_rows, pass_over
from mactl.people.hygiene.cleaning import Care, Cleaned, Rows, clean_sheet, find_kinds, stack_rows
from mactl.people.hygiene.instants import to_instants
from mactl.people.hygiene.notations import note_notations
from mactl.people.hygiene.values import Kind
from mactl.people.identity.keys import EMAIL
from mactl.people.memory import give_back
from mactl.people.people import People
from mactl.people.sources.faults import LEFT_OUT
from mactl.people.sources.reading import read_sheets
from mactl.people.sources.refusals import Refused
from mactl.people.sources.sheets import Sheet, sheet_of_rows
from mactl.people.strangers import tell_strangers
from mactl.people.threads import Ahead, side_by_side
from mactl.people.whose import WHO, find_contacts, with_heirs
from mactl.project import DateColumn, EventSource, Settings

_ROLES = {EVENT: ("event", "name"), AT: ("at", "timestamp", "date"), EVENT_ID: ("id", "event_id")}
SheetsAhead = Ahead[list[tuple[Sheet, list[Finding]]]]
"""The sheet of each file of events, and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class EventSummary:
    """Rows in the sources, events made of them, rows left out, those of nobody known, those told twice."""

    rows: int
    events: int
    rejected: int
    unknown: int
    repeated: int


@dataclass(frozen=True, slots=True, eq=False)
class Events:
    """Every event of a known contact, once: contact by contact as the people stand, each in order of time.

    So rows that are counted together stand together, which takes an engine half the time and memory.

    `events`: `_contact`, `_event`, `_at` (int64 seconds since 1970, UTC), `_id` and the properties,
    whose types `properties` tells (encodings as in `mactl.columns`). Ids of contacts, names of events and
    text of few words are dictionary-encoded.
    """

    events: pa.Table
    properties: Mapping[str, FieldType]
    findings: tuple[Finding, ...]
    summary: EventSummary
    refused: tuple[Refused, ...] = ()
    """The rows left out, where they were read anew."""


@refusing_overflow()
def sheets_ahead(folder: Path, sources: Sequence[EventSource]) -> SheetsAhead:
    """The sheets of the files that `sources` name, which can be read before it is known who people are."""

    @refusing_overflow()
    def read() -> list[tuple[Sheet, list[Finding]]]:
        return list(read_sheets(folder, sources))

    return Ahead(read)


def read_events(
    settings: Settings,
    folder: Path,
    sources: Sequence[EventSource],
    people: People,
    ahead: SheetsAhead | None = None,
) -> Events:
    """The events in the files that `sources` name, relative to `folder`, of the contacts in `people`; `ahead` has the
    sheets of these files where they are being read already.

    A cell of a property that does not fit its column is empty and a warning; a row without a name or an
    instant is left out. Raises as `read_people` does.
    """
    sheets, findings = [], []
    for sheet, found in (ahead or sheets_ahead(folder, sources)).take():
        _expect_columns(sheet, settings)
        sheets.append(sheet)
        findings += found
    return _events(settings, sheets, findings, people)


def events_from_rows(
    settings: Settings, rows: Sequence[Mapping[str, Any]], people: People
) -> Events:
    """The events in `rows`, cleaned as if they had stood in a file; values may be Python's."""
    return _events(settings, [sheet_of_rows(rows)], [], people)


def _expect_columns(sheet: Sheet, settings: Settings) -> None:
    wanted = {
        "the event's name (event)": _ROLES[EVENT],
        "its instant (at)": _ROLES[AT],
        "its contact (" + ", ".join((WHO, *settings.identity_fields)) + ")": (
            WHO,
            *settings.identity_fields,
        ),
    }
    for what, fields in wanted.items():
        if not sheet.columns.keys() & set(fields):
            found = ", ".join((sheet.headers or {}).values())
            raise UnreadableInput(
                f"{sheet.path}: no column holds {what}; there are {found}",
                f"name it in mactl.yaml, such as columns: {{COLUMN: {fields[0]}}}",
            )


def _events(
    settings: Settings, sheets: Sequence[Sheet], findings: list[Finding], people: People
) -> Events:
    total = sum(len(sheet) + sheet.rejected for sheet in sheets)
    sheets = [_with_roles(sheet, settings) for sheet in sheets]
    own = (EVENT, EVENT_ID, *_who(settings).values())
    fixed = {**dict.fromkeys(own, Kind(FieldType.TEXT)), AT: _kind_of_instants(settings)}
    sheets, doubts = note_notations(settings, sheets, fixed)
    findings += doubts
    kinds = fixed | find_kinds(settings, sheets, fixed)
    parts, refused, gone = [], [], []
    for sheet in sheets:
        cleaned, found = clean_sheet(sheet, kinds, _care_of)
        _rename(cleaned)
        found += _check_told(cleaned)
        on = erased_rows(cleaned, _may_be(settings), people.erased)
        findings += pass_over(cleaned, on, found)
        findings += _told_erased(cleaned, on)
        gone.append(on[~cleaned.rejected] > 0)
        parts.append(cleaned)
        if cleaned.refusals:
            refused.append(Refused(sheet.path, cleaned.refusals))
    rows = stack_rows(parts, kinds)
    who = {name: rows.cells.pop(column) for name, column in _who(settings).items()}
    contact = find_contacts(who, people, settings)
    erased = np.concatenate([np.zeros(0, np.bool_), *gone])
    contact = with_heirs(contact, rows.cells[EVENT], who, people, settings)
    contact[erased] = -1
    findings += tell_strangers(rows, (contact < 0) & ~erased, who, sheets)
    del who
    give_back()
    repeated = _repeated(rows, contact >= 0)
    _settle_instants(settings, rows, contact, people)

    kept = np.flatnonzero((contact >= 0) & ~repeated)
    properties = {name: kind.type for name, kind in kinds.items() if name not in fixed}
    count, cells = len(rows), rows.cells
    del rows
    table = _by_contact(cells, contact, kept, properties, people)
    summary = EventSummary(
        rows=total,
        events=len(kept),
        rejected=total - count,
        unknown=int(np.count_nonzero(contact < 0)),
        repeated=int(np.count_nonzero(repeated)),
    )
    return Events(table, properties, tuple(in_reading_order(findings)), summary, tuple(refused))


def _who(settings: Settings) -> dict[str, str]:
    """The columns that may tell whose an event is → what they are called here, apart from properties."""
    return {name: f"_who_{name}" for name in (WHO, *settings.identity_fields)}


def _may_be(settings: Settings) -> dict[str, tuple[str, ...]]:
    """Column that may tell whose an event is → the fields of a contact that it may hold."""
    fields = tuple(dict.fromkeys((*settings.identity_fields, EMAIL)))
    return {column: fields if n == WHO else (n,) for n, column in _who(settings).items()}


def _told_erased(cleaned: Cleaned, on: Numbers) -> list[Finding]:
    """One warning for a file with events of people who were erased, which says nothing of them."""
    count = int(np.count_nonzero(on))
    if not count:
        return []
    sheet = cleaned.sheet
    place = Place(sheet.path, int(sheet.lines[on > 0][0])) if sheet.path else None
    message = (
        f"{count:,} of {len(sheet):,} rows are about people who were erased; they are left out"
    )
    hint = "take these rows out of the source"
    return [Finding("event-erased", Severity.WARNING, message, place, hint)]


def _with_roles(sheet: Sheet, settings: Settings) -> Sheet:
    """`sheet` with mactl's own names for the columns that say what happened, when, and to whom."""
    names = _who(settings)
    for own, candidates in _ROLES.items():
        found = next((name for name in candidates if name in sheet.columns), None)
        if found is not None:
            names[found] = own
    headers = sheet.headers or {}
    return replace(
        sheet,
        columns={names.get(name, name): cells for name, cells in sheet.columns.items()},
        headers={names.get(name, name): headers.get(name, name) for name in sheet.columns},
    )


def _kind_of_instants(settings: Settings) -> Kind:
    declared = [settings.columns.get(name) for name in _ROLES[AT]]
    format = next((column.date for column in declared if isinstance(column, DateColumn)), None)
    return Kind(FieldType.INSTANT, format)


def _care_of(field: str) -> Care:
    if field == AT:
        return Care("event", Severity.ERROR, LEFT_OUT, rejects_row=True, misfit="bad-instant")
    if field.startswith("_"):
        return Care("event", Severity.ERROR, LEFT_OUT, rejects_row=True)
    # An event that lacks a value is still one that happened.
    return Care("event", Severity.WARNING, "the event is kept without it", rejects_row=False)


def _rename(cleaned: Cleaned) -> None:
    """Give events the names that mactl.yaml has for them."""
    names = cleaned.sheet.names
    if names and EVENT in cleaned.cells:
        cells = cleaned.cells[EVENT].encoded()
        ours = [names.get(name, name) for name in cells.values.to_pylist()]
        cleaned.cells[EVENT] = cells.replaced(pa.array(ours, pa.string()))


def _check_told(cleaned: Cleaned) -> list[Finding]:
    """Rows that do not tell what happened, or when, are left out."""
    findings = []
    for column, id, what in (
        (EVENT, "event-no-name", "what happened"),
        (AT, "event-no-instant", "when it happened"),
    ):
        cells = cleaned.cells.get(column)
        filled = cells.valid() if cells is not None else np.zeros(len(cleaned.sheet), np.bool_)
        missing = ~filled & ~cleaned.rejected
        message = f"the event does not say {what}"
        findings += cleaned.refuse_rows(id, missing, message, LEFT_OUT)
    return findings


def _repeated(rows: Rows, known: Mask) -> Mask:
    """Rows that tell again what a row before them told: the same event with the same id."""
    repeated = np.zeros(len(rows), np.bool_)
    ids = rows.cells[EVENT_ID]
    if ids.is_ascending():
        return repeated
    codes, count = ids.codes()
    codes[~known] = -1
    uses = np.bincount(codes[codes >= 0], minlength=count)
    again = np.flatnonzero(codes >= 0)
    again = again[uses[codes[again]] > 1]
    if len(again):
        events, kinds = rows.cells[EVENT].take(again).codes()
        same = pd.Series(codes[again] * kinds + events).duplicated()
        repeated[again] = same.to_numpy()
    return repeated


def _settle_instants(settings: Settings, rows: Rows, contact: Numbers, people: People) -> None:
    """Make instants of wall-clock times, in the zone of each event's contact."""
    if not any(pc.any(marks.values).as_py() for marks in rows.local.values()):
        return
    zones = in_one(people.contacts.column(ZONE)).dictionary_encode()
    index = zones.indices.take(pa.array(contact, mask=contact < 0))
    zone = Cells(zones.dictionary, index)
    for name, marks in rows.local.items():
        seconds = rows.cells[name].array()
        rows.cells[name] = Cells(to_instants(seconds, marks.array(), zone, settings.timezone))


def _by_contact(
    cells: dict[str, Cells],
    contact: Numbers,
    kept: Numbers,
    properties: Mapping[str, FieldType],
    people: People,
) -> pa.Table:
    at = cells[AT].array().take(pa.array(kept)).to_numpy()
    if (at[1:] < at[:-1]).any():
        kept = kept[np.argsort(at, kind="stable")]
    del at
    kept = kept[stable_order(contact[kept])]
    ids = in_one(people.contacts.column(CONTACT))
    columns = {
        CONTACT: pa.DictionaryArray.from_arrays(pa.array(contact[kept].astype(np.int32)), ids)
    }
    everything = len(kept) == len(contact) and (np.diff(kept) == 1).all()

    def in_order(name: str) -> pa.Array:
        column = cells.pop(name)
        words = (column if everything else column.take(kept)).words()
        del column
        give_back()
        return words

    names = (EVENT, AT, EVENT_ID, *properties)
    columns |= dict(zip(names, side_by_side(in_order, names, len(kept)), strict=True))
    return pa.table(columns)
