"""Everyone's way through the graph in one run."""

from collections.abc import Callable
from typing import Any

import pandas as pd

from mactl.clock import to_epoch
from mactl.journey import acting, branching, sending, waiting
from mactl.journey.graph import END, Node
from mactl.journey.situation import Column, Frame, Judge, Situation, joined
from mactl.recipe.steps import (
    ACTING_KINDS,
    AskConsentStep,
    ChooseStep,
    ExitStep,
    MilestoneStep,
    SendStep,
    SplitStep,
    Step,
    WaitForStep,
    WaitStep,
    WaitUntilStep,
)

_CAUGHT_UP = 12
"""How many rounds of a loop that were missed are made up for in one run; after them it goes on from now. What a step
does it does once, so that a missed round is nothing but waiting."""
_ROUNDS = _CAUGHT_UP + 4
"""How often people may go round a loop in one run: one without a wait stops here, not hangs."""


class Walk:
    """Everyone's way through the graph in one run: moves until all stand before a wait or an outcome.

    `people` has a row per enrollment: id, contact, occurrence, version, trigger_at, trigger, entered_at, step,
    arrived_at, draws (a dict), is_held_out.
    """

    def __init__(self, people: Frame, situation: Situation, judge: Judge) -> None:
        self.situation = situation
        self.judge = judge
        self.people = people.assign(
            due_at=pd.array([pd.NA] * len(people), dtype="Int64"),
            exit=pd.Series(pd.NA, index=people.index, dtype="object"),
            is_fresh=False,
        )
        self.zones = people["contact"].map(situation.contacts["zone"]).fillna(situation.zone.key)
        self.judged: list[Frame] = []
        self.effects: list[Frame] = []
        self.jumped: list[str] = []
        """Enrollments that a milestone took past where they stood."""
        self.passed: set[tuple[str, str]] = set()
        """(node, the node that came next), wherever somebody went on."""
        self._order = {id: place for place, id in enumerate(situation.graph.nodes)}
        self._went_back = pd.Series(False, index=people.index)
        self._round = 0

    def run(self) -> None:
        """Move everyone as far as they get."""
        waiting.jump_to_milestones(self)
        # Each round lets those pass whose send was skipped; a journey has no more rounds than sends.
        for _ in range(len(self.situation.graph.nodes) + 1):
            self._move()
            intents = self._intents()
            if intents.empty:
                return
            self.judged.append(self.judge(intents))

    def _move(self) -> None:
        for self._round in range(_ROUNDS):
            self._went_back[:] = False
            for node in self.situation.graph:
                here = self.people["step"] == node.id
                if here.any():
                    self._pass(node, here)
            if not self._went_back.any():
                return
        self.people.loc[self._went_back, "due_at"] = to_epoch(self.situation.now)

    def _pass(self, node: Node, here: "Column[bool]") -> None:
        """Move on those at `node` who may pass it."""
        step = node.step
        for kinds, move in _MOVES:
            if isinstance(step, kinds):
                move(self, node, here)
                return
        raise TypeError(f"nobody knows how to pass {step.keyword}")

    def _intents(self) -> Frame:
        """The sends asked for by those who stand before one that is not decided yet."""
        asked = []
        for node, template in self.situation.graph.letters():
            here = self.people["step"] == node.id
            if here.any():
                asked.append(sending.intents(self, node, template, here))
        return joined(asked)

    def pass_on(
        self, rows: "pd.Index[Any]", to: str, arrived: "Column[Any] | int | None" = None
    ) -> None:
        """Let `rows` go on to node `to`, where they arrive when told, else when they arrived here."""
        if not len(rows):
            return
        here = str(self.people.at[rows[0], "step"])
        self.passed.add((here, to))
        self.people.loc[rows, "step"] = to
        self.people.loc[rows, "due_at"] = pd.NA
        self.people.loc[rows, "is_fresh"] = True
        goes_back = bool(to) and self._order[to] <= self._order.get(here, -1)
        if goes_back and self._round >= _CAUGHT_UP:
            arrived = to_epoch(self.situation.now)
        if arrived is not None:
            at = arrived.reindex(rows) if isinstance(arrived, pd.Series) else arrived
            self.people.loc[rows, "arrived_at"] = at
        self._went_back.loc[rows] |= goes_back

    def draw(self, outcomes: "Column[Any]") -> None:
        """Remember how draws fell: a dict for each row of `people` that `outcomes` has."""
        made = self.people.loc[outcomes.index, "draws"]
        both = [{**old, **new} for old, new in zip(made, outcomes, strict=True)]
        self.people.loc[outcomes.index, "draws"] = pd.Series(
            both, index=outcomes.index, dtype="object"
        )

    def finish(self, rows: "pd.Index[Any]", why: str) -> None:
        """End the journey of `rows`."""
        self.people.loc[rows, "exit"] = why
        self.pass_on(rows, END)

    def decided(self, node: Node) -> Frame:
        """The verdicts of this run on the sends of `node`."""
        frames = [frame[frame["step"] == node.id] for frame in self.judged]
        found = joined(frames)
        return found if len(found) else pd.DataFrame(columns=["enrollment", "verdict"])

    def completed(self) -> Frame:
        """Those who passed the last step in this run."""
        done = self.people[self.people["step"] == END]
        why = done["exit"].fillna("end")
        columns = {"id": done["id"], "contact": done["contact"], "status": "completed", "why": why}
        return pd.DataFrame({**columns, "ended_at": to_epoch(self.situation.now)})

    def standing(self) -> Frame:
        """Those who go on, where they stand and since when."""
        on = self.people[self.people["step"] != END]
        return on[["id", "contact", "step", "arrived_at", "due_at"]].reset_index(drop=True)

    def intents(self) -> Frame:
        """Every intent of this run with its verdict."""
        return joined(self.judged)


def _exit(walk: Walk, node: Node, here: "Column[bool]") -> None:
    assert isinstance(node.step, ExitStep)
    walk.finish(here.index[here], node.step.exit)


Move = Callable[[Walk, Node, "Column[bool]"], None]
_MOVES: tuple[tuple[type[Step] | tuple[type[Step], ...], Move], ...] = (
    (WaitStep, waiting.wait),
    (WaitUntilStep, waiting.wait_until),
    (WaitForStep, waiting.wait_for),
    (MilestoneStep, waiting.milestone),
    (ChooseStep, branching.choose),
    (SplitStep, branching.split),
    (SendStep, sending.pass_sent),
    (AskConsentStep, sending.pass_asked),
    (ExitStep, _exit),
    (ACTING_KINDS, acting.act),
)
