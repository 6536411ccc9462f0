"""Why a condition holds of one contact, and which rule and event gave each point of a score.

The same questions, asked about one contact: there is no second way in which conditions are worked out.
"""

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pandas as pd

from mactl.clock import from_epoch
from mactl.errors import UsageError
from mactl.facts.facts import Facts
from mactl.recipe.conditions import All, AnyOf, Condition, NoneOf, SegmentCondition
from mactl.recipe.cookbook import Cookbook
from mactl.recipe.definitions import EventRule
from mactl.rules.engine import Engine
from mactl.rules.evaluate import Question, evaluate
from mactl.rules.names import Definition, home, in_order, needs_of
from mactl.rules.questions import AnyQuestion, RulePoints
from mactl.rules.seen import Sight, looked_at
from mactl.rules.select import event_points
from mactl.rules.subjects import Subjects
from mactl.rules.tables import rows_of
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
        row, trigger = self._row, _trigger(subject)
        seen: dict[int, Mapping[str, Any]] = {}
        for itself, about in ((True, subject), (False, None)):
            asked = [node for node in nodes if node.itself is itself]
            if asked:
                seen |= self._answers(asked, about)
        sight = Sight(self.facts, self.cookbook, self.contact, row, trigger)
        return {name: self._explain(tree, sight, seen) for name, tree in trees.items()}

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
        asked = {str(number): RulePoints(name, number) for number in range(len(rules))}
        points = self._ask({**asked, "score": score}, None)
        explained = [
            RuleExplanation(
                rule.name,
                describe_rule(rule) if isinstance(rule, EventRule) else describe(rule.when),
                float(points[str(number)]),
                self._events(rule, recipe) if isinstance(rule, EventRule) else (),
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

    @property
    def _row(self) -> int:
        """The contact's row in the facts."""
        found = rows_of(self.facts.contacts, [self.contact])
        if not len(found):
            raise UsageError(f"there is no contact {self.contact!r}")
        return int(found[0])

    def _tree(self, condition: Condition, recipe: str, *, itself: bool) -> "_Node":
        if isinstance(condition, SegmentCondition) and not (condition.joined or condition.left):
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
        self, nodes: Sequence["_Node"], subject: pd.DataFrame | None
    ) -> dict[int, Mapping[str, Any]]:
        """For each node, by its identity, what was asked of it and the answers."""
        asked = [(node, node.questions(self.cookbook)) for node in nodes]
        named = {
            f"{number} {what}": question
            for number, (_, questions) in enumerate(asked)
            for what, question in questions.items()
        }
        answers = self._ask(named, subject)
        return {
            id(node): {what: answers[f"{number} {what}"] for what in questions}
            for number, (node, questions) in enumerate(asked)
        }

    def _ask(
        self, asked: Mapping[str, AnyQuestion], subject: pd.DataFrame | None
    ) -> Mapping[str, Any]:
        frame = evaluate(
            self.facts,
            self.cookbook,
            asked,
            engine=self.engine,
            subjects=subject,
            among=None if subject is not None else [self.contact],
            holidays=self.holidays,
        )
        return {
            name: None if pd.isna(frame[name].iloc[0]) else frame[name].iloc[0] for name in asked
        }

    def _explain(
        self, node: "_Node", sight: Sight, seen: Mapping[int, Mapping[str, Any]]
    ) -> Explanation:
        answers = seen[id(node)]
        return Explanation(
            describe(node.condition),
            bool(answers["holds"]),
            sight.words(node.condition, node.recipe, answers),
            tuple(self._explain(part, sight, seen) for part in node.parts),
        )

    def _events(self, rule: EventRule, recipe: str) -> tuple[EventPoints, ...]:
        found = event_points(
            self.facts,
            rule,
            cookbook=self.cookbook,
            recipe=recipe,
            among=[self.contact],
            engine=self.engine,
            holidays=self.holidays,
        )
        return tuple(
            EventPoints(rule.event, from_epoch(int(at)), float(points))
            for at, points in zip(found["at"], found["points"], strict=True)
        )


def _trigger(subject: pd.DataFrame | None) -> Mapping[str, Any]:
    return {} if subject is None else Subjects(subject, {}).triggers.of(0)


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
        holds = Question(self.condition, self.recipe)
        return {"holds": holds, **looked_at(self.condition, self.recipe, cookbook)}
