"""The logbook: what every run did, when, with which recipes, and what came of it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from mactl.store.tables import runs


@dataclass(frozen=True, slots=True)
class Begun:
    """What is known of a run when it is written down; `now` and `started_at` in epoch seconds.

    `recipes` is recipe → {"version": …, "hash": …}.
    """

    command: str
    now: int
    started_at: int
    mactl: str
    git_commit: str | None = None
    recipes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Run:
    """An entry of the logbook; a run that was killed has neither `finished_at` nor `counts`."""

    number: int
    begun: Begun
    finished_at: int | None
    counts: Mapping[str, Any] | None


def begin_run(connection: Connection, begun: Begun) -> int:
    """Writes a run down, in a transaction that alone writes; returns its number, counted from 1."""
    number = (
        last_number(connection) + 1
    )  # a sequence would leave gaps, where a run was given up or a server restarted
    connection.execute(
        insert(runs).values(
            number=number,
            command=begun.command,
            now=begun.now,
            started_at=begun.started_at,
            mactl=begun.mactl,
            git_commit=begun.git_commit,
            recipes=json.dumps(begun.recipes, ensure_ascii=False),
        )
    )
    return number


def finish_run(
    connection: Connection, number: int, finished_at: int, counts: Mapping[str, Any]
) -> None:
    """Adds what came of a run: `counts` is anything that JSON can hold."""
    connection.execute(
        update(runs)
        .where(runs.c.number == number)
        .values(finished_at=finished_at, counts=json.dumps(counts, ensure_ascii=False))
    )


def last_now(connection: Connection) -> int | None:
    """The latest `now` of any run: what no later run may lie before. None where nothing ran yet."""
    latest: int | None = connection.execute(select(func.max(runs.c.now))).scalar()
    return latest


def correct_future(connection: Connection, now: int) -> int:
    """Has the runs that lie after `now` (epoch seconds), which a wrong clock saw, count as of then; how many."""
    late = update(runs).where(runs.c.now > now).values(now=now)
    return connection.execute(late).rowcount


def last_number(connection: Connection) -> int:
    """The number of the last run; 0 where nothing ran yet."""
    return int(connection.execute(select(func.coalesce(func.max(runs.c.number), 0))).scalar_one())


def read_runs(connection: Connection, limit: int | None = None) -> list[Run]:
    """The runs, the last one first; the last `limit` of them, or all."""
    query = select(runs).order_by(runs.c.number.desc()).limit(limit)
    return [_run(row) for row in connection.execute(query)]


def _run(row: Row[Any]) -> Run:
    begun = Begun(
        command=row.command,
        now=row.now,
        started_at=row.started_at,
        mactl=row.mactl,
        git_commit=row.git_commit,
        recipes=json.loads(row.recipes),
    )
    counts = None if row.counts is None else json.loads(row.counts)
    return Run(row.number, begun, row.finished_at, counts)
