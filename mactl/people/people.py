"""People: the contacts of all sources, cleaned, and the rows of one person made one contact."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mactl.clock import today, zone_named
from mactl.columns import CONTACT, KEY, ZONE, FieldType
from mactl.errors import ConfigurationError, UnreadableInput
from mactl.findings import Finding, Severity, in_reading_order
from mactl.people.cells import Cells, Numbers, empty_cells, lowered, refusing_overflow
from mactl.people.hygiene.cleaning import Care, Cleaned, Rows, clean_sheet, find_kinds, stack_rows
from mactl.people.hygiene.flags import DATA_FLAGS, NO_KEYS, flagged, flags_of_persons
from mactl.people.hygiene.instants import to_utc
from mactl.people.hygiene.judging import check_values
from mactl.people.hygiene.notations import note_notations
from mactl.people.hygiene.values import Kind, is_nothing
from mactl.people.identity.merging import Persons, choose_rows
from mactl.people.identity.recognising import Identities, identify, known_from
from mactl.people.sources.faults import LEFT_OUT, cell_findings, quoted
from mactl.people.sources.headers import looks_like_address
from mactl.people.sources.layouts.layout import OPT_OUT
from mactl.people.sources.reading import read_sheets
from mactl.people.sources.refusals import Refused
from mactl.people.sources.sheets import Sheet, sheet_of_rows
from mactl.project import ConsentColumns, ContactSource, Settings

EMAIL, TIMEZONE = "email", "timezone"
_OPTED_OUT = ConsentColumns(state="", withdrawn=OPT_OUT)
"""An opt-out of all marketing: whichever of somebody's rows says so."""
_DIALLED = {"sms", "whatsapp"}  # channels whose addresses are telephone numbers
_CARE = Care("contact", Severity.ERROR, LEFT_OUT, rejects_row=True)


@dataclass(frozen=True, slots=True)
class Summary:
    """Rows in the sources, contacts made of them, rows left out, rows that joined an earlier one."""

    rows: int
    contacts: int
    rejected: int
    merged: int


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """Everyone in the sources, each once, in order of first appearance.

    `contacts`: `_contact` (a UUID as text, unique), `_key`, `_zone` and the fields, whose types `fields`
    tells (encodings as in `mactl.columns`). `rows`: `_contact`, `path`, `line` of every row that was
    used (path null, line 0 without a file). `aliases`: `alias` (`email:ann@example.com`), `_contact`,
    of every identity key, those included that only the state knows. In both `_contact` is a dictionary over
    the ids of `contacts`, in their order. `merged`: known contacts that turned out to be one, (newer id,
    older id). `fields` has `data_flags` (see `mactl.people.hygiene.flags`) wherever there are contacts at all.
    `refused` are the rows left out, where they were read anew.
    """

    contacts: pa.Table
    fields: Mapping[str, FieldType]
    rows: pa.Table
    aliases: pa.Table
    merged: tuple[tuple[str, str], ...]
    findings: tuple[Finding, ...]
    summary: Summary
    refused: tuple[Refused, ...] = ()


@refusing_overflow()
def read_people(
    settings: Settings,
    folder: Path,
    sources: Sequence[ContactSource],
    known: pa.Table | Mapping[str, str] | None = None,
) -> People:
    """The people in the files that `sources` name, relative to `folder`.

    `known` are the aliases in the state, oldest first: a mapping alias → id, or a table `alias`,
    `_contact` and perhaps `age` (lower is older). Raises UnreadableInput for a file that is missing or
    no table of contacts, ConfigurationError for settings that cannot be followed.
    """
    sheets, findings = [], []
    for sheet, found in read_sheets(folder, sources):
        _expect_identity(sheet, _identity(settings))
        sheets.append(sheet)
        findings += found
    return _people(settings, sheets, findings, known)


def people_from_rows(
    settings: Settings,
    rows: Sequence[Mapping[str, Any]],
    known: pa.Table | Mapping[str, str] | None = None,
) -> People:
    """The people in `rows`, cleaned and merged as if they had stood in a file; values may be Python's."""
    return _people(settings, [sheet_of_rows(rows)], [], known)


def _identity(settings: Settings) -> tuple[str, ...]:
    """The fields that tell who somebody is, strongest first."""
    if not settings.identity:
        raise ConfigurationError(
            "mactl.yaml: identity names no field", "leave it out, or name email"
        )
    return tuple(dict.fromkeys(settings.identity))


