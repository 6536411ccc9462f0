"""Enrollments and sends to test with: everything has a value, and a test names only what matters to it."""

from typing import Any

import pandas as pd
from sqlalchemy import select, update

from mactl.store.commit import Changes, Committed, commit_run
from mactl.store.ids import enrollment_id, send_id
from mactl.store.logbook import Begun
from mactl.store.state import State
from mactl.store.tables import SendStatus, sends

NOW = 1_800_000_000
DAY = 86_400


def begun(now: int = NOW, **other: Any) -> Begun:
    return Begun(**{"command": "send", "now": now, "started_at": now, "mactl": "0.1.0", **other})


def enrollment(name: str = "ann", **other: Any) -> dict[str, Any]:
    contact = f"contact-{name}"
    return {
        "id": enrollment_id("welcome", contact, "1"),
        "recipe": "welcome",
        "version": 1,
        "contact": contact,
        "occurrence": "1",
        "trigger_at": NOW - DAY,
        "trigger": "{}",
        "entered_at": NOW - DAY,
        "status": "active",
        "step": "hello",
        "arrived_at": NOW - DAY,
        "due_at": None,
        "ended_at": None,
        "why": None,
        **other,
    }


def send(name: str = "ann", **other: Any) -> dict[str, Any]:
    step = other.get("step", "hello")
    entered = enrollment(name)
    identity = send_id(entered["id"], step)
    return {
        "id": identity,
        "enrollment": entered["id"],
        "recipe": "welcome",
        "version": 1,
        "step": step,
        "template": "hello",
        "variant": None,
        "occurrence": "1",
        "contact": entered["contact"],
        "contact_key": f"{name}@example.com",
        "address": f"{name}@example.com",
        "address_key": f"{name}@example.com",
        "zone": None,
        "channel": "email",
        "marketing": True,
        "topic": "news",
        "ground": "consent",
        "priority": 0,
        "status": "queued",
        "gate": None,
        "reason": None,
        "due_at": NOW,
        "latest_at": NOW + DAY,
        "hold_until": None,
        "released_at": NOW,
        "settled_at": None,
        "message_id": f"<{identity}@example.com>",
        "content": "hash",
        "merge": "{}",
        **other,
    }


def commit(state: State, *planned: dict[str, Any], now: int = NOW, **other: Any) -> Committed:
    """Commits a run that plans the given sends."""
    return commit_run(state, begun(now), Changes(sends=pd.DataFrame(planned), **other))


def queue(state: State, *names: str, **every: Any) -> list[str]:
    """Queues a send to each of `names`; returns their ids."""
    planned = [send(name, **every) for name in names]
    commit(state, *planned)
    return [row["id"] for row in planned]


def stand(state: State, name: str, **columns: Any) -> None:
    """Puts the send to `name` into a status by force."""
    with state.writing() as connection:
        connection.execute(update(sends).where(sends.c.id == send(name)["id"]).values(columns))


def statuses(state: State) -> dict[str, str]:
    """Who the sends go to, and what they stand at."""
    with state.reading() as connection:
        rows = connection.execute(select(sends.c.contact_key, sends.c.status))
        return {row.contact_key.partition("@")[0]: row.status for row in rows}


def row_of(state: State, name: str = "ann", **other: Any) -> dict[str, Any]:
    """All that is written down of the send to `name`."""
    with state.reading() as connection:
        found = connection.execute(select(sends).where(sends.c.id == send(name, **other)["id"]))
        return dict(found.mappings().one())


EVERY_STATUS = [status.value for status in SendStatus]
