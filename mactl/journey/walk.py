"""Where everyone stands in the graph during one run, and how they go on."""

from typing import Any

import pandas as pd

from mactl.clock import to_epoch
from mactl.journey.graph import END, Node
from mactl.journey.situation import Column, Frame, Situation, joined

CAUGHT_UP = 12
"""How many rounds of a loop that were missed are made up for in one run; after them it goes on from now. What a step
does it does once, so that a missed round is nothing but waiting."""


class Walk:
    """Everyone on their way through the graph in one run.

    `people` has a row per enrollment: id, contact, occurrence, version, trigger_at, trigger, entered_at, step,
    arrived_at, draws (a dict), is_held_out.
    """

    def __init__(self, people: Frame, situation: Situation) -> None:
        self.situation = situation
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
        self.round = 0
        """Which round of the graph this is, from 0."""
        self.went_back = pd.Series(False, index=people.index)
        """Who went back to an earlier node in this round."""

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
        if goes_back and self.round >= CAUGHT_UP:
            arrived = to_epoch(self.situation.now)
        if arrived is not None:
            at = arrived.reindex(rows) if isinstance(arrived, pd.Series) else arrived
            self.people.loc[rows, "arrived_at"] = at
        self.went_back.loc[rows] |= goes_back

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
