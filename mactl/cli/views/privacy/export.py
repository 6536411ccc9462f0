"""What is held of somebody, as a page to read, as text and as data."""

import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mactl.cli.invocation import Invocation
from mactl.cli.output import in_zone, printable, stderr, told_at
from mactl.cli.views.privacy.page import page
from mactl.keeping import make_own_folder, note_written, write_whole
from mactl.privacy.holdings import BY_TABLE
from mactl.project import Project

if TYPE_CHECKING:
    from mactl.workflows.protecting.exporting import Exported

_RIGHTS = (
    "You may have this corrected, erased or used less, object to its use, have a copy in a form that other programs"
    " read, and take back a consent at any time. You may complain to the data protection authority of your country."
)
_YOU = {"they": "you", "them": "you", "their": "your"}
_THEM = re.compile(rf"\b({'|'.join(_YOU)})\b")
_NAMES = {".html": "html", ".json": "json"}


@dataclass(frozen=True)
class Section:
    """A heading, a sentence, and rows under columns; without columns the rows are names and values."""

    title: str
    rows: Sequence[Sequence[str]]
    columns: Sequence[str] = ()
    note: str = ""


def show_export(
    invocation: Invocation, exported: "Exported", out: Path | None, project: Project
) -> None:
    """To the terminal as text or JSON; into a file by its ending, or as all three into a folder."""
    if out is None:
        text = _as_json(exported) if invocation.wants_json else _as_text(exported)
        sys.stdout.write(text)
        return
    made = {"html": _as_html, "json": _as_json, "txt": _as_text}
    if out.is_dir() or not out.suffix:
        make_own_folder(out)
        files = {out / f"{_file_name(exported)}.{ending}": make for ending, make in made.items()}
    else:
        kind = "json" if invocation.wants_json else _NAMES.get(out.suffix.lower(), "txt")
        files = {out: made[kind]}
    for path, make in files.items():
        write_whole(path, make(exported).encode("utf-8", "replace"), 0o600)
        if project.has_file:
            note_written(project.folder, path)
        if not invocation.quiet:
            stderr().print(f"written to {path}", markup=False)


def _file_name(exported: "Exported") -> str:
    kept = [c if c.isalnum() or c in "-_." else "-" for c in exported.subject.key]
    return "".join(kept).strip(".-")[:80] or "contact"


def _as_json(exported: "Exported") -> str:
    """`{"contact", "at", "sources", "keys", "fields", "segments", "scores", "labels", "stage", "events", "messages",
    "consents", "suppressions", "held", "recipients", "purposes", "controller", "processors"}`"""
    zone, subject = exported.zone, exported.subject
    told = {
        "contact": subject.key,
        "at": in_zone(exported.at, zone),
        "sources": [{"path": place.path, "line": place.line} for place in subject.rows],
        "keys": [{"field": field, "value": value} for field, value in subject.aliases],
        "fields": exported.fields,
        **exported.standing,
        "events": [_dated(event, zone) for event in exported.events],
        "messages": [_dated(message, zone) for message in exported.messages],
        "consents": {t: _dated(asdict(s), zone) for t, s in exported.consents.items()},
        "consent_entries": [_dated(entry, zone) for entry in exported.consent_entries],
        "suppressions": [_dated(row, zone) for row in exported.suppressed],
        "held": {n: [_dated(row, zone) for row in rows] for n, rows in exported.rest.items()},
        "recipients": list(exported.recipients),
        "purposes": [asdict(activity) for activity in exported.register.activities],
        "controller": exported.register.controller
        and exported.register.controller.model_dump(mode="json"),
        "processors": [one.model_dump(mode="json") for one in exported.register.processors],
    }
    return json.dumps(told, ensure_ascii=False, indent=2, default=_plain) + "\n"


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, (date, datetime)) else str(value)


def _dated(row: Mapping[str, Any], zone: str) -> dict[str, Any]:
    """`row` with its instants as people and programs read them."""
    return {n: in_zone(v, zone) if _is_instant(n, v) else v for n, v in row.items()}


def _is_instant(name: str, value: Any) -> bool:
    return (name == "at" or name.endswith(("_at", "_until"))) and isinstance(value, int)


