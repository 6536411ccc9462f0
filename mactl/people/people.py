"""People: the contacts of all sources, cleaned, and the rows of one person made one contact."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mactl.clock import today
from mactl.columns import FieldType
from mactl.errors import ConfigurationError
from mactl.findings import Finding, Place, Severity, in_reading_order
from mactl.people.aliases import aliases_of, former_of, heirs_of, shared_of
from mactl.people.cells import Numbers, refusing_overflow
from mactl.people.demands import (
    TIMEZONE,
    check_keys,
    check_names,
    check_zones,
    expect_identity,
    without_own,
)
from mactl.people.erased import (
    Erased,
    erased_keys,
    erased_rows,
    pass_over,
    tell_erased,
    tell_rows,
    theirs,
    without_lines,
)
from mactl.people.hygiene.cleaning import (
    Care,
    clean_sheet,
    find_kinds,
    stack_rows,
    take_rows,
)
from mactl.people.hygiene.flags import DATA_FLAGS
from mactl.people.hygiene.judging import check_values
from mactl.people.hygiene.notations import note_notations
from mactl.people.hygiene.values import Kind
from mactl.people.identity.keys import EMAIL, KeyRule, key_cells, key_rules, phone_fields
from mactl.people.identity.known import Known, known_from
from mactl.people.identity.recognising import Identities, identify
from mactl.people.identity.telling import tell_common, tell_shared
from mactl.people.origins import Origins, contacts_of, origins_of, rows_of
from mactl.people.sources.faults import LEFT_OUT
from mactl.people.sources.layouts.layout import OPT_OUT
from mactl.people.sources.reading import read_sheets
from mactl.people.sources.refusals import Refused
from mactl.people.sources.sheets import Sheet, sheet_of_rows
from mactl.project import ContactSource, Settings

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
    `shared`: `alias`, `_contact` of all who share a key and are kept apart, and `former`: `email`, `_contact` of
    addresses that somebody is known by beside the one in their fields. `heirs`: `alias`, `gone`, `_contact` of those
    who have a key today of a known contact (`gone`) whom no source has any more, for all keys of that contact.
    `refused` are the rows left out, where they were read anew; `erased` knows who is among none of them.
    """

    contacts: pa.Table
    fields: Mapping[str, FieldType]
    rows: pa.Table
    aliases: pa.Table
    merged: tuple[tuple[str, str], ...]
    findings: tuple[Finding, ...]
    summary: Summary
    shared: pa.Table
    former: pa.Table
    heirs: pa.Table
    refused: tuple[Refused, ...] = ()
    erased: Erased | None = None


@refusing_overflow()
def read_people(
    settings: Settings,
    folder: Path,
    sources: Sequence[ContactSource],
    known: pa.Table | Mapping[str, str] | None = None,
    erased: Erased | None = None,
) -> People:
    """The people in the files that `sources` name, relative to `folder`.

    `known` are the aliases in the state, oldest first: a mapping alias → id, or a table `alias`,
    `_contact` and perhaps `age` (lower is older). Rows of who was `erased` are left out. Raises UnreadableInput for
    a file that is missing or no table of contacts, ConfigurationError for settings that cannot be followed.
    """
    return read_origins(settings, folder, sources, known, erased)[0]


@refusing_overflow()
def read_origins(
    settings: Settings,
    folder: Path,
    sources: Sequence[ContactSource],
    known: pa.Table | Mapping[str, str] | None = None,
    erased: Erased | None = None,
) -> tuple[People, Origins]:
    """As `read_people`, and the rows that they were made of."""
    sheets, findings = [], []
    rules = _rules(settings)
    for sheet, found in read_sheets(folder, sources):
        expect_identity(sheet, rules)
        sheets.append(sheet)
        findings += found
    return _people(settings, sheets, findings, known, erased)


def people_from_rows(
    settings: Settings,
    rows: Sequence[Mapping[str, Any]],
    known: pa.Table | Mapping[str, str] | None = None,
) -> People:
    """The people in `rows`, cleaned and merged as if they had stood in a file; values may be Python's."""
    return _people(settings, [sheet_of_rows(rows)], [], known)[0]


def _rules(settings: Settings) -> tuple[KeyRule, ...]:
    """The keys that tell who somebody is, strongest first."""
    if not settings.identity:
        raise ConfigurationError(
            "mactl.yaml: identity names no field", "leave it out, or name email"
        )
    return key_rules(settings)