def _expect_identity(sheet: Sheet, identity: Sequence[str]) -> None:
    if not sheet.columns.keys() & set(identity):
        found = ", ".join((sheet.headers or {}).values())
        raise UnreadableInput(
            f"{sheet.path}: no column is called {' or '.join(identity)}; there are {found}",
            f"say in mactl.yaml which it is: columns: {{{_likely_address(sheet)}: {EMAIL}}};"
            " `mactl contacts map` shows the rest",
        )


def _likely_address(sheet: Sheet) -> str:
    """What the file calls the column that has addresses in it."""
    for field, written in (sheet.headers or {}).items():
        some = sheet.columns[field].take(np.arange(min(10, len(sheet)))).array().drop_null()
        if len(some) and all(looks_like_address(text) for text in some.to_pylist()):
            return written
    return "E-mail"


def _people(
    settings: Settings,
    sheets: Sequence[Sheet],
    findings: list[Finding],
    known: pa.Table | Mapping[str, str] | None,
) -> People:
    identity = _identity(settings)
    consent = settings.consent.values()
    answers = {OPT_OUT, *(name for topic in consent for name in (topic.state, topic.withdrawn))}
    fixed = dict.fromkeys((*identity, EMAIL, TIMEZONE), Kind(FieldType.TEXT))
    sheets, doubts = note_notations(settings, sheets, fixed)
    findings += doubts
    sheets, own = _without_own(sheets)
    findings += own
    kinds = find_kinds(settings, sheets, fixed, answers)
    dialled = [channel for name, channel in settings.channels.items() if name in _DIALLED]
    phones = [channel.address for channel in dialled if channel.address]
    parts, refused = [], []
    for sheet in sheets:
        cleaned, found = clean_sheet(sheet, kinds, lambda _: _CARE)
        findings += [
            *found,
            *check_values(cleaned, EMAIL, phones, settings.country, today()),
            *_check_keys(cleaned, identity),
            *_check_zones(cleaned),
        ]
        parts.append(cleaned)
        if cleaned.refusals:
            refused.append(Refused(sheet.path, cleaned.refusals))
    rows = stack_rows(parts, kinds)
    keys = {name: _keys(name, rows) for name in identity}
    identities = identify(keys, known_from(known))
    fields = {name: kind.type for name, kind in kinds.items()}
    if kinds:
        fields[DATA_FLAGS] = FieldType.LIST
    total = sum(len(sheet) + sheet.rejected for sheet in sheets)
    return People(
        contacts=_contacts(settings, rows, fields, keys, identities),
        fields=fields,
        rows=_provenance(rows, sheets, identities),
        aliases=pa.table(
            {
                "alias": identities.aliases,
                CONTACT: _ids_of(identities, identities.holder),
            }
        ),
        merged=identities.merged,
        findings=tuple(in_reading_order(findings)),
        refused=tuple(refused),
        summary=Summary(
            rows=total,
            contacts=len(identities.first),
            rejected=total - len(rows),
            merged=len(rows) - len(identities.first),
        ),
    )


def _without_own(sheets: Sequence[Sheet]) -> tuple[list[Sheet], list[Finding]]:
    """`sheets` without a field that mactl fills itself."""
    kept, findings = [], []
    for sheet in sheets:
        if DATA_FLAGS in sheet.columns:
            message = f"{sheet.called(DATA_FLAGS)} is not read: mactl says itself what is odd"
            findings.append(Finding("contact-own-column", Severity.WARNING, message, sheet.place()))
            columns = {name: c for name, c in sheet.columns.items() if name != DATA_FLAGS}
            sheet = replace(sheet, columns=columns)
        kept.append(sheet)
    return kept, findings


def _check_keys(cleaned: Cleaned, identity: Sequence[str]) -> list[Finding]:
    """Rows that nobody can be recognised by are left out."""
    found = np.zeros(len(cleaned.sheet), np.bool_)
    for name in identity:
        cells = cleaned.cells.get(name)
        if cells is not None:
            # All who are called n/a would be one person.
            nothing = is_nothing(cells.values)
            if pc.any(nothing).as_py():
                cells = cells.replaced(pc.if_else(nothing, None, cells.values))
                cleaned.cells[name] = cells
            found |= cells.valid() & ~flagged(cleaned.flags, name, NO_KEYS, len(cells))
    missing = ~found & ~cleaned.rejected
    message = f"no {' or '.join(identity)} says who this is"
    return cleaned.refuse_rows("contact-no-identity", missing, message, LEFT_OUT)