def _sections(exported: "Exported") -> Iterator[Section]:
    zone, subject, register = exported.zone, exported.subject, exported.register
    yield from _about(exported)
    rows = [(str(place),) for place in subject.rows]
    note = "The files, and the lines in them, that this was read from."
    yield Section("Where it comes from", rows, ("file and line",), note)
    keys = [(field, value) for field, value in subject.aliases]
    yield Section("What you are recognised by", keys, ("kind", "key"))
    yield Section("What is known", [(n, _text(v)) for n, v in exported.fields.items()])
    worked_out = [(name, _text(value)) for name, value in exported.standing.items()]
    note = "Worked out by rules from the rest; whoever answers for it tells how."
    yield Section("What is made of it", worked_out, (), note)
    consents = [
        (
            topic or "all marketing",
            one.state,
            told_at(one.at, zone) if one.at else "",
            one.source or "",
            one.wording or "",
        )
        for topic, one in exported.consents.items()
    ]
    columns = ("what for", "state", "when", "where", "the words you were shown")
    yield Section("What you agreed to", consents, columns)
    opt_outs = [
        (row["topic"] or "all mail", row["reason"], told_at(row["at"], zone))
        for row in exported.suppressed
    ]
    yield Section("What you are not sent", opt_outs, ("what", "why", "since"))
    yield _messages(exported)
    events = [
        (told_at(event["at"], zone), event["event"], _text(event["properties"]))
        for event in exported.events
    ]
    yield Section("What happened", events, ("when", "what", "details"))
    yield from _rest(exported)
    yield Section("Who else was told", [(name,) for name in exported.recipients], ("recipient",))
    purposes = [
        (one.name, one.purpose, "; ".join(one.basis), one.retention) for one in register.activities
    ]
    yield Section("What it is used for", purposes, ("activity", "purpose", "ground", "kept for"))


def _rest(exported: "Exported") -> Iterator[Section]:
    for name, found in exported.rest.items():
        title = _to_you(BY_TABLE[name].what)
        if name == "snapshots":
            stood = [(row["name"].removeprefix("column "), _text(row["value"])) for row in found]
            yield Section(title, stood)
        else:
            lines = [(_text(_dated(row, exported.zone)),) for row in found]
            yield Section(title, lines, ("as it is kept",))


def _to_you(what: str) -> str:
    """Words about them as a title for them to read: `journeys that they went through`."""
    told = _THEM.sub(lambda found: _YOU[found[0]], what)
    return f"{told[0].upper()}{told[1:]}"


def _about(exported: "Exported") -> Iterator[Section]:
    controller = exported.register.controller
    rows = [("Written on", told_at(exported.at, exported.zone))]
    if controller is not None:
        parts = (controller.name, controller.address, controller.contact)
        rows.append(("Who answers for it", ", ".join(part for part in parts if part)))
        if controller.dpo is not None:
            dpo = (controller.dpo.name, controller.dpo.contact)
            rows.append(("Data protection officer", ", ".join(part for part in dpo if part)))
    for one in exported.register.processors:
        where = f", {one.country}" if one.country else ""
        rows.append(("Works for them", f"{one.name} ({one.does}{where})"))
    yield Section("About this", [*rows, ("Your rights", _RIGHTS)])


def _messages(exported: "Exported") -> Section:
    rows = [
        (
            told_at(row.get("settled_at") or row["due_at"], exported.zone),
            f"{row['channel']}: {row['status']}",
            row.get("address") or "",
            row.get("subject") or row["template"],
            row.get("text") or "",
        )
        for row in exported.messages
    ]
    return Section("What you were sent", rows, ("when", "how", "to", "subject", "text"))


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{n}: {_text(v)}" for n, v in value.items() if v is not None)
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_text, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.10g}" if isinstance(value, float) else _plain(value)


def _as_text(exported: "Exported") -> str:
    lines = [f"What is held of {exported.subject.key}", ""]
    for section in _sections(exported):
        if not section.rows:
            continue
        lines += [section.title, "-" * len(section.title)]
        lines += [section.note] if section.note else []
        for row in section.rows:
            if section.columns:
                lines.append("  " + " | ".join(" ".join(cell.split()) for cell in row if cell))
            else:
                lines.append(f"  {row[0]:22} {' '.join(row[1].split())}")
        lines.append("")
    return "".join(f"{printable(line)}\n" for line in lines)


def _as_html(exported: "Exported") -> str:
    parts = []
    for section in _sections(exported):
        if section.rows:
            parts.append(f"<h2>{escape(section.title)}</h2>")
            parts += [f"<p>{escape(section.note)}</p>"] if section.note else []
            parts.append(_table(section))
    return page(
        f"What is held of {exported.subject.key}", "GDPR Articles 15 and 20", "\n".join(parts)
    )


def _table(section: Section) -> str:
    head = ""
    if section.columns:
        cells = "".join(f"<th scope=col>{escape(name)}</th>" for name in section.columns)
        head = f"<thead><tr>{cells}</tr></thead>\n"
    body = []
    for row in section.rows:
        tags = ["td" if section.columns or n else "th" for n in range(len(row))]
        cells = "".join(
            f"<{tag}>{escape(cell)}</{tag}>" for tag, cell in zip(tags, row, strict=True)
        )
        body.append(f"<tr>{cells}</tr>")
    return f"<table>\n{head}<tbody>\n" + "\n".join(body) + "\n</tbody></table>"
