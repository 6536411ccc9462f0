"""What a run decided, written down whole or not at all.

Every row has an id that the same decision always gets, so a run that is committed again adds nothing. Where an id is
there already, what has happened since stands above what was decided:

- an enrollment changes only while it is active; one that ended stays ended
- a send changes only while it is held; one that is queued or deferred can still be cancelled, nothing else
- a contact's merge is never undone; an alias stays whose it was; a template or an event is never rewritten

What was left alone for such a reason is told in `Committed`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Table, bindparam, func, or_, select, update

from mactl.store.actions import add_actions
from mactl.store.codes import write_codes
from mactl.store.consents import NewConsents, add_consents
from mactl.store.frames import cells_of, write_cells
from mactl.store.logbook import Begun, begin_run
from mactl.store.restored import (
    Restored,
    count_doubts,
    doubt_actions,
    doubt_sends,
    read_restored,
    write_restored,
)
from mactl.store.snapshots import write_snapshots
from mactl.store.state import State
from mactl.store.suppressions import Suppression, add_suppressions
from mactl.store.tables import (
    SendStatus,
    Standing,
    aliases,
    contacts,
    contents,
    enrollments,
    events,
    sends,
)
from mactl.store.upsert import insert_into
from mactl.store.versions import Version, save_versions, unsaved_versions

_PLANNED = {SendStatus.QUEUED, SendStatus.HELD, SendStatus.SKIPPED}
_CANCELLABLE = (SendStatus.HELD, SendStatus.QUEUED, SendStatus.DEFERRED)
_MOVING = (
    "status", "version", "step", "entered_at", "arrived_at", "due_at", "ended_at", "why", "draws", "goal_at",
)  # fmt: skip
_LASTING = ("id", "enrollment", "recipe", "step", "occurrence", "attempts", "message_id")
_IN_QUEUE = ("contact_key", "address", "address_key", "released_at")
_DRAINED_BY = {"priority": False, "due_at": True, "id": True}  # whether ascending
_BATCH = 1_000  # ids asked for at a time

Cells = Mapping[str, list[Any]]


def _nothing() -> pd.DataFrame:
    return pd.DataFrame()


@dataclass(frozen=True)
class Changes:
    """What a run decided, with the tables' own columns; JSON columns hold text, an empty frame is no change.

    - `contacts`: id, key, merged_into, of those that are new, have another key or were merged
    - `aliases`: alias, contact, of those never seen before, the oldest first
    - `enrollments`: whole rows, of those that entered, moved or ended
    - `outside`: id, outside_at, of ended enrollments
    - `sends`: whole rows but for `run`, with status `queued`, `held` or `skipped`
    - `cancelled`: id, reason, of sends that are not to go out any more
    - `contents`: hash → source
    - `events`: contact, event, at, source_id, properties
    - `suppressions`: addresses that are written to no more
    - `actions`: whole rows but for `run`, with status `queued`
    - `codes`: list → enrollment → the code that it gets
    - `snapshots`: name → how contacts stand now, packed
    - `versions`: recipes that ran with another text than the state has
    - `consents`: what the ledger of consents is told
    - `is_in_doubt`: whether some of its sends may have gone out before the state came back from a copy
    """

    contacts: pd.DataFrame = field(default_factory=_nothing)
    aliases: pd.DataFrame = field(default_factory=_nothing)
    enrollments: pd.DataFrame = field(default_factory=_nothing)
    outside: pd.DataFrame = field(default_factory=_nothing)
    sends: pd.DataFrame = field(default_factory=_nothing)
    cancelled: pd.DataFrame = field(default_factory=_nothing)
    contents: Mapping[str, str] = field(default_factory=dict)
    events: pd.DataFrame = field(default_factory=_nothing)
    suppressions: Sequence[Suppression] = ()
    actions: pd.DataFrame = field(default_factory=_nothing)
    snapshots: Mapping[str, bytes] = field(default_factory=dict)
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    versions: Sequence[Version] = ()
    consents: NewConsents | None = None
    is_in_doubt: bool = False

    @property
    def is_nothing(self) -> bool:
        """Whether nothing was decided; texts of recipes and templates, which are only kept, aside."""
        tables = (
            self.contacts, self.aliases, self.enrollments, self.outside, self.sends, self.cancelled, self.events,
            self.actions,
        )  # fmt: skip
        others = (self.suppressions, self.snapshots, *self.codes.values(), self.consents or ())
        return not any(map(len, (*tables, *others)))


@dataclass(frozen=True, slots=True)
class Standoff:
    """A row that was left as it is: decided was `wanted`, but it stands at `found`."""

    table: str
    id: str
    wanted: str
    found: str


@dataclass(frozen=True, slots=True)
class Committed:
    """The number of the run, what had been overtaken, and what may have been done before."""

    run: int
    standoffs: Sequence[Standoff]
    in_doubt: int = 0
    """Sends that may have gone out before the state came back from a copy: they are `unknown`."""


def commit_run(state: State, begun: Begun, changes: Changes) -> Committed:
    """Writes a run and all it decided in one transaction that a power loss cannot undo.

    Raises ValueError, and writes nothing, for columns that are missing or unknown and for a status that no plan
    gives.
    """
    _check(changes.sends)
    templates = {"hash": list(changes.contents), "source": list(changes.contents.values())}
    with state.writing() as connection:
        run = begin_run(connection, begun)
        changes = _in_doubt(connection, changes, begun.now)
        _write_contacts(connection, changes.contacts)
        _add(connection, aliases, cells_of(changes.aliases, aliases))
        _add(connection, contents, templates)
        standoffs = [
            *_write_enrollments(connection, changes.enrollments),
            *_write_sends(connection, changes.sends.assign(run=run)),
            *_cancel_sends(connection, changes.cancelled, begun.now),
        ]
        _write_outside(connection, changes.outside)
        _add(connection, events, cells_of(changes.events, events))
        add_suppressions(connection, changes.suppressions)
        add_actions(connection, changes.actions, run)
        write_snapshots(connection, changes.snapshots, begun.now)
        save_versions(connection, unsaved_versions(connection, changes.versions))
        write_codes(connection, changes.codes)
        if changes.consents is not None:
            add_consents(connection, changes.consents)
        in_doubt = count_doubts(connection, run) if changes.is_in_doubt else 0
    if state.witness is not None:
        state.witness.note(state.id, run=run)
    return Committed(run, standoffs, in_doubt)


def _in_doubt(connection: Connection, changes: Changes, now: int) -> Changes:
    """`changes`, with what may have gone out already in doubt, where the state came back from a copy."""
    restored = read_restored(connection)
    if restored is None:
        return changes
    planned, told = changes.sends, changes.actions
    planned = doubt_sends(planned, restored, now) if len(planned) else planned
    changes = replace(
        changes,
        sends=planned,
        actions=doubt_actions(told, restored, now) if len(told) else told,
        is_in_doubt=bool(len(planned) and (planned["status"] == SendStatus.UNKNOWN).any()),
    )
    if restored.is_new:
        # What this run holds is no less in doubt when a later one lets it go.
        write_restored(connection, Restored(max(restored.until, now)))
    return changes


def _check(planned: pd.DataFrame) -> None:
    if planned.empty:
        return
    strange = set(planned["status"]) - _PLANNED
    if strange:
        raise ValueError(f"no plan makes a send {', '.join(sorted(strange))}")
    queued = planned[planned["status"] == SendStatus.QUEUED]
    for name in _IN_QUEUE:
        if len(queued) and (name not in queued or queued[name].isna().any()):
            raise ValueError(f"a queued send has its {name}")


def _add(connection: Connection, table: Table, cells: Cells) -> None:
    """Adds what is not there yet."""
    write_cells(connection, insert_into(connection, table).on_conflict_do_nothing(), cells)


def _write_contacts(connection: Connection, frame: pd.DataFrame) -> None:
    add = insert_into(connection, contacts)
    write_cells(
        connection,
        add.on_conflict_do_update(
            index_elements=[contacts.c.id],
            set_={
                "key": add.excluded.key,
                "merged_into": func.coalesce(add.excluded.merged_into, contacts.c.merged_into),
            },
        ),
        cells_of(frame, contacts),
    )


def write_people(connection: Connection, new: pd.DataFrame, known_as: pd.DataFrame) -> None:
    """Remember people that something hangs on: `new` (id, key, merged_into) and `known_as` (alias, contact, the oldest
    first); whoever is there already stays as they are."""
    _add(connection, contacts, cells_of(new, contacts))
    _add(connection, aliases, cells_of(known_as, aliases))


def _write_enrollments(connection: Connection, frame: pd.DataFrame) -> list[Standoff]:
    if frame.empty:
        return []
    cells = cells_of(frame, enrollments)
    add = insert_into(connection, enrollments)
    statement = add.on_conflict_do_update(
        index_elements=[enrollments.c.id],
        set_={name: add.excluded[name] for name in _MOVING if name in cells},
        where=or_(
            enrollments.c.status == Standing.ACTIVE, enrollments.c.status == Standing.WAITING
        ),
    )
    written = write_cells(connection, statement, cells)
    wanted = dict(zip(cells["id"], cells["status"], strict=True))
    return _standoffs(connection, enrollments, wanted, written)


def _write_sends(connection: Connection, frame: pd.DataFrame) -> list[Standoff]:
    if frame.empty:
        return []
    if set(_DRAINED_BY) <= set(frame):
        # As the queue is drained: what is claimed together then lies together, and is written with fewer pages.
        frame = frame.sort_values(list(_DRAINED_BY), ascending=list(_DRAINED_BY.values()))
    cells = {"attempts": [0] * len(frame)} | cells_of(frame, sends)
    add = insert_into(connection, sends)
    statement = add.on_conflict_do_update(
        index_elements=[sends.c.id],
        set_={name: add.excluded[name] for name in cells if name not in _LASTING},
        where=sends.c.status == SendStatus.HELD,
    )
    written = write_cells(connection, statement, cells)
    wanted = dict(zip(cells["id"], cells["status"], strict=True))
    return _standoffs(connection, sends, wanted, written)


def _cancel_sends(connection: Connection, frame: pd.DataFrame, now: int) -> list[Standoff]:
    if frame.empty:
        return []
    cells = cells_of(frame, sends)
    statement = (
        update(sends)
        .where(
            sends.c.id == bindparam("_id"),
            or_(*(sends.c.status == status for status in _CANCELLABLE)),  # IN can't take many rows
        )
        .values(
            status=SendStatus.CANCELLED,
            gate=None,
            reason=bindparam("_reason"),
            hold_until=None,
            settled_at=now,
        )
    )
    written = connection.execute(statement, _rows(_id=cells["id"], _reason=cells["reason"]))
    wanted = dict.fromkeys(cells["id"], str(SendStatus.CANCELLED))
    return _standoffs(connection, sends, wanted, written.rowcount)


def _write_outside(connection: Connection, frame: pd.DataFrame) -> None:
    """The first time counts, and only for an enrollment that ended."""
    if frame.empty:
        return
    cells = cells_of(frame, enrollments)
    there = enrollments.c
    connection.execute(
        update(enrollments)
        .where(
            there.id == bindparam("_id"),
            there.status != Standing.ACTIVE,
            there.outside_at.is_(None),
        )
        .values(outside_at=bindparam("_at")),
        _rows(_id=cells["id"], _at=cells["outside_at"]),
    )


def _rows(**columns: list[Any]) -> list[dict[str, Any]]:
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _standoffs(
    connection: Connection, table: Table, wanted: Mapping[str, str], written: int
) -> list[Standoff]:
    """Which rows stand otherwise than they were to; nobody looks where all were written."""
    if written == len(wanted):
        return []
    ids = list(wanted)
    query = select(table.c.id, table.c.status)
    standoffs = []
    for first in range(0, len(ids), _BATCH):
        found = connection.execute(query.where(table.c.id.in_(ids[first : first + _BATCH])))
        standoffs += [
            Standoff(table.name, row.id, str(wanted[row.id]), row.status)
            for row in found
            if row.status != wanted[row.id]
        ]
    return standoffs
