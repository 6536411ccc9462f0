"""How questions become one query: expressions first, then the frames of an engine."""

from collections.abc import Collection, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

import narwhals as nw
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mactl.columns import AT, CONTACT
from mactl.facts.facts import Facts
from mactl.recipe.conditions import EventCondition
from mactl.recipe.cookbook import Cookbook
from mactl.recipe.definitions import EventRule
from mactl.rules import prepared
from mactl.rules.asides import Asides
from mactl.rules.conditions import hold, measured
from mactl.rules.derive import Fields
from mactl.rules.engine import Frame, Session
from mactl.rules.events import Happenings
from mactl.rules.moments import Present
from mactl.rules.names import Definition, home, in_order
from mactl.rules.parts import Part, in_parts
from mactl.rules.points import first_that_holds, last_that_holds, rule_points, score_points
from mactl.rules.questions import AnyQuestion, Measured, Question, answer_type, needed_for
from mactl.rules.scope import Scope
from mactl.rules.source import Source
from mactl.rules.subjects import PLACE, SUBJECT, Subjects, places
from mactl.rules.tables import Rows, Table, places_of_events, rows_of, rows_that_happened
from mactl.rules.tally import Tally

Known = Mapping[Definition, pa.ChunkedArray]


@dataclass(frozen=True, slots=True, eq=False)
class Setting:
    """What all queries of one evaluation read."""

    facts: Facts
    cookbook: Cookbook
    holidays: Container[date]
    known: Known = field(default_factory=dict)
    """Definitions that are worked out already: columns over all contacts of the facts."""


