"""Noticing: who moved since the last run, from one stage, segment or value to another, as events of this run."""

import hashlib
import json
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from mactl import own_events
from mactl.clock import to_epoch
from mactl.columns import CONTACT, FieldType, plain_value
from mactl.facts.facts import Facts
from mactl.facts.layers import layer_events
from mactl.findings import Finding
from mactl.recipe.cookbook import Cookbook
from mactl.rules.derive import derived_types
from mactl.rules.engine import Engine
from mactl.rules.evaluate import evaluate
from mactl.rules.moments import Present
from mactl.rules.names import (
    STAGE,
    Definition,
    definitions_of,
    home,
)
from mactl.rules.questions import answer_type
from mactl.store.events import KEPT_CHANGE
from mactl.store.last_seen import nothing_seen
from mactl.store.snapshots import Snapshots
from mactl.workflows.planning.following import (
    Tracked,
    asked_in,
    definition_hash,
    lacks,
    made_from,
    text_of,
    tracked,
    union,
)
from mactl.workflows.planning.upheavals import gap_finding, is_rewritten, lost, rewritten_finding

__all__ = ["Following", "Noticed", "notice", "tracked"]

Frame = pd.DataFrame
Following = Literal["all"] | Sequence[str]
"""Fields by name, or all that the sources have."""

EVENT_COLUMNS = ["contact", "event", "at", "source_id", "properties"]

_NO_EVENTS = pd.DataFrame(
    {name: pd.Series(dtype="int64" if name == "at" else "str") for name in EVENT_COLUMNS}
)


@dataclass(frozen=True)
class Noticed:
    """What a run noticed; nothing is written before its commit."""

    events: Frame
    """contact, event, at (the run's now, epoch seconds), source_id, properties (JSON)."""
    snapshots: Mapping[str, bytes]
    """What is to be written so that nobody notices it again; empty where nobody moved, empty bytes drop a row."""
    facts: Facts
    """The facts of the run with the events laid over them."""
    known: Mapping[Definition, "pd.Series[Any]"] = field(default_factory=dict)
    """What was worked out on the way and still holds: for `evaluate(known=…)`."""
    history: Frame = field(default_factory=pd.DataFrame)
    """Like `events`: changes that are only kept, for nothing asks about them yet."""
    findings: tuple[Finding, ...] = ()


def notice(
    facts: Facts,
    cookbook: Cookbook,
    before: Snapshots,
    engine: Engine,
    holidays: Container[date] = (),
    history: Following | None = None,
) -> Noticed:
    """Who moved between the run that wrote `before` and this one.

    The first sight of a segment, the ladder or a field is a baseline, and so is one whose text or type has changed:
    people were moved by the edit. A contact who is new to mactl joins segments and comes to a stage, but has no
    changed fields; one who is gone from the sources stays as last seen. A segment that itself asks who joined
    another is judged after that one's events. The changes of the fields `history` are kept as well, where nothing asks
    about them; None: whoever does so is another.

    A field that most people lose at once has a gap in its sources: they stay as last seen, and it is told.
    """
    asked = tracked(cookbook)
    kept = _kept_beside(asked, history, facts, before)
    if not asked and (not kept or history is None):
        return Noticed(_NO_EVENTS.copy(), _forgotten(before, asked, cookbook, kept), facts)
    types = derived_types(cookbook, facts.fields, Present(facts.now, facts.zone, holidays))
    # What is worked out of a column that the sources lack today did not change: nobody knows it.
    lost = {d for d in asked.definitions if d.kind == "field" and lacks(d, facts, cookbook)}
    wanted = replace(asked, definitions=asked.definitions - lost)
    look = _Look(facts, before, types)
    events = list(look.columns(wanted))
    known: dict[Definition, pd.Series[Any]] = {}
    now = _layered(facts, events)
    for batch, is_settled in _batches(wanted, cookbook):
        questions = {str(definition): definition for definition in batch}
        answers = evaluate(now, cookbook, questions, engine=engine, holidays=holidays, known=known)
        found = [look.definition(d, answers[str(d)], cookbook) for d in batch]
        moved = [frame for frame in found if len(frame)]
        if is_settled:
            known |= {definition: answers[str(definition)] for definition in batch}
        events += moved
        now = _layered(now, moved)
    every = pd.concat(events, ignore_index=True) if events else _NO_EVENTS.copy()
    beside = [] if history is None else list(look.kept_columns(kept, is_chosen=history != "all"))
    return Noticed(
        every,
        look.changes() | _forgotten(before, asked, cookbook, kept),
        now,
        known,
        pd.concat(beside, ignore_index=True) if beside else pd.DataFrame(),
        tuple(look.findings),
    )