def _check_zones(cleaned: Cleaned) -> list[Finding]:
    """Forget time zones that do not exist."""
    cells = cleaned.cells.get(TIMEZONE)
    if cells is None:
        return []
    unknown = [name for name in cells.values.unique().to_pylist() if name and not is_zone(name)]
    if not unknown:
        return []
    wrong = pc.is_in(cells.values, pa.array(unknown, pa.string()))
    cleaned.cells[TIMEZONE] = cells.replaced(pc.if_else(wrong, None, cells.values))
    rows = cells.where(wrong.fill_null(False).to_numpy(zero_copy_only=False))
    return cell_findings(
        "contact-unknown-timezone",
        Severity.WARNING,
        cleaned.sheet,
        TIMEZONE,
        cells,
        rows & ~cleaned.rejected,
        lambda text: f"{quoted(text)} is no time zone",
        "write it like Europe/Amsterdam; until then the project's time zone holds",
    )


def is_zone(name: str) -> bool:
    """Whether there is a time zone of this name."""
    try:
        zone_named(name)
    except ValueError:
        return False
    return True


def _keys(name: str, rows: Rows) -> Cells:
    """A column of identity keys; addresses are the same whatever their case."""
    cells = rows.cells.get(name)
    if cells is None:
        return empty_cells(len(rows), pa.string())
    false = flagged(rows.flags, name, NO_KEYS, len(rows))
    if false.any():
        cells = cells.without(false)
    return cells.replaced(lowered(cells.values)) if name == EMAIL else cells


def _contacts(
    settings: Settings,
    rows: Rows,
    fields: Mapping[str, FieldType],
    keys: Mapping[str, Cells],
    identities: Identities,
) -> pa.Table:
    consent = (*settings.consent.values(), _OPTED_OUT)
    chosen = choose_rows(Persons.of(identities), rows.cells, consent)
    everyone = len(identities.first) == len(rows)

    def of_persons(cells: Cells, name: str) -> Cells:
        return cells if everyone else cells.take(chosen[name])

    columns = {name: of_persons(cells, name) for name, cells in rows.cells.items()}
    count = len(identities.first)
    zone = columns.get(TIMEZONE, empty_cells(count, pa.string()))
    for name, marks in rows.local.items():
        seconds, local = columns[name].array(), of_persons(marks, name).array()
        columns[name] = Cells(to_instants(seconds, local, zone, settings.timezone))
    own = [*(name for name in keys if name != EMAIL), *(name for name in keys if name == EMAIL)]
    named = [columns[name].array() for name in own if name in columns]
    if DATA_FLAGS in fields:
        flags = flags_of_persons(rows.flags, identities.person, chosen, columns, count)
        columns[DATA_FLAGS] = Cells(flags)
    return pa.table(
        {
            CONTACT: identities.ids,
            KEY: pc.coalesce(*named) if named else pa.nulls(count, pa.string()),
            ZONE: zone.array(),
            **{name: columns[name].array() for name in fields},
        }
    )


def to_instants(seconds: pa.Array, local: pa.Array, zone: Cells, project: str) -> pa.Array:
    """Instants in UTC of `seconds` of which those that `local` marks are on the wall clock of `zone`,
    the project's where that is empty."""
    rows = np.flatnonzero(local.fill_null(False).to_numpy(zero_copy_only=False))
    if not len(rows):
        return seconds
    codes, _ = zone.codes()
    names = [project, *zone.values.dictionary_encode().dictionary.to_pylist()]
    zones = [zone_named(name) for name in names]
    given = seconds.fill_null(0).to_numpy()
    instants = given.copy()
    instants[rows] = to_utc(given[rows], codes[rows] + 1, zones)
    return pa.array(instants, mask=seconds.is_null().to_numpy(zero_copy_only=False))


def _ids_of(identities: Identities, persons: Numbers) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(persons.astype(np.int32)), identities.ids)


def _provenance(rows: Rows, sheets: Sequence[Sheet], identities: Identities) -> pa.Table:
    paths = pa.array([sheet.path for sheet in sheets], pa.string())
    return pa.table(
        {
            CONTACT: _ids_of(identities, identities.person),
            "path": pa.DictionaryArray.from_arrays(pa.array(rows.sheet.astype(np.int32)), paths),
            "line": rows.line,
        }
    )
