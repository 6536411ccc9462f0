"""A project in which everything that can hold somebody does, and a search for them that shares no code with mactl's."""

import base64
import codecs
import gzip
import io
import json
import quopri
import sqlite3
import urllib.parse
import zipfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import MetaData, Table, insert, inspect, select

from mactl.clock import parse_instant, to_epoch, zone_named
from mactl.keeping import note_written
from mactl.project import Project, load_project
from mactl.store.state import State
from mactl.store.suppressions import Suppression, add_suppressions
from mactl.store.tables import codes, events, identity_decisions, sends, suppressions
from mactl.workflows.gathering import Sources
from mactl.workflows.handing_out.syncing import sync
from mactl.workflows.importing.events import import_events
from mactl.workflows.opening import open_state
from mactl.workflows.sending.send import Manners, send_now
from mactl.workflows.suppressing.changing import suppress

ANN = "ann.vries@example.com"
OTHER = "ann.v@example.org"
PHONE = "+31612345678"
NOW = "2026-11-23T10:00"
SETTINGS: dict[str, Any] = {
    "timezone": "Europe/Amsterdam",
    "country": "NL",
    "engine": "pandas",
    "contacts": [{"file": "crm*.csv"}],
    "events": [{"file": "events.csv"}],
    "consent": {
        "offers": {
            "state": "ok", "at": "ok_at", "source": "src", "wording": "txt", "free": True, "unambiguous": True,
        }
    },
    "sender": {
        "from": "a@acme.test", "address": "Acme", "unsubscribe": "https://acme.test/u/{token}", "require_auth": "off",
    },
    "smtp": {"url": "maildir:outbox"},
    "teams": {"sales": {"email": "sales@acme.test"}},
    "sync": {"crm": {"file": "exports/crm.csv", "columns": ["email", "first_name"], "purpose": "x"}},
    "codes": {"gift": {"file": "codes.csv"}},
}  # fmt: skip
RECIPE = """\
recipe: hello
title: Hello
privacy: {basis: [consent], topic: offers, purpose: To say hello, data: [name, email], retention: 12 months}
segments: {all: {field: email, empty: false}, called: {field: first_name, eq: Anna}}
journey:
  enter: {segment: all}
  leave: []
  steps:
    - send: hi
    - tag: greeted
    - task: {id: call, to: sales, title: "Call {{ contact.first_name }} at {{ contact.email }}"}
    - notify: {to: sales, message: "{{ contact.email }} is in"}
    - export: {to: exports/hot.csv, columns: [email, first_name]}
    - wait: 3 days
    - send: again
templates:
  hi: {subject: "Hi {{ contact.first_name }}", body: "{{ contact.email }}, {{ contact.phone | default('') }}"}
  again: {subject: "Hi again", body: "Dear {{ contact.first_name }} {{ contact.email }}"}
"""
HEAD = "contact_id,email,first_name,phone,ok,ok_at,src,txt"
SAID = 'yes,2026-01-02T10:00,form,"Yes, {}"'
ROWS = {
    "ann": f"C-ANN-0001,{ANN},Ann,{PHONE},{SAID.format('offers')}",
    "ann2": f"C-ANN-0001,{OTHER},,,,,,",
    "bob": f"C-BOB-0002,bob@example.com,Bob,+31687654321,{SAID.format('offers')}",
    "cas": f"C-CAS-0003,cas@example.com,Cas,,{SAID.format('all of it')}",
}


def at(text: str) -> datetime:
    return parse_instant(text, zone_named("Europe/Amsterdam"))


def write_people(folder: Path, *names: str, first_name: str = "Ann") -> None:
    rows = [ROWS[name].replace(",Ann,", f",{first_name},") for name in names]
    (folder / "crm.csv").write_text("\n".join([HEAD, *rows, ""]), encoding="utf-8")


def make_world(folder: Path, url: str) -> Project:
    """A project whose every table, file and cache has something of Ann in it, and of Bob and Cas."""
    (folder / "mactl.yaml").write_text(json.dumps(SETTINGS | {"state": url}))
    (folder / "recipes").mkdir()
    (folder / "recipes" / "hello.yaml").write_text(RECIPE)
    (folder / "codes.csv").write_text("G1\nG2\nG3\n")
    write_people(folder, *ROWS)
    (folder / "events.csv").write_text(
        "email,event,at,path\n"
        f"{ANN},page_view,2026-11-01T10:00,/a\n{ANN.upper()},purchase,2026-11-02T10:00,/b\n"
        "bob@example.com,page_view,2026-11-01T10:00,/c\n"
    )
    project, findings = load_project(folder)
    assert not findings
    send_now(project, [], Sources(), at(NOW), Manners())
    write_people(folder, *ROWS, first_name="Anna")
    send_now(project, [], Sources(), at("2026-11-23T12:00"), Manners())
    log = folder / "access.log"
    visit = '203.0.113.9 - - [20/Nov/2026:10:00:0{} +0100] "GET /a?contact_id={}&mail={} HTTP/1.1"'
    visit += ' 200 5 "-" "Mozilla/5.0 Firefox/140.0"\n'
    log.write_text(visit.format(1, "C-ANN-0001", ANN) + visit.format(2, "C-BOB-0002", "b"))
    import_events(project, [log], at("2026-11-23T12:30"))
    log.unlink()
    sync(project, "crm", at("2026-11-23T13:00"))
    suppress(project, [ANN], "news", f"{ANN} asked on the phone", at("2026-11-23T13:10"))
    _fill(project)
    _hand_out(project)
    return project


