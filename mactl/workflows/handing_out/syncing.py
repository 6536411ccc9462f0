"""`mactl sync`: scores, stages, segments and opt-outs → back to another system, only what is new to it."""

import json
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2b
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mactl.clock import to_epoch
from mactl.columns import CONTACT, KEY, plain_value
from mactl.delivery.channels.cells import cell
from mactl.errors import TryAgainLater, UsageError
from mactl.keeping import FOLDER
from mactl.people.archive import prints_of
from mactl.people.cells import Numbers
from mactl.project import Project
from mactl.project.systems import Sync
from mactl.store.state import State
from mactl.store.syncs import (
    Batch,
    add_batches,
    drop_batch,
    fold,
    read_batch,
    read_synced,
    settle_batch,
    waiting_batches,
)
from mactl.validation import did_you_mean
from mactl.workflows.gathering import Gathered, Sources, gather
from mactl.workflows.handing_out.columns import Column, Outline, distinct_of
from mactl.workflows.handing_out.ways import Way, others_of, tell, way_of
from mactl.workflows.opening import GO_THERE, need_file, open_state
from mactl.workflows.planning.following import tracked
from mactl.workflows.planning.running import ready_recipes

_WRITTEN_AT_ONCE = 500  # batches written down in one transaction


@dataclass(frozen=True)
class Synced:
    """What a sync told, or would tell: whom for the first time, whom anew, who is gone; and how its batches fared."""

    name: str
    new: int
    changed: int
    gone: int
    unchanged: int
    resumed: int
    """Batches of an earlier sync that was broken off, which went first."""
    delivered: int = 0
    refused: int = 0
    waiting: int = 0
    why: str | None = None
    """Why batches were refused, or wait."""
    examples: tuple[dict[str, Any], ...] = ()
    gathered: Gathered | None = None


def sync(
    project: Project,
    name: str,
    now: datetime,
    *,
    dry_run: bool = False,
    progress: Callable[[int, int], None] = lambda done, all: None,
    pause: Callable[[float], None] = time.sleep,
) -> Synced:
    """Tell the other system of `sync: {name: …}` in mactl.yaml what is new to it at `now`.

    What was broken off earlier goes first, under the same keys. Raises UsageError where there is no such sync, or one
    of its columns or its segment means nothing; ConfigurationError where its webhook is not in mactl.yaml;
    TryAgainLater where the same sync is going on.
    """
    need_file(project, "a sync is a project's", GO_THERE)
    declared = project.settings.sync.get(name)
    if declared is None:
        hint = did_you_mean(name, project.settings.sync) or "name it under `sync` in mactl.yaml"
        raise UsageError(f"there is no sync {name!r}", hint)
    way = way_of(project, declared)
    selection = ready_recipes(project, [])
    with open_state(project, write=not dry_run) as state:
        if dry_run:
            return _Sync(project, name, declared, state, now).compare(selection.cookbook)[0]
        with _alone(project, name):
            running = _Sync(project, name, declared, state, now)
            try:
                resumed = running.drain(way, progress, pause)
                if resumed.waiting:
                    return replace(resumed, resumed=resumed.delivered, delivered=0)
                running.fold()  # or what went just now would go once more
                found, batches = running.compare(selection.cookbook)
                running.write_down(batches)
                told = running.drain(way, progress, pause)
            finally:
                way.close()
                running.fold()
    return replace(
        found,
        resumed=resumed.delivered,
        delivered=told.delivered,
        refused=resumed.refused + told.refused,
        waiting=told.waiting,
        why=told.why or resumed.why,
    )


def _alone(project: Project, name: str) -> Any:
    from filelock import FileLock, Timeout

    folder = project.folder / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    lock = FileLock(folder / f"sync-{blake2b(name.encode(), digest_size=8).hexdigest()}.lock")
    try:
        return lock.acquire(timeout=0)
    except Timeout:
        raise TryAgainLater(f"the sync {name!r} is going on already") from None


