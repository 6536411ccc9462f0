"""`mactl tasks`: what colleagues were asked to do, and what they did."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
from sqlalchemy import Connection, select

from mactl.clock import parse_instant, to_epoch, zone_named
from mactl.errors import UsageError
from mactl.own_events import TASK_CREATED, TASK_DONE
from mactl.project import Project
from mactl.store.frames import read_frame
from mactl.store.identities import read_merges
from mactl.store.tables import contacts, events
from mactl.store.upsert import insert_into
from mactl.validation import did_you_mean
from mactl.workflows.opening import open_state
from mactl.workflows.rows import plain_rows
from mactl.workflows.writing.actions import TASK_SOURCE

_DONE_SOURCE = "task_done:"
_TOLD = ("task", "recipe", "step", "to", "title", "due")
_COLUMNS = ["id", *_TOLD, "contact", "contact_id", "created_at", "due_at", "is"]


def list_tasks(project: Project, now: datetime, *, all: bool = False) -> pd.DataFrame:
    """id, task, recipe, step, to, title, due (ISO 8601), contact (its current key), contact_id, created_at and due_at
    (epoch seconds), is (open, done, overdue at `now`), of the tasks in the state: those to be done, or `all`; the
    most urgent first, those without a due time last."""
    with (
        open_state(project) as state,
        state.reading() as connection,
    ):
        tasks = _read_tasks(connection, project, to_epoch(now))
    return tasks if all else tasks[tasks["is"] != "done"].reset_index(drop=True)


def finish_tasks(project: Project, ids: Sequence[str], now: datetime) -> int:
    """Write down that the tasks `ids` (or the beginnings of their ids) are done; how many were not before.

    Raises UsageError, and writes nothing, where one of them is not known or not one task alone.
    """
    with (
        open_state(project, write=True) as state,
        state.writing() as connection,
    ):
        tasks = plain_rows(_read_tasks(connection, project, to_epoch(now)))
        found = {task["id"]: task for task in (_find(id, tasks) for id in ids)}
        done = [_done(task, to_epoch(now)) for task in found.values() if task["is"] != "done"]
        if not done:
            return 0
        add = insert_into(connection, events).on_conflict_do_nothing()
        return connection.execute(add, done).rowcount


def _find(id: str, tasks: list[dict[str, Any]]) -> dict[str, Any]:
    fitting = [task for task in tasks if id and task["id"].startswith(id)]
    exact = [task for task in fitting if task["id"] == id]
    if exact or len(fitting) == 1:
        return (exact or fitting)[0]
    if fitting:
        raise UsageError(f"several tasks begin with {id!r}", "write more of the id")
    hint = did_you_mean(id, [task["id"] for task in tasks]) or "mactl tasks list --all shows them"
    raise UsageError(f"there is no task {id!r}", hint)


def _done(task: dict[str, Any], now: int) -> dict[str, Any]:
    told = {name: task[name] for name in _TOLD if task[name] is not None}
    return {
        "contact": task["contact_id"],
        "event": TASK_DONE,
        "at": max(now, task["created_at"]),  # a task is done at or after it was given
        "source_id": f"{_DONE_SOURCE}{task['id']}",
        "properties": json.dumps(told, ensure_ascii=False),
    }


def _read_tasks(connection: Connection, project: Project, now: int) -> pd.DataFrame:
    columns = events.c
    query = (
        select(
            columns.number,
            columns.contact,
            columns.event,
            columns.at,
            columns.source_id,
            columns.properties,
        )
        .where(columns.event.in_([TASK_CREATED, TASK_DONE]))
        .order_by(columns.at, columns.number)
    )
    told = [
        {**event, "properties": json.loads(event["properties"])}
        for event in plain_rows(read_frame(connection, query))
    ]
    people = _People(connection)
    done = _Done([event for event in told if event["event"] == TASK_DONE], people)
    zone = zone_named(project.settings.timezone)
    tasks = []
    for event in told:
        if event["event"] != TASK_CREATED:
            continue
        task = {name: event["properties"].get(name) for name in _TOLD}
        task["id"] = (event["source_id"] or f"event-{event['number']}").removeprefix(TASK_SOURCE)
        task["contact_id"] = people.now(event["contact"])
        task["contact"] = people.key(event["contact"])
        task["created_at"] = event["at"]
        task["due_at"] = _instant(task["due"], zone)
        is_late = task["due_at"] is not None and task["due_at"] < now
        task["is"] = "done" if done.has(task) else "overdue" if is_late else "open"
        tasks.append(task)
    tasks.sort(key=lambda task: (task["due_at"] is None, task["due_at"] or 0, task["created_at"]))
    frame = pd.DataFrame(tasks, columns=_COLUMNS)
    return frame.astype({"due_at": "Int64", "created_at": "int64"})


def _instant(text: Any, zone: ZoneInfo) -> int | None:
    """Epoch seconds of an ISO 8601 instant; None where there is none, whoever wrote the event."""
    try:
        return to_epoch(parse_instant(str(text), zone)) if text else None
    except ValueError:
        return None


class _Done:
    """Which tasks were done: by their ids, or told by others as events of the contact."""

    def __init__(self, done: list[dict[str, Any]], people: "_People") -> None:
        self._ids = {str(event["source_id"]) for event in done if event["source_id"]}
        self._latest: dict[tuple[str, str, str], int] = {}
        for event in done:
            if not str(event["source_id"] or "").startswith(_DONE_SOURCE):
                about = event["properties"]
                key = (
                    people.now(event["contact"]),
                    str(about.get("recipe")),
                    str(about.get("task")),
                )
                self._latest[key] = max(event["at"], self._latest.get(key, event["at"]))

    def has(self, task: dict[str, Any]) -> bool:
        """Whether `task` was done at or after it was given."""
        if f"{_DONE_SOURCE}{task['id']}" in self._ids:
            return True
        key = (task["contact_id"], str(task["recipe"]), str(task["task"]))
        return self._latest.get(key, -1) >= int(task["created_at"])


class _People:
    """Who contacts are by now: merged ones are those they were merged into."""

    def __init__(self, connection: Connection) -> None:
        self._merges = read_merges(connection)
        self._keys = {
            row.id: row.key for row in connection.execute(select(contacts.c.id, contacts.c.key))
        }

    def now(self, id: str) -> str:
        """The contact that `id` means now."""
        return self._merges.get(id, id)

    def key(self, id: str) -> str:
        """The current key of the contact; its id where it has none."""
        return str(self._keys.get(self.now(id), self.now(id)))
