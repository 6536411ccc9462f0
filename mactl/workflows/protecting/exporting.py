"""`mactl privacy export`: everything that is held of one person, and what they are to be told of it (GDPR Articles 15
and 20). Nothing of anybody else is in it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow.compute as pc

from mactl.clock import to_epoch, zone_named
from mactl.columns import AT, CONTACT, EVENT, EVENT_ID, FieldType, plain_value
from mactl.content.render import CannotRender, Renderer
from mactl.content.source import TemplateSource
from mactl.content.values import values_from_json
from mactl.facts.facts import Facts
from mactl.findings import Finding
from mactl.privacy.finding import find_recipients, find_rows
from mactl.privacy.register import Register, register_of
from mactl.privacy.subject import Subject
from mactl.project import Project
from mactl.recipe.cookbook import Cookbook
from mactl.rules.evaluate import evaluate
from mactl.rules.names import STAGE, Definition
from mactl.rules.questions import Question
from mactl.store.ledger import read_contents
from mactl.store.tables import EMAIL
from mactl.workflows.consenting.showing import Standing, show_consent
from mactl.workflows.gathering import Gathered, Sources, gather
from mactl.workflows.opening import open_state, select_recipes
from mactl.workflows.planning.following import tracked
from mactl.workflows.protecting.person import Everybody, find_subject
from mactl.workflows.rows import plain_rows

_KEPT_BACK = {"consent_keys", "sync_batches", "suppressions", "aliases", "contacts", "wordings"}
"""Tables told in another way, or that hold others' data or a secret."""
_MACHINERY = {
    "worker",
    "boot",
    "lease_until",
    "content",
    "legal_until",
    "number",
    "id",
    "enrollment",
    "contact",
}


@dataclass(frozen=True)
class Exported:
    """All that is held of one person; instants in epoch seconds."""

    subject: Subject
    at: int
    zone: str
    fields: Mapping[str, Any]
    """As Python has them; None where the sources have them no more."""
    standing: Mapping[str, Any]
    """segments, scores, labels, stage: what mactl works out of them now."""
    events: Sequence[Mapping[str, Any]]
    """at, event, properties: what the sources and the imports tell."""
    messages: Sequence[Mapping[str, Any]]
    """Rows of sends, with subject and text as they were written where that is kept."""
    consents: Mapping[str, Standing]
    consent_entries: Sequence[Mapping[str, Any]]
    suppressed: Sequence[Mapping[str, Any]]
    rest: Mapping[str, Sequence[Mapping[str, Any]]]
    """Table → its other rows about them."""
    recipients: Sequence[str]
    register: Register
    findings: Sequence[Finding]


def export_person(project: Project, who: str, now: datetime) -> Exported:
    """What is held of `who`, an address or a key; UsageError where nobody is known by it."""
    selection = select_recipes(project, ())
    cookbook = selection.cookbook
    with open_state(project) as state:
        gathered = gather(project, Sources(), state, now, tracked(cookbook).changed)
        with state.reading() as connection:
            subject = find_subject(connection, Everybody.of(project, gathered.people), who)
            rows = find_rows(connection, subject)
            recipients = find_recipients(connection, subject)
            hashes = {row["content"] for row in rows.get("sends", ()) if row["content"]}
            contents = read_contents(connection, hashes)
        messages = [_message(row, contents) for row in rows.get("sends", ())]
    zone = zone_named(project.settings.timezone)
    mine = _about(gathered, subject)
    topics, entries = _consents(project, subject, now)
    return Exported(
        subject=subject,
        at=to_epoch(now),
        zone=project.settings.timezone,
        fields=_fields(mine, zone) if mine else {},
        standing=_standing(project, cookbook, mine, subject) if mine else {},
        events=list(_events(mine, zone)) if mine else [],
        messages=messages,
        consents=topics,
        consent_entries=entries,
        suppressed=[
            _without(row, {"number", "address_key"}) for row in rows.get("suppressions", ())
        ],
        rest=dict(_rest(rows, mine, zone)),
        recipients=recipients,
        register=register_of(project, cookbook),
        findings=[*selection.findings],
    )


def _about(gathered: Gathered, subject: Subject) -> Facts | None:
    """The facts of one person; None where they are in no source any more."""
    for id in subject.ids:
        mine = gathered.facts.about(id)
        if mine.contacts.num_rows:
            return mine
    return None


