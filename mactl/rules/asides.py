"""What has to be asked first: what others with the same value fit, what a score was, which event followed which.

Each is a query of its own; its answer is a column beside the others of the question that wants it.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from mactl.columns import AT, CONTACT, EVENT, FieldType
from mactl.durations import Duration, add_duration
from mactl.people.cells import Mask, cells_of, mask_of
from mactl.recipe.conditions import AnyoneCondition, EventCondition, Sequel
from mactl.rules import prepared
from mactl.rules.names import Definition
from mactl.rules.questions import AnyQuestion, Question
from mactl.rules.source import Source
from mactl.rules.tables import Rows, Table


class Inquirer(Protocol):
    """What answers questions that are asked on the way to another."""

    def answers(
        self, questions: Mapping[str, AnyQuestion], rows: Rows | None, now: datetime | None = None
    ) -> pa.Table:
        """A column for each question about the contacts in `rows` of the facts (None for all), perhaps as of an
        earlier `now`."""
        ...

    def happened(self, what: EventCondition, recipe: str) -> pa.Table:
        """The events among those looked at that `what` means: `event` (the row) and `at`."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class _Sharing:
    """For each contact in question: how many share their value, and how many of those fit, by question."""

    sharing: pa.ChunkedArray
    fitting: Mapping[str, pa.ChunkedArray]


class Asides:
    """The questions to ask first for one evaluation; each batch is asked when its first column is made."""

    def __init__(self, inquirer: Inquirer, rows: Rows | None) -> None:
        """`rows` of the facts' contacts are those in question; None for all."""
        self._inquirer = inquirer
        self._rows = rows
        self._earlier: dict[Duration, dict[str, Definition]] = {}
        self._earlier_answers: dict[Duration, pa.Table] = {}
        self._sharing: dict[Hashable, dict[str, Question]] = {}
        self._sharing_answers: dict[Hashable, _Sharing] = {}

    def earlier(self, score: Definition, ago: Duration, fields: Source) -> nw.Expr:
        """The column of what `score` was this long ago, with the same contacts and fields."""
        self._earlier.setdefault(ago, {})[score.name] = score

        def make() -> pa.ChunkedArray:
            if ago not in self._earlier_answers:
                present = fields.present
                then = add_duration(present.now, -ago, present.zone, present.holidays)
                asked: dict[str, AnyQuestion] = {**self._earlier[ago]}
                self._earlier_answers[ago] = self._inquirer.answers(asked, self._rows, then)
            return self._earlier_answers[ago].column(score.name)

        return fields.column(("earlier", score, ago), make)

    def anyone(self, condition: AnyoneCondition, recipe: str, fields: Source) -> nw.Expr:
        """The column of whether somebody with the same value in the field fits."""
        return self.fitting(condition, recipe, fields) > 0

    def fitting(self, condition: AnyoneCondition, recipe: str, fields: Source) -> nw.Expr:
        """The column of how many with the same value in the field fit; 0.0 where it is empty."""
        cell = fields.cell(condition.anyone)
        if cell.type is None:
            return nw.lit(0.0)
        has = repr((condition.has, recipe))
        self._sharing.setdefault(cell.name, {})[has] = Question(condition.has, recipe)
        return fields.column(
            ("fitting", cell.name, has), lambda: self._share(cell.name, fields).fitting[has]
        )

    def sharing(self, condition: AnyoneCondition, fields: Source) -> nw.Expr:
        """The column of how many have the same value in the field, the contact included; 0.0 where it is empty."""
        cell = fields.cell(condition.anyone)
        if cell.type is None:
            return nw.lit(0.0)
        self._sharing.setdefault(cell.name, {})
        return fields.column(("sharing", cell.name), lambda: self._share(cell.name, fields).sharing)

    def _share(self, column: Hashable, fields: Source) -> _Sharing:
        if column not in self._sharing_answers:
            everyone, mine = fields.table.whole, fields.table
            theirs = _compared(everyone, column)
            own = theirs if mine is everyone else _compared(mine, column)
            rows = np.flatnonzero(pc.is_in(theirs, value_set=pc.unique(own).drop_null()).to_numpy())
            values = theirs.take(pa.array(rows)).combine_chunks()
            questions: dict[str, AnyQuestion] = {**self._sharing[column]}
            asked = None if len(rows) == everyone.count else rows
            answers = self._inquirer.answers(questions, asked)
            fitting = {
                has: _counts(own, values.filter(answers.column(has).combine_chunks()))
                for has in questions
            }
            self._sharing_answers[column] = _Sharing(_counts(own, values), fitting)
        return self._sharing_answers[column]

    def sequel(
        self, events: Source, event: str, sequel: Sequel, recipe: str
    ) -> tuple[nw.Expr, nw.Expr]:
        """Two columns of the events called `event`: the instant of the first sequel after each, if any, and until when
        it is in time."""
        following = events.column(
            ("following", event, sequel.event, repr(sequel.where), recipe),
            lambda: self._following(events.table, event, sequel, recipe),
        )
        present = events.present

        def deadlines() -> pa.ChunkedArray:
            called = pa.array(_called(events.table, event))
            instants = pc.if_else(called, events.table.own(AT), pa.scalar(None, pa.int64()))
            return prepared.moved_instants(instants, sequel.within, present.zone, present.holidays)

        return following, events.column(("deadline", event, sequel.within), deadlines)

    def _following(self, events: Table, event: str, sequel: Sequel, recipe: str) -> pa.ChunkedArray:
        what = EventCondition(event=sequel.event, where=sequel.where)
        numbers, _ = cells_of(events.own(CONTACT)).codes()
        instants = events.own(AT).to_numpy()
        first = np.flatnonzero(_called(events, event))
        later = self._inquirer.happened(what, recipe).column("event").to_numpy()
        return _next_after(numbers, instants, first, later)


