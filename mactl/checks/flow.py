"""How the steps of a journey lead to each other as they are written: jumps and steps that nobody reaches included.

The engine's graph leaves both out, since nobody stands on them; a check has to name them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from mactl.document import Route
from mactl.journey.graph import ELSE, name_steps, walk_steps, ways_of
from mactl.recipe.steps import (
    AnyStepKind,
    AskConsentStep,
    ChooseStep,
    ExitStep,
    GoToStep,
    LengthBy,
    MilestoneStep,
    SplitStep,
    WaitForStep,
    WaitStep,
)

_TOP: Route = ("journey", "steps")


@dataclass(frozen=True, slots=True)
class Onward:
    """A way from one step to the next; `to` is None at the end of the journey."""

    to: Route | None
    takes_time: bool
    """Whether some time passes on it, whatever people do."""


class Flow:
    """The steps of a journey by their routes, in the order they are written."""

    def __init__(self, steps: Sequence[AnyStepKind]) -> None:
        self.steps: Mapping[Route, AnyStepKind] = {r: s for s, r in walk_steps(steps, _TOP)}
        self.names: Mapping[Route, str] = name_steps(steps)
        self.routes: dict[str, Route] = {}
        """Id → where the step stands; the first where two share it."""
        for route, name in self.names.items():
            self.routes.setdefault(name, route)
        self.onward: dict[Route, tuple[Onward, ...]] = {}
        self._chain(steps, _TOP, None)

    def __iter__(self) -> Iterator[tuple[Route, AnyStepKind]]:
        return iter(self.steps.items())

    def _chain(self, steps: Sequence[AnyStepKind], route: Route, after: Route | None) -> None:
        for index, step in enumerate(steps):
            here = (*route, index)
            following = (*route, index + 1) if index + 1 < len(steps) else after
            self.onward[here] = tuple(self._lead(step, here, following))
            for _, inner, way in ways_of(step):
                self._chain(inner, (*here, *way), following)

    def _lead(self, step: AnyStepKind, here: Route, following: Route | None) -> Iterator[Onward]:
        if isinstance(step, ExitStep):
            yield Onward(None, False)
            return
        if isinstance(step, GoToStep):
            yield Onward(self.routes.get(step.go_to), False)
            return
        ways = {
            name: (*here, *way, 0) if inner else following for name, inner, way in ways_of(step)
        }
        for name, first in ways.items():
            late = name == ELSE and not isinstance(step, ChooseStep)
            yield Onward(first, late and _is_positive(step))
        has_all = isinstance(step, (WaitForStep, AskConsentStep, SplitStep))
        if not has_all and not (isinstance(step, ChooseStep) and ELSE in ways):
            yield Onward(following, isinstance(step, WaitStep) and _is_positive(step))

    @cached_property
    def first(self) -> Route:
        """The first step."""
        return (*_TOP, 0)

    @cached_property
    def reached(self) -> frozenset[Route]:
        """The steps that someone can come to."""
        return self.reached_from((self.first,))

    def reached_from(self, starts: Sequence[Route]) -> frozenset[Route]:
        """`starts`, and all steps that can be reached from one of them."""
        found = set(starts)
        open_ = list(starts)
        while open_:
            for way in self.onward[open_.pop()]:
                if way.to is not None and way.to not in found:
                    found.add(way.to)
                    open_.append(way.to)
        return frozenset(found)

    def loops(self, *, at_once: bool) -> list[tuple[Route, ...]]:
        """Groups of steps of which each leads to each; `at_once`: without any time passing.

        Steps that nobody reaches are left out. Tarjan, without recursion: a journey may be long.
        """
        graph = {
            route: [
                way.to for way in self.onward[route]
                if way.to is not None and not (at_once and way.takes_time)
            ]
            for route in self.steps if route in self.reached
        }  # fmt: skip
        return [group for group in _components(graph) if _is_loop(group, graph)]


def _is_loop(group: tuple[Route, ...], graph: Mapping[Route, Sequence[Route]]) -> bool:
    return len(group) > 1 or group[0] in graph[group[0]]


def _components(graph: Mapping[Route, Sequence[Route]]) -> Iterator[tuple[Route, ...]]:
    """The strongly connected components, each in the order its steps are written."""
    order = {route: number for number, route in enumerate(graph)}
    index: dict[Route, int] = {}
    low: dict[Route, int] = {}
    stack: list[Route] = []
    standing: set[Route] = set()
    for start in graph:
        if start in index:
            continue
        work: list[tuple[Route, Iterator[Route]]] = []
        work.append((start, iter(graph[start])))
        index[start] = low[start] = len(index)
        stack.append(start)
        standing.add(start)
        while work:
            here, onward = work[-1]
            following = next(onward, None)
            if following is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[here])
                if low[here] == index[here]:
                    group: list[Route] = []
                    while not group or group[-1] != here:
                        group.append(stack.pop())
                        standing.discard(group[-1])
                    yield tuple(sorted(group, key=order.__getitem__))
            elif following not in index:
                index[following] = low[following] = len(index)
                stack.append(following)
                standing.add(following)
                work.append((following, iter(graph[following])))
            elif following in standing:
                low[here] = min(low[here], index[following])


def _is_positive(step: AnyStepKind) -> bool:
    """Whether waiting at `step` surely takes time; a time of day alone may be now."""
    if isinstance(step, WaitStep):
        length = step.wait.for_
        lengths = length.lengths.values() if isinstance(length, LengthBy) else (length,)
        return all(length.mean_days > 0 for length in lengths)
    if isinstance(step, (WaitForStep, AskConsentStep, MilestoneStep)):
        return step.up_to.mean_days > 0
    return False
