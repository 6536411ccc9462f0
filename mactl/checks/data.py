"""The project's data as checks look at it: columns, events, values, and who fits what; each worked out once."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from mactl import own_events
from mactl.checks.scope import Look, Scope
from mactl.columns import EVENT, FieldType
from mactl.errors import MactlError
from mactl.facts.facts import Facts
from mactl.people.hygiene.flags import DATA_FLAGS, Flag
from mactl.recipe.conditions import All, Condition, EventCondition, FieldCondition, SegmentCondition
from mactl.recipe.enter import EnterByDate, EnterByEvent, EnterBySegment, EnterBySlot
from mactl.recipe.steps import SetStep
from mactl.rules.evaluate import evaluate
from mactl.rules.names import STAGE, Definition
from mactl.rules.questions import AnyQuestion, Question, RulePoints

_CHANNELS = ("email", "sms", "push", "whatsapp", "post", "ads")
_REACTIONS = ("sent", "opened", "clicked", "replied", "bounced")
OWN_EVENTS = frozenset(
    value for name, value in vars(own_events).items() if name.isupper() and isinstance(value, str)
) | {event for reaction in _REACTIONS for event in own_events.reaction_events(reaction, _CHANNELS)}
"""What mactl tells of itself need not be in the data yet."""

_MOST_VALUES = 200
"""Different values of a column: more are no list of choices."""


@dataclass(frozen=True, eq=False)
class Data:
    """Contacts and events beside the recipes that are checked."""

    scope: Scope
    facts: Facts
    engine: str = "duckdb"

    @cached_property
    def fields(self) -> Collection[str]:
        """Every field that a recipe may name: the columns, and what recipes set."""
        written = (name for _, _, step in self.scope.each(SetStep) for name in step.set)
        return {**dict.fromkeys(self.facts.fields), **dict.fromkeys(written)}

    def is_field(self, name: str, look: Look) -> bool:
        """Whether `name` in a recipe is a column, something that is set, or a derived field."""
        if name in self.fields:
            return True
        owner, _, short = self.scope.cookbook.qualify(name, look.recipe.id).partition(".")
        recipe = self.scope.cookbook.recipes.get(owner)
        return recipe is not None and short in recipe.file.fields

    @cached_property
    def events(self) -> frozenset[str]:
        """The names of all events in the data."""
        return frozenset(pc.unique(self.facts.events.column(EVENT)).drop_null().to_pylist())

    @cached_property
    def _properties(self) -> dict[str, frozenset[str]]:
        return {}

    def properties(self, event: str) -> frozenset[str]:
        """The properties that some event of this name has."""
        if event not in self._properties:
            table = self.facts.events
            mine = table.filter(pc.equal(table.column(EVENT), event))
            names = [n for n in self.facts.properties if n in mine.column_names]
            self._properties[event] = frozenset(
                name for name in names if mine.column(name).null_count < mine.num_rows
            )
        return self._properties[event]

    @cached_property
    def _choices(self) -> dict[tuple[bool, str], frozenset[str] | None]:
        return {}

    def choices(self, column: str, *, of_events: bool = False) -> frozenset[str] | None:
        """The values of a column of text (of lists: the words) as they are written; None where they are too many."""
        key = (of_events, column)
        if key not in self._choices:
            table = self.facts.events if of_events else self.facts.contacts
            types = self.facts.properties if of_events else self.facts.fields
            found = _choices(table, column, types.get(column))
            # A flag is no misspelling only because everything is in order today.
            is_flags = column == DATA_FLAGS and not of_events
            self._choices[key] = frozenset(map(str, Flag)) if is_flags else found
        return self._choices[key]

    @property
    def contacts(self) -> int:
        """How many there are."""
        return len(self.facts.contacts)

    @cached_property
    def answers(self) -> pd.DataFrame:
        """A row for each contact and a column for each question; none where the recipes can't be evaluated."""
        questions = dict(self._questions())
        try:
            return evaluate(self.facts, self.scope.cookbook, questions, engine=self.engine)
        except MactlError:
            return pd.DataFrame()  # what is wrong with the recipes is told by other checks

    def answer(self, question: AnyQuestion | str) -> "pd.Series[Any] | None":
        """The column that answers a question; None where it was not asked or there is no answer."""
        name = question if isinstance(question, str) else _name(question)
        return self.answers[name] if name in self.answers.columns else None

    def _questions(self) -> Iterator[tuple[str, AnyQuestion]]:
        for look in self.scope:
            id, file = look.recipe.id, look.recipe.file
            asked: list[AnyQuestion] = [
                Definition("segment", f"{id}.{name}") for name in file.segments
            ]
            asked += [Definition("label", f"{id}.{name}") for name in file.labels]
            asked += [STAGE] if file.stages else []
            asked += [
                RulePoints(f"{id}.{name}", number)
                for name, score in file.scoring.items()
                for number in range(len(score.rules))
            ]
            yield from ((_name(question), question) for question in asked)
            who = _entering(look)
            if who is not None:
                yield f"entering {id}", Question(who, id)

    def entering(self, look: Look) -> "pd.Series[Any] | None":
        """Which contacts the journey would let in, or has let in, as far as the data say; None where they don't."""
        return self.answer(f"entering {look.recipe.id}")


def _name(question: AnyQuestion) -> str:
    if isinstance(question, RulePoints):
        return f"points {question.score} {question.rule}"
    return str(question)


def _choices(table: pa.Table, column: str, type_: FieldType | None) -> frozenset[str] | None:
    if type_ not in (FieldType.TEXT, FieldType.LIST) or column not in table.column_names:
        return None
    values = pc.unique(table.column(column)).drop_null()
    if len(values) > _MOST_VALUES:
        return None
    words = (
        value.split(";") if type_ is FieldType.LIST else [value] for value in values.to_pylist()
    )
    return frozenset(word for each in words for word in each if word)


def _entering(look: Look) -> Condition | None:
    """What is true of those whom the journey lets in, whenever that is."""
    journey = look.recipe.file.journey
    if journey is None:
        return None
    enter = journey.enter
    who: list[Condition] = [enter.if_] if enter.if_ is not None else []
    if isinstance(enter, (EnterBySegment, EnterBySlot)):
        who.append(SegmentCondition(segment=enter.segment))
    elif isinstance(enter, EnterByEvent):
        who.append(EventCondition(event=enter.event, where=enter.where))
    elif isinstance(enter, EnterByDate):
        who.append(FieldCondition(field=enter.date, empty=False))
    return All(all=tuple(who)) if who else None
