"""How questions become one query: expressions first, then the frames of an engine."""

from collections.abc import Container, Iterable, Mapping
from datetime import date

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
from mactl.rules.conditions import Scope, hold, measured
from mactl.rules.engine import Engine, Frame, Session
from mactl.rules.moments import Present
from mactl.rules.names import Definition, home, in_order
from mactl.rules.points import first_that_holds, last_that_holds, rule_points, score_points
from mactl.rules.questions import AnyQuestion, Measured, Question, answer_type, needed_for
from mactl.rules.source import Source
from mactl.rules.subjects import PLACE, SUBJECT, Subjects, places
from mactl.rules.tally import Tally

Known = Mapping[Definition, pa.ChunkedArray]


class Plan:
    """One evaluation: the columns that it takes, in the order in which they need each other."""

    def __init__(
        self,
        facts: Facts,
        cookbook: Cookbook,
        holidays: Container[date],
        subjects: Subjects | None = None,
        known: Known | None = None,
    ) -> None:
        present = Present(facts.now, facts.zone, holidays)
        self._facts = facts
        self._cookbook = cookbook
        self._known = known or {}
        self._subjects = subjects
        self._fields = Source(facts.contacts, facts.fields, present, "f")
        # The fields that `where` and windows of events name stand beside the events.
        self._named = Source(facts.contacts, facts.fields, present, "n")
        self._events = Source(facts.events, facts.properties, present, "e")
        self._of_contacts = Tally(self._events, self._named, "c")
        self._of_subjects: Tally | None = None
        if subjects is not None:
            self._of_subjects = Tally(
                self._events, self._named, "s", of_subjects=True, triggered=subjects.earliest
            )
        self._definitions: dict[Definition, str] = {}
        self._layers: list[dict[str, nw.Expr]] = []

    def answer(self, questions: Mapping[str, AnyQuestion], engine: Engine) -> pa.Table:
        """A column for each question, in the order of the contacts or of the subjects."""
        asked = questions.values()
        self._define(d for question in asked for d in needed_for(question, self._cookbook))
        columns = {f"q{n}": self._express(question) for n, question in enumerate(asked)}
        with engine.session() as session:
            frame, number = self._frame(session)
            rows = session.collect(frame.select(PLACE, number=number, **columns))
        rows = rows.take(_in_order(rows.column("number")))
        answers = {}
        for (name, question), alias in zip(questions.items(), columns, strict=True):
            values = rows.column(alias).cast(answer_type(question))
            answers[name] = _without_strangers(values, rows.column(PLACE))
        return pa.table(answers)

    def happened(self, what: EventCondition | EventRule, engine: Engine) -> pa.Table:
        """The events of known contacts that `what` means: `event` (its row in the facts) and `at`.

        Of a rule also `points`: what each is worth now.
        """
        tally = self._of_contacts
        match = tally.matching(what)
        rows = places(self._facts.events.num_rows)
        keep = {
            CONTACT: nw.col(CONTACT),
            "event": self._events.column("row", lambda: pa.chunked_array([rows])),
            "at": self._events.own(AT),
            "match": nw.col(match),
        }
        columns = {"event": nw.col("event"), "at": nw.col("at")}
        if isinstance(what, EventRule):
            columns["points"] = tally.points(match, what.points, what.half_life)
        with engine.session() as session:
            found = tally.rows(self._happenings(session, tally), **keep).filter(nw.col("match"))
            contacts = self._with_places(session, {}).select(CONTACT)
            found = found.join(contacts, on=CONTACT, how="semi")
            return session.collect(found.select(**columns))

    def _define(self, wanted: Iterable[Definition]) -> None:
        """Make an expression of each definition that is needed, upon the columns of those before it."""
        for layer in in_order(wanted, self._cookbook, given=self._known):
            columns = {}
            for definition in layer:
                alias = f"d{len(self._definitions)}"
                if definition not in self._known:
                    columns[alias] = self._definition(definition)
                self._definitions[definition] = alias
            if columns:
                self._layers.append(columns)

    def _definition(self, definition: Definition) -> nw.Expr:
        cookbook, scope = self._cookbook, self._scope(home(definition, self._cookbook))
        if definition.kind == "segment":
            return hold(cookbook.segments[definition.name], scope)
        if definition.kind == "score":
            return score_points(cookbook.scores[definition.name], scope)
        if definition.kind == "label":
            return first_that_holds(cookbook.labels[definition.name], scope)
        return last_that_holds(cookbook.stages, scope)

    def _express(self, question: AnyQuestion) -> nw.Expr:
        if isinstance(question, Definition):
            return nw.col(self._definitions[question])
        if isinstance(question, Question):
            return hold(question.condition, self._scope(question.recipe, itself=True))
        if isinstance(question, Measured):
            scope = self._scope(question.recipe, itself=True)
            return measured(question.condition, question.measure, scope)
        score = self._cookbook.scores[question.score]
        scope = self._scope(home(Definition("score", question.score), self._cookbook))
        return rule_points(score.rules[question.rule], scope)

    def _scope(self, recipe: str, *, itself: bool = False) -> Scope:
        """Where names lead in a condition of `recipe`; `itself` where it is what was asked."""
        return Scope(
            self._cookbook,
            recipe,
            self._fields,
            {definition: nw.col(alias) for definition, alias in self._definitions.items()},
            self._of_contacts,
            self._of_subjects if itself else None,
            is_limited=self._subjects is not None and self._subjects.is_limited,
        )

    def _frame(self, session: Session) -> tuple[Frame, nw.Expr]:
        """A frame with all columns that were asked for, and the column that numbers its rows."""
        if self._subjects is None or self._of_subjects is None:
            return self._contacts(session, None), nw.col(PLACE)
        subjects = self._subjects.frame(session)
        contacts = self._contacts(session, subjects.select(CONTACT))
        frame = subjects.select(SUBJECT, CONTACT).join(contacts, on=CONTACT, how="left")
        if self._of_subjects.is_used:
            events = self._happenings(session, self._of_subjects)
            events = events.join(subjects, on=CONTACT, how="inner")
            counted = self._of_subjects.counted(events, SUBJECT)
            frame = frame.join(counted, on=SUBJECT, how="left")
        return frame, nw.col(SUBJECT)

    def _contacts(self, session: Session, among: Frame | None) -> Frame:
        """A row for each contact (`among` those): fields, counted events, definitions."""
        known = {
            alias: self._known[definition]
            for definition, alias in self._definitions.items()
            if definition in self._known
        }
        frame = self._with_places(session, {**self._fields.columns(), **known})
        if among is not None:
            frame = frame.join(among, on=CONTACT, how="semi")
        if self._of_contacts.is_used:
            events = self._happenings(session, self._of_contacts)
            if among is not None:
                events = events.join(among, on=CONTACT, how="semi")
            counted = self._of_contacts.counted(events, CONTACT)
            frame = frame.join(counted, on=CONTACT, how="left")
        for layer in self._layers:
            frame = frame.with_columns(**layer)
        return frame

    def _happenings(self, session: Session, tally: Tally) -> Frame:
        """A row for each event that `tally` may count: `_contact`, and the columns that its tests look at."""
        contacts = prepared.clean(self._facts.events.column(CONTACT), pa.string())
        frame = tally.asked(session.frame(pa.table({CONTACT: contacts, **self._events.columns()})))
        if self._named.is_used:
            named = self._with_places(session, self._named.columns())
            frame = frame.join(named, on=CONTACT, how="left")
        return frame

    def _with_places(self, session: Session, columns: Mapping[str, pa.ChunkedArray]) -> Frame:
        contacts = prepared.clean(self._facts.contacts.column(CONTACT), pa.string())
        return session.frame(pa.table({CONTACT: contacts, PLACE: places(len(contacts)), **columns}))


def _in_order(numbers: pa.ChunkedArray) -> pa.Array:
    """Where in `numbers`, which are 0 to n - 1 in any order, each of them stands."""
    found = np.empty(len(numbers), dtype=np.int64)
    found[numbers.to_numpy()] = np.arange(len(numbers))
    return pa.array(found)


def _without_strangers(answers: pa.ChunkedArray, contacts: pa.ChunkedArray) -> pa.ChunkedArray:
    """`answers` with nothing (false, null) where there is no contact."""
    if not contacts.null_count:
        return answers
    nothing = pa.scalar(False if answers.type == pa.bool_() else None, answers.type)
    return pc.if_else(contacts.is_valid(), answers, nothing)
