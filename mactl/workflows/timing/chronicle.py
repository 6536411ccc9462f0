"""The dates of contacts and the instants of events, for whoever wants to know which comes next."""

import json
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import Protocol

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Select, func, select, union_all

from mactl.clock import to_epoch
from mactl.columns import AT, EVENT, FieldType
from mactl.facts.facts import Facts
from mactl.own_events import EXPORTED, NOTIFIED, TASK_CREATED, WEBHOOK_CALLED
from mactl.store.actions import read_action_events
from mactl.store.state import State
from mactl.store.tables import SendStatus, events, sends
from mactl.workflows.timing.crowd import Crowd, Places

_TIMED = (FieldType.DATE, FieldType.INSTANT)
_BY_ACTIONS = frozenset({NOTIFIED, EXPORTED, WEBHOOK_CALLED})


class Chronicle(Protocol):
    """Dates and instants, each in the unit of its type: days since 1970, or epoch seconds."""

    def type_of(self, field: str) -> FieldType | None:
        """Whether a field holds days or instants; None where it holds neither."""

    def next_date(self, field: str, begin: int) -> int | None:
        """The least value of such a field that is not less than `begin`."""

    def next_event(self, names: Collection[str], begin: int) -> int | None:
        """The first instant, not before `begin`, at which one of these events was."""

    def events_within(self, names: Collection[str], first: int, last: int) -> Iterable[int]:
        """The instants of these events from `first` to `last`, both ends in."""

    def next_task_due(self, begin: int) -> int | None:
        """The first instant, not before `begin`, at which the time of a task is over."""