def _fill(project: Project) -> None:
    """What only a mailbox or a template would bring."""
    with open_state(project, write=True) as state, state.writing() as connection:
        for send in connection.execute(select(sends)).all():
            told = {
                "contact": send.contact,
                "at": to_epoch(at(NOW)),
                "source_id": f"bounced:{send.id}",
            }
            properties = json.dumps(
                {"recipe": "hello", "step": "hi", "why": f"no such user {send.address}"}
            )
            connection.execute(
                insert(events).values(**told, event="email_bounced", properties=properties)
            )
            code = {"name": "gift", "code": f"G-{send.id[:6]}", "enrollment": send.enrollment}
            connection.execute(insert(codes).values(**code))
            if send.address == ANN:
                gone = {"named": json.dumps([f"email:{ANN}"]), "why": f"{ANN} is nobody else"}
                sides = {"contact": send.contact, "other": "nobody", "moved": "[]"}
                decided = insert(identity_decisions).values(
                    kind="split", after=0, at=0, undone_at=1, **sides, **gone
                )
                connection.execute(decided)
        answer = {"response": f"250 ok <{ANN}>", "reason": f"for {ANN}"}
        connection.execute(sends.update().where(sends.c.address == ANN).values(**answer))
        entry = Suppression(PHONE, f"no answer at {PHONE}", "command", 1, "calls")
        add_suppressions(connection, [entry])


def _hand_out(project: Project) -> None:
    """Files that commands write where they are told to."""
    folder = project.folder
    row = f"{ANN},Ann\n"
    files = {
        "people.csv": f"email,first_name\nbob@example.com,Bob\n{row}".encode(),
        "people.jsonl": json.dumps({"email": "bob@example.com"}).encode()
        + b"\n"
        + json.dumps({"email": ANN}).encode(),
        "plan.json": json.dumps({"format": 1, "sends": [{"to": ANN}]}).encode(),
    }
    for name, data in files.items():
        (folder / name).write_bytes(data)
        note_written(folder, folder / name)


def rows_of_all(project: Project) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table."""
    found = {}
    with open_state(project) as state, state.reading() as connection:
        for name in sorted(inspect(connection).get_table_names()):
            table = Table(name, MetaData(), autoload_with=connection)
            found[name] = [dict(row) for row in connection.execute(select(table)).mappings()]
    return found


def traces(project: Project, *keys: str) -> list[str]:
    """Where any of `keys` is left in what mactl wrote, found in a way of its own."""
    needles = {needle for key in keys for needle in _spellings(key)}
    sources = {"crm.csv", "events.csv", "mactl.yaml", "codes.csv", "hello.yaml"}
    found = []
    for path in sorted(project.folder.rglob("*")):
        if path.is_file() and path.name not in sources:
            for place, data in _opened(path.read_bytes(), str(path.relative_to(project.folder))):
                found += [place for needle in needles if needle in data or needle in data.lower()]
    for name, rows in rows_of_all(project).items():
        for row in rows:
            for column, value in row.items():
                data = value if isinstance(value, bytes) else str(value).encode()
                for place, part in _opened(data, f"{name}.{column}"):
                    found += [
                        place for needle in needles if needle in part or needle in part.lower()
                    ]
    return sorted(set(found))


def _spellings(key: str) -> Iterator[bytes]:
    for text in (key, key.lower(), key.upper()):
        for charset in ("utf-8", "utf-16-le", "utf-16-be", "cp1252"):
            yield text.encode(charset)
        yield codecs.encode(text.encode(), "hex")
        yield urllib.parse.quote(text).encode()
        yield quopri.encodestring(text.encode(), quotetabs=True)
        yield text.replace("@", "\\u0040").encode()
        for offset in range(3):
            yield base64.b64encode(b"x" * offset + text.encode())[4:-4]


def _opened(data: bytes, place: str) -> Iterator[tuple[str, bytes]]:
    yield place, data
    if data[:2] == b"\x1f\x8b":
        yield from _opened(gzip.decompress(data), f"{place} (gzip)")
    elif data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                yield from _opened(archive.read(name), f"{place} ({name})")
    elif data[:4] == b"PAR1":
        table = pq.read_table(pa.BufferReader(data), read_dictionary=["_contact"])
        yield place, _dump(table)
    elif data[:6] == b"ARROW1":
        yield place, _dump(pa.ipc.open_file(pa.BufferReader(data)).read_all())
    elif data[:4] == b"\xff\xff\xff\xff":
        yield place, _dump(pa.ipc.open_stream(pa.BufferReader(data)).read_all())
    elif data[:15] == b"SQLite format 3":
        driver = sqlite3.connect(":memory:")
        driver.deserialize(
            data[:18] + b"\x01\x01" + data[20:]
        )  # what has a log can't be read from memory
        yield place, "\n".join(driver.iterdump()).encode()
        driver.close()


def _dump(table: pa.Table) -> bytes:
    """Every value of a table, and every word of its dictionaries."""
    parts = [repr(table.to_pylist())]
    for column in table.columns:
        for chunk in column.chunks:
            if pa.types.is_dictionary(chunk.type):
                parts.append(repr(chunk.dictionary.to_pylist()))
    return "\n".join(parts).encode()


def suppressed(state: State) -> list[tuple[str, str, str]]:
    with state.reading() as connection:
        columns = suppressions.c
        rows = connection.execute(select(columns.address_key, columns.topic, columns.reason))
        return [tuple(row) for row in rows]