class Plan:
    """One query: the columns that it takes, in the order in which they need each other."""

    def __init__(
        self,
        setting: Setting,
        session: Session,
        rows: Rows | None = None,
        subjects: Subjects | None = None,
    ) -> None:
        """`rows` are those of the contacts that it is about; None for all of them."""
        facts, memory = setting.facts, session.memory
        present = Present(facts.now, facts.zone, setting.holidays)
        happened: Rows | None = None
        if rows is not None:
            happened = rows_that_happened(facts.events, facts.contacts, rows, memory)
        self._setting = setting
        self._session = session
        self._rows = rows
        self._happened_rows = happened
        self._subjects = subjects
        people = Fields(facts.contacts, facts.fields, memory, setting.cookbook, present, rows)
        self._fields = Source(people, present, "f")
        # The fields that `where` and windows of events name stand beside the events.
        self._named = Source(people, present, "n")
        events = Table(facts.events, facts.properties, memory, happened)
        self._events = Source(events, present, "e")
        self._trigger = Source(subjects.triggers, present, "t") if subjects else None
        self._asides = Asides(self, rows)
        self._happenings = Happenings(self._events, self._named, self._trigger, self._asides)
        self._of_contacts = Tally(self._events, "c")
        self._of_subjects: Tally | None = None
        if subjects is not None:
            self._of_subjects = Tally(
                self._events, "s", of_subjects=True, triggered=subjects.earliest
            )
        self._definitions: dict[Definition, str] = {}
        self._layers: list[dict[str, nw.Expr]] = []

    def answer(self, questions: Mapping[str, AnyQuestion]) -> pa.Table:
        """A column for each question, in the order of the contacts or of the subjects."""
        asked = questions.values()
        self._define(d for q in asked for d in needed_for(q, self._setting.cookbook))
        columns = {f"q{n}": self._express(question) for n, question in enumerate(asked)}
        rows = pa.concat_tables(
            self._session.collect(frame.select(PLACE, number=number, **columns))
            for frame, number in self._frames()
        )
        rows = rows.take(_in_order(rows.column("number")))
        answers = {}
        for (name, question), alias in zip(questions.items(), columns, strict=True):
            values, type_ = rows.column(alias), answer_type(question)
            if type_ is not None:
                values = values.cast(type_)
            answers[name] = _without_strangers(values, rows.column(PLACE))
        return pa.table(answers)

    def answers(
        self, questions: Mapping[str, AnyQuestion], rows: Rows | None, now: datetime | None = None
    ) -> pa.Table:
        """The answers of a query of its own, about contacts; what is known holds of no other `now`."""
        setting = self._setting
        if now is not None:
            setting = replace(setting, facts=setting.facts.at(now), known={})
        return Plan(setting, self._session, rows).answer(questions)

    def happened(self, what: EventCondition | EventRule, recipe: str) -> pa.Table:
        """The events of known contacts that `what` of `recipe` means: contact, event (its row among those looked at)
        and at; of a rule also points, what each is worth now."""
        plan = Plan(self._setting, self._session, self._rows)
        return plan._happened(what, recipe)

    def _happened(self, what: EventCondition | EventRule, recipe: str) -> pa.Table:
        tally = self._of_contacts
        match = tally.matching(self._happenings.within(recipe).named(what))
        rows = places(self._events.table.count)
        keep = {
            PLACE: nw.col(PLACE),
            "event": self._events.column("row", lambda: pa.chunked_array([rows])),
            "at": self._events.own(AT),
            "match": nw.col(match),
        }
        columns = {name: nw.col(name) for name in (PLACE, "event", "at")}
        if isinstance(what, EventRule):
            columns["points"] = tally.points(match, what.points, what.half_life)
        found = tally.rows(self._happening(tally, self._whole()), **keep).filter(nw.col("match"))
        contacts = self._session.frame(self._numbered({}))
        found = self._session.join(found, contacts, PLACE, "semi")
        rows = self._session.collect(found.select(**columns))
        ids = prepared.clean(self._fields.table.whole.own(CONTACT), pa.string())
        at = rows.schema.get_field_index(PLACE)
        return rows.set_column(at, "contact", ids.take(rows.column(PLACE)))

    def _define(self, wanted: Iterable[Definition]) -> None:
        """Make an expression of each definition that is needed, upon the columns of those before it."""
        known = self._setting.known
        for layer in in_order(wanted, self._setting.cookbook, given=known):
            columns = {}
            for definition in layer:
                if definition.kind == "field":
                    continue  # a column of the contacts like any other
                alias = f"d{len(self._definitions)}"
                if definition not in known:
                    columns[alias] = self._definition(definition)
                self._definitions[definition] = alias
            if columns:
                self._layers.append(columns)

    def _definition(self, definition: Definition) -> nw.Expr:
        cookbook = self._setting.cookbook
        scope = self._scope(home(definition, cookbook))
        if definition.kind == "segment":
            return hold(cookbook.segments[definition.name], scope)
        if definition.kind == "score":
            return score_points(cookbook.scores[definition.name], scope)
        if definition.kind == "label":
            return first_that_holds(cookbook.labels[definition.name], scope)
        return last_that_holds(cookbook.stages, scope)

    def _express(self, question: AnyQuestion) -> nw.Expr:
        if isinstance(question, Definition):
            if question.kind == "field":
                cell = self._fields.cell(question.name)
                return nw.lit(None, dtype=nw.Float64) if cell.type is None else cell.plain()
            return nw.col(self._definitions[question])
        if isinstance(question, Question):
            return hold(question.condition, self._scope(question.recipe, itself=True))
        if isinstance(question, Measured):
            scope = self._scope(question.recipe, itself=True)
            return measured(question.condition, question.measure, scope)
        cookbook = self._setting.cookbook
        score = Definition("score", question.score)
        rule = cookbook.scores[question.score].rules[question.rule]
        return rule_points(rule, self._scope(home(score, cookbook)))

    def _scope(self, recipe: str, *, itself: bool = False) -> Scope:
        """Where names lead in a condition of `recipe`; `itself` where it is what was asked."""
        setting = self._setting
        return Scope(
            setting.facts,
            setting.cookbook,
            recipe,
            self._fields.within(recipe),
            self._happenings.within(recipe),
            {definition: nw.col(alias) for definition, alias in self._definitions.items()},
            self._asides,
            self._of_contacts,
            self._of_subjects if itself else None,
            self._trigger if itself else None,
            is_limited=self._subjects is not None and self._subjects.is_limited,
        )

    def _frames(self) -> Iterator[tuple[Frame, nw.Expr]]:
        """Frames with all columns that were asked for, and the column that numbers their rows."""
        whole = self._whole()
        if self._subjects is not None:
            yield self._of_each_subject(whole), nw.col(SUBJECT)
            return
        size = self._session.at_once if self._rows is None else None
        for part in [whole] if size is None else in_parts(whole, size):
            yield self._of_each_contact(part), nw.col(PLACE)

    def _of_each_subject(self, part: Part) -> Frame:
        """A row for each subject: the triggers' columns, those of the contact, counted events."""
        assert self._subjects is not None
        assert self._of_subjects is not None
        assert self._trigger is not None
        triggers = self._trigger.columns()
        subjects = self._subjects.frame(self._session, triggers, self._fields.table.whole)
        # Where the tables are narrowed already, there is nobody to leave out.
        among = subjects.select(PLACE) if self._rows is None else None
        frame = subjects.select(SUBJECT, PLACE, *triggers)
        frame = self._session.join(frame, self._of_each_contact(part, among), PLACE, "left")
        if self._of_subjects.is_used:
            events = self._happening(self._of_subjects, part)
            events = self._session.join(events, subjects, PLACE, "inner")
            counted = self._of_subjects.counted(events, SUBJECT)
            frame = self._session.join(frame, counted, SUBJECT, "left")
        return frame

    def _of_each_contact(self, part: Part, among: Frame | None = None) -> Frame:
        """A row for each contact (`among` those): fields, counted events, definitions."""
        frame = self._session.frame(part.contacts)
        if among is not None:
            frame = self._session.join(frame, among, PLACE, "semi")
        if self._of_contacts.is_used:
            events = self._happening(self._of_contacts, part)
            if among is not None:
                events = self._session.join(events, among, PLACE, "semi")
            counted = self._of_contacts.counted(events, PLACE)
            frame = self._session.join(frame, counted, PLACE, "left")
        for layer in self._layers:
            frame = frame.with_columns(**layer)
        return frame

    def _taken(self, column: pa.ChunkedArray) -> pa.ChunkedArray:
        return column if self._rows is None else column.take(pa.array(self._rows))

    def _happening(self, tally: Tally, part: Part) -> Frame:
        """A row for each event that `tally` may count: `_place`, and the columns that its tests look at."""
        frame = tally.asked(self._session.frame(part.events))
        if self._named.is_used:
            frame = self._session.join(frame, self._session.frame(part.named), PLACE, "left")
        return frame

    def _whole(self) -> Part:
        """The columns that were asked for, of all contacts that it is about."""
        facts, known = self._setting.facts, self._setting.known
        given = {
            alias: self._taken(known[definition])
            for definition, alias in self._definitions.items()
            if definition in known
        }
        theirs = places(0)
        if self._events.is_used:
            theirs = places_of_events(facts.events, facts.contacts, self._session.memory)
            if self._happened_rows is not None:
                theirs = theirs[self._happened_rows]
        return Part(
            self._numbered({**self._fields.columns(), **given}),
            self._numbered(self._named.columns()),
            pa.table({PLACE: theirs, **self._events.columns()}),
        )

    def _numbered(self, columns: Mapping[str, pa.ChunkedArray]) -> pa.Table:
        """`columns` of the contacts, and which of them each row is of."""
        rows = self._rows
        numbers = places(self._fields.table.count) if rows is None else rows.astype(np.int32)
        return pa.table({PLACE: numbers, **columns})


def rows_about(facts: Facts, contacts: Collection[str]) -> Rows | None:
    """The rows of those contacts that an evaluation is narrowed to; None where that would leave out too few to pay."""
    if 2 * len(contacts) > facts.contacts.num_rows:
        return None
    return rows_of(facts.contacts, contacts)


def _in_order(numbers: pa.ChunkedArray) -> pa.Array:
    """Where in `numbers`, all of them different, each stands that comes next."""
    return pa.array(np.argsort(numbers.to_numpy()))


def _without_strangers(answers: pa.ChunkedArray, contacts: pa.ChunkedArray) -> pa.ChunkedArray:
    """`answers` with nothing (false, null) where there is no contact."""
    if not contacts.null_count:
        return answers
    nothing = pa.scalar(False if answers.type == pa.bool_() else None, answers.type)
    return pc.if_else(contacts.is_valid(), answers, nothing)