class FactsChronicle:
    """That of the facts of a run, what the state tells included."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    def type_of(self, field: str) -> FieldType | None:
        """See `Chronicle`."""
        type_ = self._facts.fields.get(field)
        return type_ if type_ in _TIMED else None

    def next_date(self, field: str, begin: int) -> int | None:
        """See `Chronicle`."""
        values = self._facts.contacts.column(field)
        whole = values.cast(pa.int32()) if pa.types.is_date32(values.type) else values
        return _least(whole.cast(pa.int64()), begin)

    def next_event(self, names: Collection[str], begin: int) -> int | None:
        """See `Chronicle`."""
        return _least(instants_of(self._facts, names), begin)

    def events_within(self, names: Collection[str], first: int, last: int) -> list[int]:
        """See `Chronicle`."""
        at = instants_of(self._facts, names)
        inside = pc.and_(pc.greater_equal(at, first), pc.less_equal(at, last))
        found: list[int] = pc.unique(at.filter(inside)).to_pylist()
        return found

    def next_task_due(self, begin: int) -> int | None:
        """None: where there are tasks, nothing is said beforehand."""
        return None


def instants_of(facts: Facts, names: Collection[str]) -> pa.ChunkedArray:
    """When the events called `names` were, in epoch seconds."""
    table = facts.events
    is_one = pc.is_in(table.column(EVENT), value_set=pa.array(sorted(names), pa.string()))
    return table.column(AT).filter(is_one)


def _least(numbers: pa.ChunkedArray, begin: int) -> int | None:
    found = pc.min(numbers.filter(pc.greater_equal(numbers, begin))).as_py()
    return None if found is None else int(found)


class WorldChronicle:
    """That of a crowd, whose sources stay as they are, and of a state in memory, which goes on."""

    def __init__(self, crowd: Crowd, state: State) -> None:
        self._crowd, self._state = crowd, state
        self._dates: dict[str, Places] = {}
        self._events: dict[tuple[str, ...], Places] = {}
        self._due: dict[str, tuple[str, int]] = {}

    def type_of(self, field: str) -> FieldType | None:
        """See `Chronicle`."""
        found = self._crowd.dates(field)
        return None if found is None else found[1]

    def next_date(self, field: str, begin: int) -> int | None:
        """See `Chronicle`."""
        if field not in self._dates:
            found = self._crowd.dates(field)
            values = np.empty(0) if found is None else found[0]
            self._dates[field] = np.unique(values[~np.isnan(values)]).astype(np.int64)
        return _next(self._dates[field], begin)

    def next_event(self, names: Collection[str], begin: int) -> int | None:
        """See `Chronicle`."""
        told = _told(names).subquery()
        query = select(func.min(told.c.at)).where(told.c.at >= begin)
        with self._state.reading() as connection:
            of_state = connection.execute(query).scalar()
        acted = [at for _, at in self._by_actions(names) if at >= begin]
        found = [_next(self._of_crowd(names), begin), of_state, *acted]
        return min((at for at in found if at is not None), default=None)

    def events_within(self, names: Collection[str], first: int, last: int) -> set[int]:
        """See `Chronicle`."""
        at = self._of_crowd(names)
        some = at[np.searchsorted(at, first) : np.searchsorted(at, last, "right")]
        return {*some.tolist(), *(at for _, at in self._by_state(names, first, last))}

    def told_by_state(self, names: Iterable[str], first: int, last: int) -> set[str]:
        """Who did one of the events `names` from `first` to `last`, both ends in, by what the state tells."""
        return {contact for contact, _ in self._by_state(tuple(names), first, last)}

    def next_task_due(self, begin: int) -> int | None:
        """See `Chronicle`; of the tasks that the state tells of."""
        return min((at for _, at in self._tasks() if at >= begin), default=None)

    def whose_tasks_end(self, first: int, last: int) -> set[str]:
        """About whom a task is whose time is over from `first` to `last`, both ends in."""
        return {contact for contact, at in self._tasks() if first <= at <= last}

    def _of_crowd(self, names: Collection[str]) -> Places:
        key = tuple(sorted(names))
        if key not in self._events:
            self._events[key] = self._crowd.instants_of(key)
        return self._events[key]

    def _by_state(self, names: Collection[str], first: int, last: int) -> list[tuple[str, int]]:
        told = _told(names).subquery()
        query = select(told.c.contact, told.c.at).where(told.c.at.between(first, last))
        with self._state.reading() as connection:
            found = [(str(row.contact), int(row.at)) for row in connection.execute(query)]
        return found + [(who, at) for who, at in self._by_actions(names) if first <= at <= last]

    def _by_actions(self, names: Collection[str]) -> Iterator[tuple[str, int]]:
        wanted = _BY_ACTIONS.intersection(names)
        if wanted:
            with self._state.reading() as connection:
                told: pd.DataFrame = read_action_events(connection)
            told = told[told["event"].isin(wanted)]
            yield from zip(told["contact"], told["at"], strict=True)

    def _tasks(self) -> Collection[tuple[str, int]]:
        """contact and end, in epoch seconds, of every task that has one; each is read once."""
        query = select(events.c.contact, events.c.source_id, events.c.properties)
        with self._state.reading() as connection:
            rows = connection.execute(query.where(events.c.event == TASK_CREATED)).all()
        for contact, source, properties in rows:
            if source not in self._due and (due := json.loads(properties).get("due")):
                self._due[source] = (contact, to_epoch(datetime.fromisoformat(due)))
        return self._due.values()


def _next(instants: Places, begin: int) -> int | None:
    place = int(np.searchsorted(instants, begin))
    return int(instants[place]) if place < len(instants) else None


def _told(names: Collection[str]) -> Select[tuple[str, int]]:
    """contact, at of the events `names` that the state tells: those it keeps, and the messages that went out."""
    channels = [name.removesuffix("_sent") for name in names if name.endswith("_sent")]
    kept = select(events.c.contact, events.c.at).where(events.c.event.in_(list(names)))
    went = select(sends.c.contact, sends.c.settled_at.label("at")).where(
        sends.c.channel.in_(channels), sends.c.status == SendStatus.SENT
    )
    both = union_all(kept, went).subquery()
    return select(both.c.contact, both.c.at)
