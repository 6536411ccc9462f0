"""Enrollments as what conditions are asked about: a contact, what enrolled them, and from when on events count."""

import json
from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mactl.columns import CONTACT, FieldType
from mactl.facts.typed import as_type, common_type, inferred_type, plain
from mactl.rules import prepared
from mactl.rules.engine import Frame, Session
from mactl.rules.tables import Memory, Table

if TYPE_CHECKING:
    import pandas as pd

PLACE = "_place"
"""In frames: the row of a contact in the facts."""
SUBJECT = "_subject"
"""In frames: the row of a subject in the table of subjects."""
ENROLLMENT = "_enrollment"
"""In frames: the id of a subject."""
SINCE = "_since"
UNTIL = "_until"


class Subjects:
    """A table of subjects: id, contact, since, and perhaps until (epoch seconds, missing for no bound) and trigger.

    `since` is the instant of the trigger, before which events may not count; `until` the last instant
    whose events count; `trigger` a dict of the properties of what enrolled them. One contact may be behind
    several subjects.
    """

    def __init__(self, table: "pd.DataFrame", properties: Mapping[str, FieldType]) -> None:
        """`properties` says what the properties of events hold, those of triggers among them."""
        self._ids = _column(table, "id", pa.string())
        self._contacts = _column(table, "contact", pa.string())
        self._since = _column(table, "since", pa.int64())
        self._until = _column(table, "until", pa.int64())
        self.is_limited = self._until.null_count < len(self._until)
        self.triggers = Triggers(_triggers(table), properties)

    @property
    def earliest(self) -> int | None:
        """The first of all triggers; None where there is a subject without one."""
        return None if self._since.null_count else pc.min(self._since).as_py()

    @property
    def contacts(self) -> list[str]:
        """The contacts that they are, each once."""
        found: list[str] = pc.unique(self._contacts).drop_null().to_pylist()
        return found

    def frame(
        self, session: Session, triggers: Mapping[str, pa.ChunkedArray], contacts: Table
    ) -> Frame:
        """`_subject`, `_place` (null for nobody of `contacts`), `_enrollment`, `_since`, `_until` and columns of
        their `triggers`."""
        known = prepared.clean(contacts.own(CONTACT), pa.string())
        columns = {
            SUBJECT: places(len(self._contacts)),
            PLACE: pc.index_in(self._contacts, value_set=known),
            ENROLLMENT: self._ids,
            SINCE: self._since,
            UNTIL: self._until,
        }
        return session.frame(pa.table({**columns, **triggers}))


class Triggers(Table):
    """What enrolled each subject, a column for each property, made where it is asked for."""

    def __init__(
        self, triggers: list[Mapping[str, Any]], properties: Mapping[str, FieldType]
    ) -> None:
        super().__init__(pa.table({}), {}, Memory())
        self._triggers = triggers
        self._properties = properties
        self._columns: dict[Hashable, tuple[FieldType, pa.ChunkedArray]] = {}

    @property
    def count(self) -> int:
        """How many subjects there are."""
        return len(self._triggers)

    def of(self, subject: int) -> Mapping[str, Any]:
        """What enrolled the subject in that row: property → value."""
        return self._triggers[subject]

    def type(self, column: Hashable) -> FieldType | None:
        """What a property holds: as in the events, else as its values show; None where no trigger has it."""
        return self._column(column)[0] if self._has(column) else None

    def values(self, column: Hashable) -> pa.ChunkedArray:
        """The values of a property that a trigger has."""
        return self._column(column)[1]

    def _has(self, column: Hashable) -> bool:
        return any(column in trigger for trigger in self._triggers)

    def _column(self, column: Hashable) -> tuple[FieldType, pa.ChunkedArray]:
        if column not in self._columns:
            cells = [plain(trigger.get(str(column))) for trigger in self._triggers]
            known = self._properties.get(str(column))
            if known is FieldType.NUMBER:
                cells = [_number(cell) for cell in cells]
            type_ = inferred_type(cells) if known is None else common_type(cells, known)
            self._columns[column] = type_, pa.chunked_array([as_type(cells, type_)])
        return self._columns[column]


def _number(cell: Any) -> Any:
    """Text of an older run, when the property held text, as the number that it says; None where it says none."""
    if not isinstance(cell, str):
        return cell
    try:
        return float(cell)
    except ValueError:
        return None


def places(count: int) -> pa.Array:
    """0 to `count` - 1 (int32): the rows of a table."""
    return pa.array(np.arange(count, dtype=np.int32))


def _triggers(table: "pd.DataFrame") -> list[Mapping[str, Any]]:
    if "trigger" not in table.columns:
        return [{}] * len(table)
    return [_trigger(value) for value in table["trigger"]]


def _trigger(value: Any) -> Mapping[str, Any]:
    """The properties of a trigger, which the state keeps as JSON."""
    if isinstance(value, str):
        value = json.loads(value)
    return value if isinstance(value, Mapping) else {}


def _column(table: "pd.DataFrame", name: str, type_: pa.DataType) -> pa.ChunkedArray:
    if name not in table.columns:
        return pa.chunked_array([pa.nulls(len(table), type_)])
    # A column of integers with gaps may have become one of floats: whole numbers all the same.
    return pa.chunked_array([pa.array(table[name], from_pandas=True).cast(type_)])
