"""Steps that do something at once, and are passed with it."""

from collections.abc import Mapping, Sequence

import pandas as pd

from mactl.clock import to_epoch
from mactl.journey.graph import Node, name_steps
from mactl.journey.situation import Column, Frame, Situation, joined
from mactl.journey.walk import Walk
from mactl.recipe.moved import original_names
from mactl.recipe.steps import ACTING_KINDS, ActingStep
from mactl.store.ids import send_ids

EFFECT = [
    "id",
    "enrollment",
    "contact",
    "recipe",
    "version",
    "step",
    "kind",
    "spec",
    "trigger",
    "at",
]
"""Columns of a table of effects: `kind` is the step's keyword, `spec` the step, `at` epoch seconds.

The id is made from the enrollment and the step: what a step does to an enrollment it does once.
"""


def act(walk: Walk, node: Node, here: "Column[bool]") -> None:
    """Do it and go on; the holdout goes on in silence, the people of a paused recipe wait."""
    assert isinstance(node.step, ACTING_KINDS)
    if not walk.situation.acting:
        return
    reached = walk.people.loc[here]
    told = reached[~reached["is_held_out"].astype(bool)]
    walk.effects.append(effects_of(told, node.id, node.step, walk.situation))
    walk.pass_on(reached.index, node.after)


def effects_of(people: Frame, id: str, step: ActingStep, situation: Situation) -> Frame:
    """What the step called `id` does to each of `people`."""
    return pd.DataFrame(
        {
            "id": send_ids(people["id"], [id] * len(people)),
            "enrollment": people["id"].to_numpy(),
            "contact": people["contact"].to_numpy(),
            "recipe": situation.recipe.origin,
            "version": people["version"].to_numpy(),
            "step": id,
            "kind": step.keyword,
            "spec": [step] * len(people),
            "trigger": people["trigger"].to_numpy(),
            "at": to_epoch(situation.now),
        },
        columns=EFFECT,
    )


ON_GOAL = ("journey", "on_goal")


def on_goal_steps(
    steps: Sequence[ActingStep], moved: Mapping[str, str]
) -> list[tuple[str, ActingStep]]:
    """What is done when someone meets the goal, each with its id: `on_goal/enroll-1`."""
    names = name_steps(steps, ON_GOAL)
    originals = original_names(moved)
    return [
        (f"on_goal/{originals.get(name, name)}", steps[int(route[-1])])
        for route, name in names.items()
    ]


def on_goal(met: Frame, situation: Situation) -> Frame:
    """What is done to `met`, the enrollments that meet the goal now; nothing to the holdout."""
    told = met[~met["is_held_out"].astype(bool)]
    steps = on_goal_steps(situation.journey.on_goal, situation.recipe.file.moved)
    if told.empty or not situation.acting:
        return pd.DataFrame()
    return joined([effects_of(told, id, step, situation) for id, step in steps])