def _called(events: Table, event: str) -> Mask:
    names = cells_of(events.own(EVENT))
    return names.where(mask_of(pc.equal(names.values, event)))


def _next_after(
    numbers: npt.NDArray[np.int64],
    instants: npt.NDArray[np.int64],
    first: npt.NDArray[np.int64],
    later: npt.NDArray[np.int64],
) -> pa.ChunkedArray:
    """For each row the instant of the next of `later` of the same contact, strictly after it; null for all but `first`.

    `numbers` tells the contacts apart, `instants` says when, both for every row.
    """
    found = np.zeros(len(numbers), np.int64)
    known = np.zeros(len(numbers), np.bool_)
    if len(first) and len(later):
        # Contact and instant as one number, so that one search does for all.
        begin = int(instants.min())
        span = int(instants.max()) - begin + 1
        moments = numbers * span + (instants - begin)
        coming = np.sort(moments[later])
        places = np.searchsorted(coming, moments[first], side="right")
        there = places < len(coming)
        next_ = coming[np.minimum(places, len(coming) - 1)]
        there &= next_ // span == numbers[first]
        found[first[there]] = next_[there] % span + begin
        known[first[there]] = True
    return pa.chunked_array([pa.array(found, mask=~known)])


def _compared(table: Table, column: Hashable) -> pa.ChunkedArray:
    """The values of a column as they are compared: text regardless of case."""
    values = table.values(column)
    if table.type(column) in (FieldType.TEXT, FieldType.LIST):
        return prepared.fold(values)
    return values


def _counts(asked: pa.ChunkedArray, values: pa.Array) -> pa.ChunkedArray:
    """How often each of `asked` is among `values` (float64); 0.0 for an empty one."""
    counted = values.value_counts()
    places = pc.index_in(asked, value_set=counted.field("values"))
    counts = pc.take(counted.field("counts").cast(pa.float64()), places)
    return pc.if_else(asked.is_valid(), counts, pa.scalar(None, pa.float64())).fill_null(0.0)
