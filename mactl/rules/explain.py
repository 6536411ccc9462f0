"""Why a condition holds of one contact, and which rule and event gave each point of a score.

The same questions, asked about one contact: there is no second way in which conditions are worked out.
"""

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pandas as pd

from mactl.clock import from_day, from_epoch
from mactl.columns import FieldType
from mactl.errors import UsageError
from mactl.facts.facts import Facts
from mactl.recipe.conditions import (
    All,
    AnyOf,
    Condition,
    EventCondition,
    FieldCondition,
    NoneOf,
    SegmentCondition,
)
from mactl.recipe.cookbook import Cookbook
from mactl.recipe.definitions import EventRule
from mactl.rules.conditions import MEASURES
from mactl.rules.engine import Engine
from mactl.rules.evaluate import Question, evaluate
from mactl.rules.names import Definition, home, in_order, needs_of, referred
from mactl.rules.questions import AnyQuestion, Measured, RulePoints
from mactl.rules.select import event_points
from mactl.rules.text import describe, describe_rule


@dataclass(frozen=True, slots=True)
class Explanation:
    """A condition, whether it holds, what was seen, and the same of each condition that it is made of."""

    text: str
    holds: bool
    seen: str | None = None
    """The field's value, how often and when last it happened, the score, the stage or the bucket."""
    parts: tuple["Explanation", ...] = ()


@dataclass(frozen=True, slots=True)
class EventPoints:
    """An event, and the points that it is worth now, before any limit of its rule."""

    event: str
    at: datetime
    """UTC."""
    points: float


@dataclass(frozen=True, slots=True)
class RuleExplanation:
    """The points of one rule, and the events or the condition that gave them."""

    name: str
    text: str
    points: float
    events: tuple[EventPoints, ...] = ()
    """Oldest first."""
    condition: Explanation | None = None


@dataclass(frozen=True, slots=True)
class ScoreExplanation:
    """A score, and the points of each of its rules before cap and floor."""

    name: str
    points: float
    rules: tuple[RuleExplanation, ...]


@dataclass(frozen=True, slots=True)
class Explainer:
    """What there is to explain about one contact (its `_contact`)."""

    facts: Facts
    cookbook: Cookbook
    contact: str
    engine: Engine | str = "duckdb"
    holidays: Container[date] = ()

    def conditions(
        self, questions: Mapping[str, Question], subject: pd.DataFrame | None = None
    ) -> dict[str, Explanation]:
        """Each question explained; with a `subject` (one row, as `evaluate` takes them), asked about it.

        Raises UsageError where the facts lack the contact, else what `evaluate` raises.
        """
        # This refuses circles, in which the walk below would never end.
        for question in questions.values():
            in_order(needs_of(question.condition, question.recipe, self.cookbook), self.cookbook)
        trees = {
            name: self._tree(question.condition, question.recipe, itself=True)
            for name, question in questions.items()
        }
        nodes = [node for tree in trees.values() for node in tree.walk()]
        facts = self._narrowed()
        seen: dict[int, Mapping[str, Any]] = {}
        for itself, about in ((True, subject), (False, None)):
            asked = [node for node in nodes if node.itself is itself]
            seen |= self._answers(facts, asked, about)
        return {name: self._explain(tree, facts, seen) for name, tree in trees.items()}

    def score(self, name: str) -> ScoreExplanation:
        """The score RECIPE.NAME, rule by rule; raises as `conditions` does."""
        score = Definition("score", name)
        in_order([score], self.cookbook)
        rules = self.cookbook.scores[name].rules
        recipe = home(score, self.cookbook)
        reasons = self.conditions(
            {
                str(number): Question(rule.when, recipe)
                for number, rule in enumerate(rules)
                if not isinstance(rule, EventRule)
            }
        )
        facts = self._narrowed()
        asked = {str(number): RulePoints(name, number) for number in range(len(rules))}
        points = self._ask(facts, {**asked, "score": score}, None)
        explained = [
            RuleExplanation(
                rule.name,
                describe_rule(rule) if isinstance(rule, EventRule) else describe(rule.when),
                float(points[str(number)]),
                self._events(facts, rule) if isinstance(rule, EventRule) else (),
                reasons.get(str(number)),
            )
            for number, rule in enumerate(rules)
        ]
        return ScoreExplanation(name, float(points["score"]), tuple(explained))

    def stages(self) -> dict[str, Explanation]:
        """The condition of each stage of the ladder, lowest first."""
        ladder = self.cookbook.ladder
        recipe = ladder.id if ladder else ""
        return self.conditions(
            {name: Question(who, recipe) for name, who in self.cookbook.stages.items()}
        )

    def label(self, name: str) -> dict[str, Explanation]:
        """The condition of each bucket of the label RECIPE.NAME, in order."""
        label = Definition("label", name)
        in_order([label], self.cookbook)
        recipe = home(label, self.cookbook)
        buckets = self.cookbook.labels[name]
        return self.conditions({bucket: Question(who, recipe) for bucket, who in buckets.items()})

    def _narrowed(self) -> Facts:
        facts = self.facts.about(self.contact)
        if not facts.contacts.num_rows:
            raise UsageError(f"there is no contact {self.contact!r}")
        return facts

    def _tree(self, condition: Condition, recipe: str, *, itself: bool) -> "_Node":
        if isinstance(condition, SegmentCondition):
            # What a segment asks is about the contact, whomever the question is about.
            segment = Definition("segment", self.cookbook.qualify(condition.segment, recipe))
            who = self.cookbook.segments[segment.name]
            members = self._tree(who, home(segment, self.cookbook), itself=False)
            return _Node(condition, recipe, itself, (members,))
        inner: tuple[Condition, ...] = ()
        if isinstance(condition, All):
            inner = condition.all
        elif isinstance(condition, AnyOf):
            inner = condition.any
        elif isinstance(condition, NoneOf):
            inner = condition.none
        parts = tuple(self._tree(part, recipe, itself=itself) for part in inner)
        return _Node(condition, recipe, itself, parts)

    def _answers(
        self, facts: Facts, nodes: Sequence["_Node"], subject: pd.DataFrame | None
    ) -> dict[int, Mapping[str, Any]]:
        """For each node, by its identity, what was asked of it and the answers."""
        asked = {
            f"{number} {what}": question
            for number, node in enumerate(nodes)
            for what, question in node.questions(self.cookbook).items()
        }
        answers = self._ask(facts, asked, subject)
        return {
            id(node): {what: answers[f"{number} {what}"] for what in node.questions(self.cookbook)}
            for number, node in enumerate(nodes)
        }

    def _ask(
        self, facts: Facts, asked: Mapping[str, AnyQuestion], subject: pd.DataFrame | None
    ) -> Mapping[str, Any]:
        frame = evaluate(
            facts,
            self.cookbook,
            asked,
            engine=self.engine,
            subjects=subject,
            holidays=self.holidays,
        )
        first = frame.iloc[0]
        return {name: None if pd.isna(first[name]) else first[name] for name in asked}

    def _explain(
        self, node: "_Node", facts: Facts, seen: Mapping[int, Mapping[str, Any]]
    ) -> Explanation:
        answers = seen[id(node)]
        return Explanation(
            describe(node.condition),
            bool(answers["holds"]),
            _seen(node.condition, answers, facts),
            tuple(self._explain(part, facts, seen) for part in node.parts),
        )

    def _events(self, facts: Facts, rule: EventRule) -> tuple[EventPoints, ...]:
        found = event_points(facts, rule, engine=self.engine, holidays=self.holidays)
        return tuple(
            EventPoints(rule.event, from_epoch(int(at)), float(points))
            for at, points in zip(found["at"], found["points"], strict=True)
        )


