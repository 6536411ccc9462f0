"""One contact: the rows that made it, its fields, and why."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mactl.cli.invocation import Invocation
from mactl.cli.output import in_zone, print_json, print_table, printable, stdout, told_at
from mactl.people.hygiene.flags import MEANINGS, Flag
from mactl.workflows.persons.reading import told_place
from mactl.workflows.persons.remembering import Remembered
from mactl.workflows.persons.showing import ContactShown, FieldShown, RowShown, ValueShown


def show_contact(invocation: Invocation, contact: ContactShown, zone: str) -> None:
    """`{"contact", "id", "email", "rows", "fields", "known_keys", "apart", "merged", "decisions", "opted_out",
    "data_flags", "set_by_recipes", "journeys", "sends", "consents"}`, or the same in words; instants in `zone`."""
    if invocation.wants_json:
        print_json(_json(contact, zone))
        return
    console = stdout()
    console.print(printable(f"{contact.key}  ({contact.id})"), style="bold", markup=False)
    console.print()
    rows = [
        {"row": told_place(row.path, row.line), "by": _joined(row, contact)} for row in contact.rows
    ]
    print_table(["row", "by"], rows, "no source has them any more; this is what the state knows")
    fields = [
        {
            "field": name,
            "value": text_of(field.chosen.value),
            "from": told_place(field.chosen.path, field.chosen.line),
            "why": field.why,
            "others": ", ".join(
                f"{text_of(o.value)} ({told_place(o.path, o.line)})" for o in field.others
            ),
        }
        for name, field in contact.fields.items()
    ]
    if fields:
        console.print()
        print_table(["field", "value", "from", "why", "others"], fields, "")
    for line in _lines(contact, zone):
        console.print(printable(line), markup=False)


def _lines(contact: ContactShown, zone: str) -> Iterator[str]:
    state = contact.remembered
    for told in state.set:
        yield f"a recipe set {told.field} to {text_of(told.value)} at {in_zone(told.at, zone)[:16]}, which counts first"
    if contact.known:
        yield f"known by{' as well' if contact.rows else ''}: {', '.join(contact.known)}"
    if state.merged:
        yield f"known as before: {', '.join(state.merged)}"
    for key, value, others in contact.apart:
        yield f"{key} {value} is also that of {', '.join(others)}, who are kept apart"
    for one, kept, other in state.decisions:
        undone = ", undone" if one.undone_at is not None else ""
        why = f": {one.why}" if one.why else ""
        yield f"decision {one.number} ({one.kind} of {kept} and {other}{undone}){why}"
    for flag in contact.flags:
        yield f"{flag}: {MEANINGS[Flag(flag)]}"
    for topic, reason in contact.opted_out.items():
        yield f"must not be written to ({topic or 'all mail'}): {reason}"
    yield from _past_lines(state, zone)


def _past_lines(state: Remembered, zone: str) -> Iterator[str]:
    for entry in state.consents:
        about, when = entry["topic"] or "all marketing", _instant(entry["at"], zone)
        yield f"consent: {about} {entry['state']}{f' at {when}' if when else ''}"
    for journey in state.journeys:
        ended = _instant(journey["ended_at"], zone)
        until = f", {journey['status']} {ended}" if ended else f", {journey['status']}"
        yield f"journey {journey['recipe']}: entered {_instant(journey['entered_at'], zone)}{until}"
    for sent in state.sends:
        to = f" to {sent['address']}" if sent["address"] else ""
        when = _instant(sent["settled_at"] or sent["due_at"], zone)
        why = f": {sent['reason']}" if sent["reason"] else ""
        yield f"{sent['channel']} {sent['recipe']}.{sent['template']}{to}: {sent['status']} {when}{why}"


def _instant(seconds: int | None, zone: str) -> str | None:
    return None if seconds is None else told_at(seconds, zone)


def _joined(row: RowShown, contact: ContactShown) -> str:
    if row.joined is None:
        return f"first, {', '.join(f'{key} {value}' for key, value in row.keys.items())}"
    key = f"{row.joined.key} {row.joined.value}"
    if row.joined.row is None:
        return f"{key}, which the state knows as theirs"
    other = contact.rows[row.joined.row]
    return f"{key}, as in {told_place(other.path, other.line)}"


def text_of(value: Any) -> str:
    """A value as people read it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "; ".join(map(str, value)) if isinstance(value, list) else str(value)


def _json(contact: ContactShown, zone: str) -> dict[str, Any]:
    return {
        "contact": contact.key,
        "id": contact.id,
        "email": contact.email,
        "rows": [_row(row, contact) for row in contact.rows],
        "fields": {name: field_json(field) for name, field in contact.fields.items()},
        "known_keys": list(contact.known),
        "apart": [
            {"key": key, "value": value, "contacts": list(others)}
            for key, value, others in contact.apart
        ],
        "merged": list(contact.remembered.merged),
        "decisions": [
            {
                "decision": one.number,
                "kind": str(one.kind),
                "contact": kept,
                "other": other,
                "at": in_zone(one.at, zone),
                "why": one.why,
                "undone": one.undone_at is not None,
            }
            for one, kept, other in contact.remembered.decisions
        ],
        "opted_out": [
            {"topic": topic or None, "reason": reason}
            for topic, reason in contact.opted_out.items()
        ],
        "data_flags": list(contact.flags),
        "set_by_recipes": [
            {"field": told.field, "value": told.value, "at": in_zone(told.at, zone)}
            for told in contact.remembered.set
        ],
        **_past_json(contact.remembered, zone),
    }


def _past_json(state: Remembered, zone: str) -> dict[str, Any]:
    def told(row: Mapping[str, Any], *names: str, instants: Sequence[str]) -> dict[str, Any]:
        at = {name: None if row[name] is None else in_zone(row[name], zone) for name in instants}
        return {name: row[name] for name in names} | at

    journeys = ("recipe", "status", "why")
    sends = ("recipe", "template", "channel", "address", "status", "reason")
    consents = ("number", "topic", "state", "source", "place")
    return {
        "journeys": [
            told(row, *journeys, instants=("entered_at", "ended_at")) for row in state.journeys
        ],
        "sends": [told(row, *sends, instants=("due_at", "settled_at")) for row in state.sends],
        "consents": [
            told(row, *consents, instants=("at", "recorded_at")) for row in state.consents
        ],
    }


def _row(row: RowShown, contact: ContactShown) -> dict[str, Any]:
    joined: dict[str, Any] | None = None
    if row.joined is not None:
        joined = {"key": row.joined.key, "value": row.joined.value, "path": None, "line": None}
        if row.joined.row is not None:
            other = contact.rows[row.joined.row]
            joined |= {"path": other.path, "line": other.line or None}
    return {"path": row.path, "line": row.line or None, "keys": row.keys, "joined_by": joined}


def field_json(field: FieldShown) -> dict[str, Any]:
    """A field with its value, where that stands, why, and the values that lost."""
    return {**_value(field.chosen), "why": field.why, "others": [_value(o) for o in field.others]}


def _value(value: ValueShown) -> dict[str, Any]:
    return {"value": value.value, "path": value.path, "line": value.line or None}
