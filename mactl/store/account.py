"""What there is to say of a state as a whole: how much is in it, who is at work on it, and whether it is sound."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Table, func, select

from mactl.store.claims import IN_HAND
from mactl.store.logbook import Run, last_number, read_runs
from mactl.store.planner import Planner, read_planner
from mactl.store.restored import Restored, read_restored
from mactl.store.state import State
from mactl.store.tables import Standing, actions, enrollments, sends
from mactl.store.witness import count_claims
from mactl.store.worker import has_died


@dataclass(frozen=True, slots=True)
class AtWork:
    """A worker that holds claims: how many messages and actions, and until when (epoch seconds) the last of them."""

    name: str
    claims: int
    lease_until: int
    is_dead: bool
    """Whether its process is known to be gone; what it holds is taken over by the next run."""


@dataclass(frozen=True, slots=True)
class Account:
    """A state as it stands at one moment."""

    id: str
    runs: int
    claims: int
    last_run: Run | None
    sends: Mapping[str, int]
    """Status → how many."""
    actions: Mapping[str, int]
    people: int
    """Enrollments that are active."""
    planner: Planner | None
    workers: Sequence[AtWork]
    restored: Restored | None


def read_account(state: State) -> Account:
    """The account of `state`."""
    with state.reading() as connection:
        last = read_runs(connection, 1)
        inside = select(func.count()).where(enrollments.c.status == Standing.ACTIVE)
        return Account(
            state.id,
            last_number(connection),
            count_claims(connection),
            last[0] if last else None,
            _statuses(connection, sends),
            _statuses(connection, actions),
            int(connection.execute(inside).scalar_one()),
            read_planner(state.database.read_planner(connection, state.id)),
            _workers(connection),
            read_restored(connection),
        )


def _statuses(connection: Connection, table: Table) -> dict[str, int]:
    query = select(table.c.status, func.count()).group_by(table.c.status)
    return dict(sorted((status, count) for status, count in connection.execute(query)))


def _workers(connection: Connection) -> list[AtWork]:
    claims: Counter[tuple[str, str]] = Counter()
    until: dict[tuple[str, str], int] = {}
    for table in (sends, actions):
        columns = table.c
        query = (
            select(columns.worker, columns.boot, func.count(), func.max(columns.lease_until))
            .where(columns.status.in_(IN_HAND))
            .group_by(columns.worker, columns.boot)
        )
        for worker, boot, count, lease in connection.execute(query):
            who = (worker or "", boot or "")
            claims[who] += count
            until[who] = max(until.get(who, 0), lease or 0)
    return [
        AtWork(name, count, until[name, boot], has_died(name, boot))
        for (name, boot), count in sorted(claims.items())
    ]