class _Sync:
    """One sync that is going on."""

    def __init__(
        self, project: Project, name: str, declared: Sync, state: State, now: datetime
    ) -> None:
        self._project, self._name, self._declared = project, name, declared
        self._state, self._now = state, now

    def compare(self, cookbook: Any) -> tuple[Synced, Iterator[Batch]]:
        """What is new since the last sync, and the batches that tell it."""
        changed_fields = tracked(cookbook).changed
        gathered = gather(self._project, Sources(), self._state, self._now, changed_fields)
        outline = Outline(self._project.settings, cookbook, gathered)
        names = ["contact", *others_of(self._declared)]
        columns = outline.columns(names)
        inside = np.ones(len(outline), np.bool_)
        if self._declared.segment is not None:
            inside = outline.inside(self._declared.segment)
        marks = self._marks(outline, columns)
        contacts = gathered.facts.contacts.column(CONTACT).combine_chunks()
        with self._state.reading() as connection:
            before = read_synced(connection, self._name)
        places = pc.index_in(contacts, value_set=before.column("contact").combine_chunks())
        known = places.is_valid().to_numpy(zero_copy_only=False)
        was = before.column("mark").combine_chunks().take(places).fill_null(0).to_numpy()
        same = known & (was == marks)
        rows = np.flatnonzero(inside & ~same if self._declared.only_changed else inside)
        still = contacts.filter(pa.array(inside))
        gone = before.filter(pc.invert(pc.is_in(before.column("contact"), value_set=still)))
        told = _Rows(outline, columns, contacts, marks, rows)
        found = Synced(
            self._name,
            new=int(np.count_nonzero(inside & ~known)),
            changed=int(np.count_nonzero(inside & known & ~same)),
            gone=gone.num_rows,
            unchanged=int(np.count_nonzero(inside & same)),
            resumed=0,
            examples=tuple(told.plain(rows[:3])),
            gathered=gathered,
        )
        return found, self._batches(told, gone, list(self._declared.columns))

    def _marks(self, outline: Outline, columns: dict[str, Column]) -> Numbers:
        """What tells the row of each contact from any other."""
        names = json.dumps(list(columns)).encode()
        key = blake2b(names, key=self._state.secret[:32], digest_size=32).digest()
        parts = []
        for column in columns.values():
            distinct, index = distinct_of(column.values)
            plain = (plain_value(v, column.type, outline.zone) for v in distinct.to_pylist())
            parts.append(pa.array([cell(value) for value in plain], pa.string()).take(index))
        return prints_of(key, parts)

    def _batches(self, told: "_Rows", gone: pa.Table, columns: list[str]) -> Iterator[Batch]:
        size = self._declared.batch
        for start in range(0, len(told.rows), size):
            yield self._batch(columns, told.rows[start : start + size], told, gone.slice(0, 0))
        for start in range(0, gone.num_rows, size):
            yield self._batch(columns, told.rows[:0], told, gone.slice(start, size))

    def _batch(self, columns: list[str], rows: Numbers, told: "_Rows", gone: pa.Table) -> Batch:
        id = str(uuid.uuid4())
        body = {
            "sync": self._name,
            "batch": id,
            "at": self._now.isoformat(),
            "columns": columns,
            "contacts": told.plain(rows),
            "gone": gone.column("key").to_pylist(),
        }
        marks = told.marked(rows) | dict.fromkeys(gone.column("contact").to_pylist())
        return Batch(id, json.dumps(body, ensure_ascii=False), marks)

    def write_down(self, batches: Iterator[Batch]) -> None:
        """Keep what is to be told, before anything of it goes out."""
        # One transaction: half of it would leave the other half to the next sync, but in the dark who was told what.
        with self._state.writing() as connection:
            some: list[Batch] = []
            for batch in batches:
                some.append(batch)
                if len(some) == _WRITTEN_AT_ONCE:
                    add_batches(connection, self._name, some)
                    some.clear()
            add_batches(connection, self._name, some)

    def drain(
        self, way: Way, progress: Callable[[int, int], None], pause: Callable[[float], None]
    ) -> Synced:
        """Tell what is written down, until all is told or the other side will hear no more for now."""
        with self._state.reading() as connection:
            ids = waiting_batches(connection, self._name)
        delivered = refused = 0
        why: str | None = None
        for number, id in enumerate(ids):
            with self._state.reading() as connection:
                batch = read_batch(connection, id)
            taken, told = tell(way, batch, pause)
            why = why if taken else told
            if taken is None:
                break
            with self._state.writing(durable=False) as connection:
                (settle_batch if taken else drop_batch)(connection, id)
            delivered, refused = delivered + taken, refused + (not taken)
            progress(number + 1, len(ids))
        waiting = len(ids) - delivered - refused
        return Synced(self._name, 0, 0, 0, 0, 0, delivered, refused, waiting, why)

    def fold(self) -> None:
        """Keep what was told."""
        with self._state.writing() as connection:
            fold(connection, self._name, to_epoch(self._now))


class _Rows:
    """What is told of contacts, by their places."""

    def __init__(
        self,
        outline: Outline,
        columns: dict[str, Column],
        contacts: pa.Array,
        marks: Numbers,
        rows: Numbers,
    ) -> None:
        self._outline, self._columns, self._contacts, self._marks = (
            outline,
            columns,
            contacts,
            marks,
        )
        self._keys = outline.gathered.facts.contacts.column(KEY).combine_chunks()
        self.rows = rows

    def plain(self, rows: Numbers) -> list[dict[str, Any]]:
        """Each contact as JSON has it; an empty cell is null."""
        places = pa.array(rows)
        columns = [
            self._outline.plain(Column(column.values.take(places), column.type))
            for column in self._columns.values()
        ]
        return [dict(zip(self._columns, row, strict=True)) for row in zip(*columns, strict=True)]

    def marked(self, rows: Numbers) -> dict[str, tuple[str, int] | None]:
        """What is kept of having told of them."""
        places = pa.array(rows)
        ids, keys = self._contacts.take(places).to_pylist(), self._keys.take(places).to_pylist()
        marks = self._marks[rows].tolist()
        return {id: (key, mark) for id, key, mark in zip(ids, keys, marks, strict=True)}
