"""Which arm of a split did best."""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

import pandas as pd

from mactl.clock import from_epoch, to_epoch
from mactl.durations import add_duration
from mactl.journey.graph import Node
from mactl.journey.situation import Situation, look_up, subjects_of
from mactl.recipe.conditions import (
    AnyOf,
    ClickedCondition,
    EventCondition,
    Kind,
    OpenedCondition,
    RepliedCondition,
)
from mactl.recipe.steps import SplitStep, WinnerArm
from mactl.store.tables import SendStatus

_WRITTEN_TO = (SendStatus.SENT, SendStatus.UNKNOWN)
_REACTIONS: dict[str, type[OpenedCondition | ClickedCondition | RepliedCondition]] = {
    "opened": OpenedCondition,
    "clicked": ClickedCondition,
    "replied": RepliedCondition,
}


@dataclass(frozen=True)
class Contest:
    """How the arms of a split do: arm → enrollments written to, and how many of them reacted."""

    winner: WinnerArm
    started_at: int | None
    """The first release of a message of one of the arms, in epoch seconds."""
    written_to: Mapping[str, int]
    reacted: Mapping[str, int]

    def best(self) -> str:
        """The arm with the best rate (the first one on a tie) if each has `at_least` sends, else the fallback."""
        if min(self.written_to.values(), default=0) < self.winner.at_least:
            return self.winner.fallback
        return max(self.written_to, key=lambda arm: self.reacted[arm] / self.written_to[arm])

    def end(self, start: int, zone: ZoneInfo, holidays: Container[date] = ()) -> int:
        """When it is decided if it began at `start`; epoch seconds."""
        return to_epoch(add_duration(from_epoch(start), self.winner.after, zone, holidays))


def hold_contest(node: Node, step: SplitStep, occurrence: str, situation: Situation) -> Contest:
    """How the arms of the split at `node` did so far; of one occurrence where it is not empty."""
    assert step.winner is not None
    winner = step.winner[1]
    sends = _sends_of_arms(node, occurrence, situation)
    released = sends["released_at"].dropna()
    written = sends[sends["status"].isin(_WRITTEN_TO)]
    counts = dict.fromkeys(step.variants, 0)
    reacted = dict(counts)
    for arm, own in written.groupby("arm"):
        people = own.drop_duplicates("id")
        counts[str(arm)] = len(people)
        holds = _reacted(people, own, winner, situation)
        reacted[str(arm)] = int(holds.sum())
    return Contest(winner, int(released.min()) if len(released) else None, counts, reacted)


def _sends_of_arms(node: Node, occurrence: str, situation: Situation) -> pd.DataFrame:
    """Sends of the split's arms with their enrollment: id (its), contact, trigger_at, trigger, step, arm, …

    People of the winner's arm are written to by an arm's steps too; they are no part of the contest.
    """
    assert isinstance(node.step, SplitStep)
    name = node.step.split
    arm_of = {
        other.id: arm
        for other, _ in situation.graph.letters()
        for split, arm in other.arms
        if split == node.id
    }
    results = situation.results
    if results.empty:
        return pd.DataFrame(columns=["id", "arm", "released_at", "status"])
    own = results[results["step"].isin(arm_of)]
    own = own.assign(arm=own["step"].map(arm_of))[
        ["enrollment", "arm", "step", "status", "released_at"]
    ]
    columns = ["id", "contact", "occurrence", "trigger_at", "trigger", "draws"]
    people = situation.past.enrollments[columns]
    found = own.merge(people, left_on="enrollment", right_on="id")
    drawn = [draws.get(name) for draws in found["draws"]]
    found = found[pd.Series(drawn, index=found.index, dtype="object") == found["arm"]]
    return found[found["occurrence"] == occurrence] if occurrence else found


def _reacted(
    people: pd.DataFrame, sends: pd.DataFrame, winner: WinnerArm, situation: Situation
) -> "pd.Series[bool]":
    """Whether each enrollment of an arm did what is measured."""
    goal = situation.recipe.file.goal
    condition: Kind
    if winner.measure == "goal":
        if goal is None:
            return pd.Series(False, index=people.index)
        condition = EventCondition(event=goal.event, where=goal.where)
    else:
        kind = _REACTIONS[winner.measure]
        names = {situation.graph[id].name for id in sends["step"]}
        asked = (kind.model_validate({winner.measure: name}) for name in sorted(names))
        condition = AnyOf(any=tuple(asked))
    return look_up(people["id"], situation.ask(subjects_of(people), {"it": condition})["it"])