def _people(
    settings: Settings,
    sheets: Sequence[Sheet],
    findings: list[Finding],
    known: pa.Table | Mapping[str, str] | None,
    erased: Erased | None = None,
) -> tuple[People, Origins]:
    rules = _rules(settings)
    consent = settings.consent.values()
    answers = {OPT_OUT, *(name for topic in consent for name in (topic.state, topic.withdrawn))}
    # Words that somebody consented to stay the very words: `1.0` is not what they read, nor is yes.
    proofs = [name for topic in consent for name in (topic.source, topic.wording) if name]
    texts = (*settings.identity_fields, EMAIL, TIMEZONE, *proofs)
    fixed = dict.fromkeys(texts, Kind(FieldType.TEXT))
    sheets, doubts = note_notations(settings, sheets, fixed)
    findings += doubts
    sheets, own = without_own(sheets)
    findings += own
    kinds = find_kinds(settings, sheets, fixed, answers)
    findings += check_names(settings, kinds)
    phones = {*_dialled(settings), *phone_fields(rules)}
    parts, refused, gone = [], [], [np.zeros(0, np.int64)]
    for sheet in sheets:
        cleaned, found = clean_sheet(sheet, kinds, lambda _: _CARE)
        found += [
            *check_values(cleaned, EMAIL, phones, settings.country, today()),
            *check_keys(cleaned, rules, settings.country),
            *check_zones(cleaned),
        ]
        on = erased_rows(
            cleaned, {name: (name,) for name in {*settings.identity_fields, EMAIL}}, erased
        )
        findings += pass_over(cleaned, on, found)
        left_out = cleaned.rejected & (on > 0)
        findings += tell_erased(sheet.path, sheet.lines[left_out], on[left_out])
        gone.append(on[~cleaned.rejected])
        parts.append(cleaned)
        if cleaned.refusals:
            refused.append(Refused(sheet.path, cleaned.refusals))
    rows = stack_rows(parts, kinds)
    keys = key_cells(rules, rows.cells, rows.flags, len(rows), settings.country)
    identities = identify(keys, knowing := known_from(known), rules)
    on = np.maximum(np.concatenate(gone), erased_keys(keys, erased))
    if on.any():
        on = _of_persons(on, identities, knowing)
        for number, sheet in enumerate(sheets):
            lines = rows.line[(rows.sheet == number) & (on > 0)]
            findings = without_lines(findings, sheet.path, lines)
        findings += tell_rows(rows, [sheet.path for sheet in sheets], on)
        rows = take_rows(rows, np.flatnonzero(on == 0))
        keys = key_cells(rules, rows.cells, rows.flags, len(rows), settings.country)
        identities = identify(keys, knowing, rules)
    fields = {name: kind.type for name, kind in kinds.items()}
    if kinds:
        fields[DATA_FLAGS] = FieldType.LIST
    paths = [sheet.path for sheet in sheets]
    origins = origins_of(settings, rows, paths, rules, keys, identities)
    contacts = contacts_of(settings, origins, fields)
    findings += tell_common(identities.common, _placing(origins))
    findings += tell_shared(identities, contacts, _placing(origins))
    total = sum(len(sheet) + sheet.rejected for sheet in sheets)
    people = People(
        contacts=contacts,
        fields=fields,
        rows=rows_of(origins),
        aliases=aliases_of(identities),
        merged=identities.merged,
        findings=tuple(in_reading_order(findings)),
        summary=Summary(
            rows=total,
            contacts=len(identities.first),
            rejected=total - len(rows),
            merged=len(rows) - len(identities.first),
        ),
        shared=shared_of(identities),
        former=former_of(identities, contacts),
        heirs=heirs_of(identities, knowing),
        refused=tuple(refused),
        erased=erased,
    )
    return people, origins


def _of_persons(on: Numbers, identities: Identities, known: Known) -> Numbers:
    """For each row when who it is about was erased, else 0, given for each row alone."""
    is_known = pc.is_in(identities.ids, value_set=known.ids).to_numpy(zero_copy_only=False)
    return theirs(on, identities.person, is_known)


def _dialled(settings: Settings) -> list[str]:
    """The fields with the addresses of channels that dial."""
    dialled = [channel for name, channel in settings.channels.items() if name in _DIALLED]
    return [channel.address for channel in dialled if channel.address]


def _placing(origins: Origins) -> Callable[[int], Place | None]:
    def place_of(row: int) -> Place | None:
        path, line = origins.place_of(row)
        return None if path is None else Place(path, line)

    return place_of
