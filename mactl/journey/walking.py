"""Letting everyone go their way through the graph in one run: which kind of step is passed how."""

from collections.abc import Callable

from mactl.clock import to_epoch
from mactl.journey import acting, branching, sending, waiting
from mactl.journey.graph import Node
from mactl.journey.situation import Column, Frame, Judge, joined
from mactl.journey.walk import CAUGHT_UP, Walk
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

_ROUNDS = CAUGHT_UP + 4
"""How often people may go round a loop in one run: one without a wait stops here, not hangs."""


def walk_on(walk: Walk, judge: Judge) -> None:
    """Move everyone until all stand before a wait or an outcome, or are done."""
    waiting.jump_to_milestones(walk)
    # Each round lets those pass whose send was skipped; a journey has no more rounds than sends.
    for _ in range(len(walk.situation.graph.nodes) + 1):
        _move(walk)
        intents = _intents(walk)
        if intents.empty:
            return
        walk.judged.append(judge(intents))


def _move(walk: Walk) -> None:
    for walk.round in range(_ROUNDS):
        walk.went_back[:] = False
        for node in walk.situation.graph:
            here = walk.people["step"] == node.id
            if here.any():
                _pass(walk, node, here)
        if not walk.went_back.any():
            return
    walk.people.loc[walk.went_back, "due_at"] = to_epoch(walk.situation.now)


def _pass(walk: Walk, node: Node, here: "Column[bool]") -> None:
    """Move on those at `node` who may pass it."""
    step = node.step
    for kinds, move in _MOVES:
        if isinstance(step, kinds):
            move(walk, node, here)
            return
    raise TypeError(f"nobody knows how to pass {step.keyword}")


def _intents(walk: Walk) -> Frame:
    """The sends asked for by those who stand before one that is not decided yet."""
    asked = []
    for node, template in walk.situation.graph.letters():
        here = walk.people["step"] == node.id
        if here.any():
            asked.append(sending.intents(walk, node, template, here))
    return joined(asked)


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
