"""What a source, and each of its rows, must have for people to be made of it."""

import json
import re
from collections.abc import Collection, Sequence
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from mactl.clock import zone_named
from mactl.errors import ConfigurationError, UnreadableInput
from mactl.findings import Finding, Severity
from mactl.people.cells import mask_of
from mactl.people.hygiene.cleaning import Cleaned
from mactl.people.hygiene.flags import DATA_FLAGS
from mactl.people.hygiene.values import is_nothing
from mactl.people.identity.keys import EMAIL, KeyRule, missing_keys
from mactl.people.sources.faults import LEFT_OUT, cell_findings, quoted
from mactl.people.sources.layouts.layout import OPT_OUT
from mactl.people.sources.likely import holds_addresses, holds_ids
from mactl.people.sources.sheets import Sheet
from mactl.people.sources.synonyms import proposed_field
from mactl.project import Settings
from mactl.validation import did_you_mean

TIMEZONE = "timezone"
CONTACT_ID = "contact_id"
_BETWEEN = re.compile(r"\w\W+\w")  # what may be several names, read as one
_SAME = 0.85
"""How alike two names are of which one is the other misspelt."""


def expect_identity(sheet: Sheet, rules: Sequence[KeyRule]) -> None:
    """Raises UnreadableInput where `sheet` has no column by which anybody could be recognised."""
    if not any(sheet.columns.keys() >= set(rule.fields) for rule in rules):
        found = ", ".join((sheet.headers or {}).values())
        wanted = " or ".join(rule.told for rule in rules)
        raise UnreadableInput(
            f"{sheet.path}: no column is called {wanted}; there are {found}",
            _instead(sheet, [rule.told for rule in rules]),
        )


def _instead(sheet: Sheet, wanted: Sequence[str]) -> str:
    """Which column may tell who somebody is in place of the keys that are `wanted`, and how to say so."""
    named = (sheet.headers or {}).items()
    for key in (EMAIL, CONTACT_ID):
        for field, written in named if key in wanted else ():
            is_it = proposed_field(field) == key
            if is_it or (key == EMAIL and holds_addresses(sheet.columns[field])):
                return (
                    f"say in mactl.yaml which it is: columns: {{{_in_yaml(written)}: {key}}};"
                    " `mactl contacts map` shows the rest"
                )
    for field, written in named:
        if holds_ids(written, sheet.columns[field]):
            keys = ", ".join([field, *wanted] if CONTACT_ID in wanted else [field, "…"])
            mapped = f", or columns: {{{_in_yaml(written)}: {CONTACT_ID}}} beside the file"
            return (
                f"each row has its own {quoted(written)}; if that says who somebody is, write in mactl.yaml"
                f" identity: [{keys}]{mapped if CONTACT_ID in wanted else ''}"
            )
    if len(named) == 1 and any(_BETWEEN.search(written) for _, written in named):
        return (
            "there is one column only: if several are meant, say beside the file in mactl.yaml what stands between"
            ' them: delimiter: "…"'
        )
    return (
        "no column has addresses, or an id of its own for each row; if some tell people apart all the same,"
        " write in mactl.yaml identity: [COLUMN], or identity: [{all: [COLUMN, COLUMN]}]"
    )


def _in_yaml(name: str) -> str:
    """A column's name as a key of a YAML mapping."""
    return name if re.fullmatch(r"[^\W\d][\w /-]*", name) else json.dumps(name, ensure_ascii=False)


def without_own(sheets: Sequence[Sheet]) -> tuple[list[Sheet], list[Finding]]:
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


def check_names(settings: Settings, fields: Collection[str]) -> list[Finding]:
    """Names in `identity` and `survivorship` that are most likely misspelt; a field that is merely missing is none.

    Raises ConfigurationError where a rule of survivorship would lift an opt-out.
    """
    rules = settings.survivorship
    if OPT_OUT in rules.fields:
        raise ConfigurationError(
            f"mactl.yaml: survivorship has a rule for {OPT_OUT}, which always counts, whichever row says it",
            "leave it out",
        )
    is_default = "identity" not in settings.model_fields_set
    keys = () if is_default else settings.identity
    named = {
        "identity": [field for key in keys for field in key.fields],
        "survivorship": [*rules.fields, *([rules.at] if rules.at else [])],
    }
    findings = []
    for where, names in named.items():
        for name in dict.fromkeys(names):
            hint = None if name in fields else did_you_mean(name, fields, likeness=_SAME)
            if hint is not None:
                message = f"mactl.yaml: {where} names the field {name!r}, which no source has"
                findings.append(
                    Finding("contact-unknown-field", Severity.WARNING, message, hint=hint)
                )
    return findings


def check_keys(cleaned: Cleaned, rules: Sequence[KeyRule], country: str | None) -> list[Finding]:
    """Rows that nobody can be recognised by are left out; `country` is the project's."""
    for name in dict.fromkeys(field for rule in rules for field in rule.fields):
        cells = cleaned.cells.get(name)
        if cells is not None and pa.types.is_string(cells.values.type):
            # All who are called n/a would be one person.
            nothing = is_nothing(cells.values)
            if pc.any(nothing).as_py():
                cells = cells.replaced(pc.if_else(nothing, None, cells.values))
                cleaned.cells[name] = cells
    count = len(cleaned.sheet)
    missing = missing_keys(rules, cleaned.cells, cleaned.flags, count, country)
    message = f"no {' or '.join(rule.told for rule in rules)} says who this is"
    return cleaned.refuse_rows(
        "contact-no-identity", missing & ~cleaned.rejected, message, LEFT_OUT
    )


def check_zones(cleaned: Cleaned) -> list[Finding]:
    """Forget time zones that do not exist."""
    cells = cleaned.cells.get(TIMEZONE)
    if cells is None:
        return []
    unknown = [name for name in cells.values.unique().to_pylist() if name and not is_zone(name)]
    if not unknown:
        return []
    wrong = pc.is_in(cells.values, pa.array(unknown, pa.string()))
    cleaned.cells[TIMEZONE] = cells.replaced(pc.if_else(wrong, None, cells.values))
    rows = cells.where(mask_of(wrong))
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
