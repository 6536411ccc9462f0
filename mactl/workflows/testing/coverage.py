"""Which steps, branches and rules of the recipes no test has walked."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pandas as pd

from mactl.journey.graph import Node, build_graph
from mactl.recipe.recipe import Recipe
from mactl.recipe.steps import AskConsentStep, ChooseStep
from mactl.rules.names import STAGE, Definition
from mactl.workflows.testing.outcome import Outcome, points_of, standings


@dataclass(frozen=True)
class Share:
    """Of some things those that were walked, and the names of the others."""

    total: int
    missing: tuple[str, ...]

    @property
    def walked(self) -> int:
        """How many were walked."""
        return self.total - len(self.missing)


@dataclass(frozen=True)
class Coverage:
    """How much of one recipe the tests walk."""

    steps: Share
    branches: Share
    rules: Share

    @property
    def percent(self) -> float:
        """All three together, from 0 to 100; 100 where there is nothing to walk."""
        parts = (self.steps, self.branches, self.rules)
        total = sum(part.total for part in parts)
        return 100 * sum(part.walked for part in parts) / total if total else 100.0


@dataclass
class Track:
    """What was seen while tests played, of every recipe of the cookbook."""

    stood: set[tuple[str, str]] = field(default_factory=set)
    """(recipe, node) that somebody was at."""
    passed: set[tuple[str, str, str]] = field(default_factory=set)
    """(recipe, node, the node that came next)."""
    rules: set[str] = field(default_factory=set)

    def follow(self, outcome: Outcome) -> None:
        """Take note of where the people of one test went, and of what they were when it began and when it ended."""
        played = outcome.played
        for moment in played.moments:
            for decided in moment.tick.plan.decisions:
                recipe = decided.recipe.id
                self.passed |= {(recipe, here, to) for here, to in decided.passed}
                self.stood |= {(recipe, here) for here, _ in decided.passed}
                standing = decided.standing
                self.stood |= {
                    (recipe, step) for step in standing.get("step", pd.Series()).unique()
                }
        begin = standings(played, outcome.facts.at(played.begin))
        for table in (begin, outcome.standings):
            self.rules |= set(_true_of(table))

    def coverage(self, recipe: Recipe) -> Coverage:
        """How much of `recipe` was walked."""
        rules = list(_rules_of(recipe))
        missing = tuple(name for name in rules if name not in self.rules)
        if recipe.file.journey is None:
            return Coverage(Share(0, ()), Share(0, ()), Share(len(rules), missing))
        graph = build_graph(recipe.journey, recipe.file.moved)
        nodes = [graph[id] for id in graph.written if id in graph]
        steps = [node for node in nodes if not node.is_answer]
        unseen = tuple(node.name for node in steps if (recipe.id, node.id) not in self.stood)
        branches = [(node, way, to) for node in nodes for way, to in _ways(node)]
        untaken = tuple(
            _branch(node, way)
            for node, way, to in branches
            if (recipe.id, node.id, to) not in self.passed
        )
        return Coverage(
            Share(len(steps), unseen), Share(len(branches), untaken), Share(len(rules), missing)
        )


def _ways(node: Node) -> Iterator[tuple[str, str]]:
    """The branches of a node, each with the node it leads to; a `choose` has an else whether it is written or not."""
    if isinstance(node.step, AskConsentStep) and not node.is_answer:
        return
    yield from node.ways.items()
    if isinstance(node.step, ChooseStep) and "else" not in node.ways:
        yield "else", node.after


def _branch(node: Node, way: str) -> str:
    """`choose-1: case 1`, `wait_for-1: then`, `subject: short`."""
    named = node.name.removesuffix("-answer")
    return f"{named}: {f'case {int(way) + 1}' if way.isdigit() else way}"


def _true_of(table: "pd.DataFrame") -> Iterator[str]:
    """What held of anybody: segments both ways, buckets and stages."""
    for column in table:
        name, values = str(column), table[column]
        if name.startswith("segment "):
            if values.astype(bool).any():
                yield f"{name}: in"
            if (~values.astype(bool)).any():
                yield f"{name}: out"
        elif name.startswith("score "):
            if (values.fillna(0) != 0).any():
                yield name
        elif name.startswith("label ") or name == str(STAGE):
            yield from (f"{name}: {value}" for value in values.dropna().unique())


def _rules_of(recipe: Recipe) -> Iterator[str]:
    """What can hold of people by a recipe's own definitions, named as it is noted down."""
    file, id = recipe.file, recipe.id
    for name in file.segments:
        segment = Definition("segment", f"{id}.{name}")
        yield from (f"{segment}: in", f"{segment}: out")
    for name, score in file.scoring.items():
        yield from (points_of(f"{id}.{name}", rule.name) for rule in score.rules)
    for name, buckets in file.labels.items():
        yield from (f"label {id}.{name}: {bucket}" for bucket in buckets)
    yield from (f"{STAGE}: {stage}" for stage in file.stages)
