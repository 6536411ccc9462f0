"""Steps at which people part: by conditions, or by lot."""

from typing import Any

import numpy as np
import pandas as pd

from mactl.clock import to_epoch
from mactl.draws import draw_all
from mactl.journey.contests import Contest, hold_contest
from mactl.journey.graph import Node
from mactl.journey.situation import Column, Frame, Situation, look_up, subjects_of
from mactl.journey.walk import Walk
from mactl.recipe.steps import Case, ChooseStep, SplitStep

WON = "/won"
"""After a draw's name, among the draws: the arm that those took who waited for the best."""


def choose(walk: Walk, node: Node, here: "Column[bool]") -> None:
    """The first case whose condition holds."""
    assert isinstance(node.step, ChooseStep)
    people = walk.people.loc[here]
    cases = {str(n): case.when for n, case in enumerate(node.step.choose) if isinstance(case, Case)}
    truth = walk.situation.ask(subjects_of(people), cases)
    undecided = pd.Series(True, index=people.index)
    for name in cases:
        fits = undecided & look_up(people["id"], truth[name])
        walk.pass_on(fits.index[fits], node.ways[name])
        undecided &= ~fits
    walk.pass_on(undecided.index[undecided], node.after)


def split(walk: Walk, node: Node, here: "Column[bool]") -> None:
    """The arm that the lot gives; who draws the winner's waits until it is known which arm did best."""
    step = node.step
    assert isinstance(step, SplitStep)
    people = walk.people.loc[here]
    arms = draw_arms(people, step, walk.situation)
    walk.draw(arms.map(lambda arm: {step.split: arm}))
    for name in step.variants:
        fits = arms.index[arms == name]
        walk.pass_on(fits, node.ways[name])
    if step.winner is not None:
        _await_winner(walk, node, step, arms.index[arms == step.winner[0]])


def draw_arms(people: Frame, step: SplitStep, situation: Situation) -> "Column[str]":
    """The arm that each enrollment (id, contact, draws) takes: as it was drawn, else by lot."""
    keys = people["contact"] if step.per == "contact" else people["id"]
    lots = draw_all(keys, f"{situation.recipe.origin} {step.split}")
    names = list(step.arms)
    reached = np.cumsum([arm.share for arm in step.arms.values()])
    # The shares may come to a hair less than 1.
    drawn = np.searchsorted(reached, lots, "right").clip(max=len(names) - 1)
    arms = pd.Series([names[place] for place in drawn], index=people.index, dtype="object")
    for place, contact, made in zip(people.index, people["contact"], people["draws"], strict=True):
        fixed = situation.fixed.get(contact, {})
        settled = made.get(step.split, fixed.get(step.split))
        if settled in step.arms:
            arms[place] = str(settled)
    return arms


def _await_winner(walk: Walk, node: Node, step: SplitStep, rows: "pd.Index[Any]") -> None:
    if not len(rows):
        return
    situation, now = walk.situation, to_epoch(walk.situation.now)
    # A slot is a contest of its own; a journey without slots is one as a whole.
    waiting = walk.people.loc[rows]
    slots = waiting["occurrence"].astype("object")
    scopes = slots if situation.journey.is_periodic else pd.Series("", index=rows)
    for scope, people in waiting.groupby(scopes):
        contest: Contest = hold_contest(node, step, str(scope), situation)
        due = _decided_at(contest, people, step, situation)
        walk.people.loc[people.index, "due_at"] = due.astype("Int64")
        ready = people.index[due <= now]
        if len(ready):
            best = contest.best()
            walk.draw(pd.Series([{f"{step.split}{WON}": best}] * len(ready), index=ready))
            walk.pass_on(ready, node.ways[best], due[ready])


def _decided_at(
    contest: Contest, people: pd.DataFrame, step: SplitStep, situation: Situation
) -> "Column[int]":
    """When the contest is decided: `after` the first send of an arm, else after their own arrival."""
    assert step.winner is not None
    start = contest.started_at
    begins = people["arrived_at"] if start is None else pd.Series(start, index=people.index)
    ends = begins.map(lambda at: contest.end(int(at), situation.zone, situation.holidays))
    return ends.astype("int64")