def _kept_beside(
    asked: Tracked, history: Following | None, facts: Facts, before: Snapshots
) -> frozenset[str]:
    """The fields of the sources whose changes are kept though nothing asks about them."""
    prefix = _column("")
    names = {name.removeprefix(prefix) for name in before.followed if name.startswith(prefix)}
    if history == "all":
        names |= set(facts.fields)  # a column that is missing today may be there again tomorrow
    elif history is not None:  # else what others follow stays theirs
        names = set(history)
    return frozenset() if asked.every_column else frozenset(names - asked.columns)


def _layered(facts: Facts, events: Sequence[Frame]) -> Facts:
    return layer_events(facts, *(pa.Table.from_pandas(e, preserve_index=False) for e in events))


def _batches(wanted: Tracked, cookbook: Cookbook) -> Iterator[tuple[list[Definition], bool]]:
    """What is followed in an order in which each asks only for changes that were noticed before it.

    Where they ask for each other's changes in a circle, they come last, and are not settled: what they notice now
    counts in the next run.
    """
    asks = {
        definition: union(
            *(
                asked_in(text_of(part, cookbook), home(part, cookbook), cookbook)
                for part in made_from(definition, cookbook)
            )
        ).definitions
        & wanted.definitions
        for definition in wanted.definitions
    }
    left = set(wanted.definitions)
    while left:
        ready = sorted(d for d in left if not asks[d] & left)
        yield ready or sorted(left), bool(ready)
        left -= set(ready or left)


class _Look:
    """One look at everyone: what was, what is, and what of it is to be kept."""

    def __init__(self, facts: Facts, before: Snapshots, derived: Mapping[str, FieldType]) -> None:
        self._facts = facts
        self._derived = derived
        self._before = before
        self._roster = before.roster.seat(facts.contacts.column(CONTACT))
        self._now = to_epoch(facts.now)
        self._kept: dict[str, bytes] = {}
        self.findings: list[Finding] = []

    def columns(self, wanted: Tracked) -> Iterator[Frame]:
        """The changes of fields, a table for each field that changed."""
        names = set(self._facts.fields) if wanted.every_column else wanted.columns
        for name in sorted(names & set(self._facts.fields)):
            type_ = self._facts.fields[name]
            moved, was, values = self._column(name, type_)
            if len(moved):
                yield self._field_events(name, type_, moved, was, values)

    def kept_columns(self, names: frozenset[str], *, is_chosen: bool) -> Iterator[Frame]:
        """As `columns`, of fields that nothing asks about. Unless they are chosen by name, one that is another for most
        people at once (a count of days, a new way of writing it) has not changed: that tells nothing of anybody."""
        for name in sorted(names & set(self._facts.fields)):
            type_ = self._facts.fields[name]
            moved, was, values = self._column(name, type_)
            if not is_chosen and is_rewritten(len(moved), len(values)):
                self.findings.append(rewritten_finding(name, len(moved), len(values)))
            elif len(moved):
                yield self._field_events(name, type_, moved, was, values, KEPT_CHANGE)

    def _column(self, name: str, type_: FieldType) -> tuple[pa.Array, pa.Array, pa.Array]:
        """The places of the contacts whose field changed, what they had, and what everybody has."""
        values = self._facts.contacts.column(name).cast(type_.arrow).combine_chunks()
        moved, was = self._compare(
            _column(name), str(type_), values, are_new_moved=False, field=name
        )
        return moved, was, values

    def definition(
        self, definition: Definition, answers: "pd.Series[Any]", cookbook: Cookbook
    ) -> Frame:
        """The changes of a segment, of a derived field or of the stage."""
        type_ = self._derived.get(definition.name) if definition.kind == "field" else None
        # A Series is asked for attributes, which it looks up among a million labels; its array has none.
        values = pa.array(
            answers.array, type_.arrow if type_ else answer_type(definition), from_pandas=True
        )
        hash = definition_hash(definition, cookbook)
        if type_ is not None:
            moved, was = self._compare(str(definition), hash, values, are_new_moved=False)
            return self._field_events(definition.name, type_, moved, was, values)
        moved, was = self._compare(str(definition), hash, values, are_new_moved=True)
        if definition == STAGE:
            return self._stage_events(moved, was, values)
        inside = values.take(moved).to_pylist()
        told = json.dumps({"segment": definition.name}, ensure_ascii=False)
        names = [own_events.SEGMENT_JOINED if i else own_events.SEGMENT_LEFT for i in inside]
        sources = [f"{'joined' if i else 'left'}:{definition.name}" for i in inside]
        return self._events(moved, names, sources, [told] * len(moved))

    def changes(self) -> dict[str, bytes]:
        """What is to be written of all that was looked at."""
        return self._before.changed(self._roster) | self._kept

    def _compare(
        self, name: str, hash: str, values: pa.Array, *, are_new_moved: bool, field: str = ""
    ) -> tuple[pa.Array, pa.Array]:
        """The places of the contacts who moved, and what they had; keeps what is new. `field` is its name in the
        sources, where it stands there."""
        rows = self._roster.rows
        last = self._before.last_seen(name)
        is_baseline = last is None or last.hash != hash or last.values.type != values.type
        if last is None or last.values.type != values.type:
            last = nothing_seen(values.type)
        was, seen, new = last.at(rows)
        if field and not is_baseline and (gone := lost(was, values, seen)) is not None:
            self.findings.append(gap_finding(field, int(gone.sum())))
            values = pc.if_else(pa.array(gone), was, values)
        differs = _differ(was, values)
        moved = differs & (seen | new if are_new_moved else seen)
        unseen = ~seen & ~new if are_new_moved else ~seen
        if is_baseline or moved.any() or unseen.any():
            self._kept[name] = last.updated(
                hash, values, rows, len(self._roster), is_baseline=is_baseline
            ).pack()
        places = pa.array(np.flatnonzero(moved) if not is_baseline else [], pa.int64())
        return places, was.take(places)

    def _events(
        self, places: pa.Array, names: list[str], sources: list[str], told: list[str]
    ) -> Frame:
        contacts = self._facts.contacts.column(CONTACT).take(places).to_pylist()
        ids = [
            f"{source}:{contact}:{self._now}"
            for source, contact in zip(sources, contacts, strict=True)
        ]
        frame = {"contact": contacts, "event": names, "source_id": ids, "properties": told}
        texts = pd.DataFrame(frame, dtype="str").assign(at=self._now)
        return texts[EVENT_COLUMNS]

    def _stage_events(self, moved: pa.Array, was: pa.Array, values: pa.Array) -> Frame:
        ways = list(zip(was.to_pylist(), values.take(moved).to_pylist(), strict=True))
        told = {way: _told({"from": way[0], "to": way[1]}) for way in set(ways)}
        names = [own_events.STAGE_CHANGED] * len(ways)
        # Two moves within one minute are two events.
        return self._events(
            moved, names, [f"stage:{to or ''}" for _, to in ways], [told[w] for w in ways]
        )

    def _field_events(
        self,
        name: str,
        type_: FieldType,
        moved: pa.Array,
        was: pa.Array,
        values: pa.Array,
        source: str = "field",
    ) -> Frame:
        def read(column: pa.Array) -> list[Any]:
            return [_as_json(plain_value(v, type_, self._facts.zone)) for v in column.to_pylist()]

        told = [
            _told({"field": name, "from": old, "to": new})
            for old, new in zip(read(was), read(values.take(moved)), strict=True)
        ]
        names = [own_events.FIELD_CHANGED] * len(told)
        sources = [f"{source}:{name}:{hashlib.sha256(t.encode()).hexdigest()[:8]}" for t in told]
        return self._events(moved, names, sources, told)


