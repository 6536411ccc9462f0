"""Why something is not as a test expects it: the gate that held, the condition that was false, where they stand."""

from collections.abc import Iterator
from datetime import datetime

import pandas as pd

from mactl.clock import from_epoch
from mactl.content.values import values_from_json
from mactl.journey.graph import THEN, Graph, Node, build_graph
from mactl.journey.words import node_line
from mactl.recipe.conditions import Kind
from mactl.recipe.recipe import Recipe
from mactl.recipe.steps import Case, ChooseStep, WaitForStep
from mactl.rules.explain import Explainer
from mactl.rules.names import STAGE, Definition, home
from mactl.rules.questions import Question
from mactl.store.tables import SendStatus, Standing
from mactl.workflows.doors import closed_doors, in_words
from mactl.workflows.testing.outcome import Outcome, Row, Went

_STOPPED = {
    SendStatus.HELD: "held",
    SendStatus.SKIPPED: "skipped",
    SendStatus.CANCELLED: "cancelled",
    SendStatus.FAILED: "failed",
}


class Reasons:
    """Why `outcome` is as it is, in one line each."""

    def __init__(self, outcome: Outcome) -> None:
        self._outcome, self._played = outcome, outcome.played
        self._world = outcome.played.world

    def of_send(self, went: Went) -> str:
        """On what a message went out: its step, its ground, and since when they are in the journey."""
        row = went.row
        ground = "service mail" if row["ground"] == "service" else f"on {row['ground']}"
        passage = next(p for p in self._outcome.enrollments if p["id"] == row["enrollment"])
        entered = self._outcome.moment(passage["entered_at"])
        return f"step {row['step']} of {row['recipe']}, {ground}; they entered at {entered}"

    def of_missing(self, contact: str | None, template: str, at: int | None) -> str:
        """Why a message did not go out (at `at`, where the test says when)."""
        if contact is None:
            return "no contact of the test goes by this name"
        recipe, _, name = template.rpartition(".")
        home_ = self._world.cookbook.recipes.get(recipe or self._played.recipe.id)
        if home_ is None or name not in home_.file.templates:
            return f"there is no template {template}"
        if home_.id not in self._world.chosen:
            return f"{home_.id} does not play in this test; name it under recipes"
        stopped = [
            row
            for row in self._outcome.sends
            if (row["contact"], row["recipe"], row["template"]) == (contact, home_.id, name)
            and row["status"] in _STOPPED
        ]
        if stopped:
            return self._of_stop(stopped[-1])
        passage = self._outcome.passage(contact, home_.id)
        if passage is None:
            return self._of_absence(contact, home_, at)
        parts = [self.of_passage(contact, home_.id), *self._ways_not_taken(passage, home_, name)]
        return "; ".join(parts)

    def _of_stop(self, row: Row) -> str:
        gate = f" by {row['gate']}" if row["gate"] else ""
        until = ""
        if row["status"] == SendStatus.HELD and row["hold_until"] is not None:
            until = f", until {self._outcome.moment(row['hold_until'])}"
        return f"{_STOPPED[row['status']]}{gate}: {row['reason']}{until}"

    def of_passage(self, contact: str | None, recipe: str) -> str:
        """Where a contact stands in a journey, how it ended for them, or why they never entered."""
        home_ = self._world.cookbook.recipes.get(recipe)
        if contact is None or home_ is None or home_.file.journey is None:
            return f"{recipe} has no journey"
        passage = self._outcome.passage(contact, recipe)
        if passage is None:
            return self._of_absence(contact, home_, None)
        if passage["status"] == Standing.WAITING:
            return "the recipe's pace has not let them in yet"
        if passage["status"] != Standing.ACTIVE:
            return f"their journey ended at {self._outcome.moment(passage['ended_at'])}: {passage['why']}"
        graph = build_graph(home_.journey, home_.file.moved)
        node = graph.resolve(passage["step"])
        words = node_line(graph[node]) if node in graph else passage["step"]
        until = ""
        if passage["due_at"] is not None:
            until = f" until {self._outcome.moment(passage['due_at'])}"
        return f"they stand on {passage['step']} ({words}){until}"

    def of_standing(self, contact: str, column: str) -> str:
        """Why somebody is in a segment, stage or bucket or not, or which rules gave the points of a score."""
        kind, _, name = column.partition(" ")
        explainer = self._explainer(contact, self._played.end)
        if kind == "segment" and name in self._world.cookbook.segments:
            asked = Question(
                self._world.cookbook.segments[name],
                home(Definition("segment", name), self._world.cookbook),
            )
            return in_words(explainer.conditions({"it": asked})["it"])
        if kind == "score":
            rules = explainer.score(name).rules
            return ", ".join(f"{rule.name} {rule.points:g}" for rule in rules) or "it has no rules"
        if kind == "label":
            buckets = explainer.label(name)
        elif column == str(STAGE):
            buckets = explainer.stages()
        else:
            return "the cookbook defines no such thing"
        return "; ".join(f"{name}: {in_words(reason)}" for name, reason in buckets.items())

    # Why nobody entered

    def _of_absence(self, contact: str, recipe: Recipe, at: int | None) -> str:
        status = recipe.file.status
        if status != "live":
            return f"they never entered: the recipe is {status}"
        moment = from_epoch(at) if at is not None else self._played.begin
        explainer = self._explainer(contact, moment)
        later = self._explainer(contact, self._played.end)
        reasons = list(closed_doors(explainer, recipe, later))
        when = f" (at {self._outcome.moment(int(moment.timestamp()))})"
        return f"they never entered: {'; '.join(reasons) or 'what lets them in did not come'}{when}"

    # Which way they went instead

    def _ways_not_taken(self, passage: Row, recipe: Recipe, template: str) -> Iterator[str]:
        graph = build_graph(recipe.journey, recipe.file.moved)
        wanted = {node.id for node, name in graph.letters() if name == template}
        ended = passage["ended_at"]
        explainer = self._explainer(
            passage["contact"], from_epoch(ended) if ended else self._played.end
        )
        subject = pd.DataFrame(
            {
                "id": [passage["id"]],
                "contact": [passage["contact"]],
                "since": [passage["trigger_at"]],
                "until": pd.array([pd.NA], dtype="Int64"),
                "trigger": [values_from_json(passage["trigger"])],
            }
        )
        for node in graph:
            condition = _door(node, graph, wanted)
            if condition is None:
                continue
            asked = {"it": Question(condition, recipe.id)}
            found = explainer.conditions(asked, subject)["it"]
            if not found.holds:
                yield f"{node.name}: {in_words(found)}"

    def _explainer(self, contact: str, at: datetime) -> Explainer:
        facts = self._outcome.facts.at(at)
        settings = self._world.project.settings
        return Explainer(facts, self._world.cookbook, contact, engine=settings.engine)


def _door(node: Node, graph: Graph, wanted: set[str]) -> Kind | None:
    """The condition at `node` without which one of `wanted` is not reached; None where there is none."""
    leading = (
        {
            way
            for way, first in node.ways.items()
            if first in wanted or graph.reached(first) & wanted
        }
        if wanted
        else set()
    )
    rest = node.after in wanted or (
        node.after in graph and bool(graph.reached(node.after) & wanted)
    )
    if rest or not leading:
        return None
    step = node.step
    if isinstance(step, ChooseStep):
        cases = {str(n): case.when for n, case in enumerate(step.choose) if isinstance(case, Case)}
        return next((cases[way] for way in sorted(leading) if way in cases), None)
    if isinstance(step, WaitForStep) and leading == {THEN}:
        return step.wait_for
    return None