@dataclass(frozen=True, slots=True)
class _Node:
    """A condition within the one to explain."""

    condition: Condition
    recipe: str
    itself: bool
    """Whether it is part of what was asked, rather than of a segment that this refers to."""
    parts: tuple["_Node", ...]

    def walk(self) -> Iterator["_Node"]:
        yield self
        for part in self.parts:
            yield from part.walk()

    def questions(self, cookbook: Cookbook) -> dict[str, AnyQuestion]:
        """Whether it holds, and what it looks at."""
        asked: dict[str, AnyQuestion] = {"holds": Question(self.condition, self.recipe)}
        definition = referred(self.condition, self.recipe, cookbook)
        if definition is not None and definition.kind != "segment":
            asked["seen"] = definition
        if isinstance(self.condition, EventCondition):
            used = [m for m in ("first", *MEASURES) if getattr(self.condition, m) is not None]
            for measure in ("count", "last", *used):
                asked[measure] = Measured(self.condition, measure, self.recipe)
        return asked


def _seen(condition: Condition, answers: Mapping[str, Any], facts: Facts) -> str | None:
    if isinstance(condition, FieldCondition):
        return _field(condition.field, facts)
    if isinstance(condition, EventCondition):
        return _happened(answers, facts)
    if "seen" not in answers:
        return None
    value = answers["seen"]
    if value is None:
        return "none"
    return _number(value) if isinstance(value, float) else str(value)


def _field(name: str, facts: Facts) -> str:
    if name not in facts.fields or name not in facts.contacts.column_names:
        return "there is no such field"
    value = facts.contacts.column(name)[0].as_py()
    if value is None:
        return "empty"
    type_ = facts.fields[name]
    if type_ is FieldType.DATE:
        return from_day(value).isoformat()
    if type_ is FieldType.INSTANT:
        return _instant(value, facts)
    if type_ is FieldType.LIST:
        return ", ".join(value.strip(";").split(";"))
    if type_ is FieldType.BOOLEAN:
        return "true" if value else "false"
    return _number(value) if type_ is FieldType.NUMBER else str(value)


def _happened(answers: Mapping[str, Any], facts: Facts) -> str:
    count = int(answers["count"])
    times = "never" if not count else "once" if count == 1 else f"{count} times"
    parts = [times if not count else f"{times}, last {_instant(answers['last'], facts)}"]
    if answers.get("first") is not None:
        parts.append(f"first {_instant(answers['first'], facts)}")
    for measure in MEASURES:
        if measure in answers:
            value = answers[measure]
            parts.append(f"{measure} {'unknown' if value is None else _number(value)}")
    return ", ".join(parts)


def _instant(seconds: Any, facts: Facts) -> str:
    return from_epoch(int(seconds)).astimezone(facts.zone).isoformat(timespec="minutes")


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else str(round(float(value), 6))