def _forgotten(
    before: Snapshots, asked: Tracked, cookbook: Cookbook, kept: frozenset[str]
) -> dict[str, bytes]:
    """What is to be dropped because nobody asks about it any more; all, where that was the last of it."""
    followed = {str(definition) for definition in asked.definitions}
    followed |= {_column(name) for name in asked.columns | kept}
    # A run of other recipes than the last one's says nothing on definitions that it does not know.
    mine = {str(definition) for definition in definitions_of(cookbook)} | {str(STAGE)}
    gone = [
        name
        for name in before.followed
        if name not in followed
        and (name in mine or (name.startswith(_column("")) and not asked.every_column))
    ]
    every = not asked and not kept and len(gone) == len(before.followed)
    return dict.fromkeys(before.packed if every else gone, b"")


def _column(name: str) -> str:
    """What a field of the sources is kept under."""
    return f"column {name}"


def _differ(one: pa.Array, other: pa.Array) -> NDArray[np.bool_]:
    """Where two columns differ; no value is a value of its own, but for booleans, where it is false."""
    if pa.types.is_boolean(one.type):
        one, other = one.fill_null(False), other.fill_null(False)
    differs = pc.fill_null(pc.not_equal(one, other), False)
    differs = pc.or_(differs, pc.xor(one.is_null(), other.is_null()))
    found: NDArray[np.bool_] = differs.to_numpy(zero_copy_only=False)
    return found


def _as_json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _told(properties: Mapping[str, Any]) -> str:
    kept = {name: value for name, value in properties.items() if value is not None}
    return json.dumps(kept, ensure_ascii=False)