def _fields(mine: Facts, zone: Any) -> dict[str, Any]:
    row = mine.contacts.to_pylist()[0]
    plain = {name: plain_value(row[name], type_, zone) for name, type_ in mine.fields.items()}
    return {name: value for name, value in plain.items() if value not in (None, [])}


def _standing(
    project: Project, cookbook: Cookbook, mine: Facts, subject: Subject
) -> dict[str, Any]:
    asked: dict[str, Any] = {
        f"segment {name}": Question(condition, name.partition(".")[0])
        for name, condition in cookbook.segments.items()
    }
    asked |= {f"score {name}": Definition("score", name) for name in cookbook.scores}
    asked |= {f"label {name}": Definition("label", name) for name in cookbook.labels}
    if cookbook.stages:
        asked["stage "] = STAGE
    if not asked:
        return {}
    answers = plain_rows(evaluate(mine, cookbook, asked, engine=project.settings.engine))[0]
    told: dict[str, Any] = {"segments": []}
    for name, value in answers.items():
        kind, _, which = name.partition(" ")
        if kind == "segment":
            told["segments"] += [which] if value else []
        elif kind == "stage":
            told["stage"] = value
        elif value is not None:
            told.setdefault(f"{kind}s", {})[which] = value
    return told


def _events(mine: Facts, zone: Any) -> Iterator[dict[str, Any]]:
    own = {CONTACT, EVENT, AT, EVENT_ID}
    types = {name: type_ for name, type_ in mine.properties.items() if name not in own}
    table = mine.events
    order = pc.sort_indices(table, [(AT, "ascending")])
    for row in table.take(order).to_pylist():
        told = {
            name: plain_value(row[name], type_, zone)
            for name, type_ in types.items()
            if name in row
        }
        properties = {name: value for name, value in told.items() if value not in (None, [])}
        yield {"at": row[AT], "event": row[EVENT], "properties": properties}


def _message(row: Mapping[str, Any], contents: Mapping[str, str]) -> dict[str, Any]:
    told = _without(row, _MACHINERY | {"merge", "priority"})
    told |= {"subject": None, "text": None}
    source = contents.get(row["content"] or "")
    if not row["merge"]:
        return told
    told["merge"] = json.loads(row["merge"])
    if source is None:
        return told
    try:
        renderer = Renderer(TemplateSource.from_json(source))
        values = values_from_json(row["merge"])
        if row["channel"] == EMAIL:
            rendered = renderer.render(values)
            told |= {"subject": rendered.subject, "text": rendered.text}
        else:
            told["text"] = renderer.render_text(row["channel"], values)
    except (CannotRender, ValueError):
        pass  # made by an older mactl: the merge values are there all the same
    return told


def _consents(
    project: Project, subject: Subject, now: datetime
) -> tuple[Mapping[str, Standing], Sequence[Mapping[str, Any]]]:
    if not subject.ids:
        return {}, []
    shown = show_consent(project, subject.key, now, Sources())
    return shown.topics, [_without(entry, {"contact"}) for entry in shown.entries]


def _rest(
    rows: Mapping[str, Sequence[Mapping[str, Any]]], mine: Facts | None, zone: Any
) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    for name, found in rows.items():
        if name in _KEPT_BACK | {"sends", "consents"} or not found:
            continue
        told = [_read(_without(row, _MACHINERY)) for row in found]
        yield name, _stood(told, mine, zone) if name == "snapshots" else told


def _stood(rows: list[dict[str, Any]], mine: Facts | None, zone: Any) -> list[dict[str, Any]]:
    """What is followed as people write it: a date, not its number."""
    types = {} if mine is None else {f"column {name}": type_ for name, type_ in mine.fields.items()}
    for row in rows:
        type_ = types.get(row["name"])
        is_number = not isinstance(row["value"], str)
        if type_ is FieldType.LIST or (
            type_ is not None and is_number
        ):  # it may have been text once
            row["value"] = plain_value(row["value"], type_, zone)
    return rows


def _read(row: dict[str, Any]) -> dict[str, Any]:
    """A row with its JSON read."""
    for name in ("trigger", "properties", "body", "draws"):
        if isinstance(row.get(name), str):
            row[name] = json.loads(row[name])
    return row


def _without(row: Mapping[str, Any], names: set[str]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names and value is not None}
