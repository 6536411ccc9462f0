"""The steps of a journey as nodes that people stand on."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from mactl.document import Route
from mactl.recipe.journey import (
    AnyStepKind,
    Case,
    ChooseStep,
    ExitStep,
    Journey,
    Otherwise,
    SendStep,
    WaitStep,
)

END = ""
"""Where people stand who have passed the last step."""


@dataclass(frozen=True, slots=True)
class Node:
    """One step: its id, what it is, where it stands in the recipe, and which node comes after it."""

    id: str
    step: AnyStepKind
    route: Route
    after: str
    branches: tuple[str, ...] = ()
    """The first node of each case of a `choose`, in order; its `after` is taken where none fits."""


@dataclass(frozen=True, slots=True)
class Graph:
    """The nodes of a journey in an order in which every node comes before those it leads to."""

    start: str
    nodes: dict[str, Node] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Node]:
        return iter(self.nodes.values())

    def __getitem__(self, id: str) -> Node:
        return self.nodes[id]

    def sends(self) -> Iterator[tuple[Node, SendStep]]:
        """The nodes that send, with their steps."""
        return ((node, node.step) for node in self if isinstance(node.step, SendStep))


def build_graph(journey: Journey) -> Graph:
    """The graph of `journey`; where two steps share an id, the first keeps it."""
    ids = _name_steps(journey.steps)
    builder = _Builder(ids)
    start = builder.chain(journey.steps, ("journey", "steps"), END)
    ordered = {id: builder.nodes[id] for id in _in_order(start, builder.nodes)}
    return Graph(start, ordered)


def duplicate_ids(journey: Journey) -> Iterator[tuple[str, Route]]:
    """Each id that an earlier step has already, with the route of the step that repeats it."""
    seen: set[str] = set()
    for route, id in _name_steps(journey.steps).items():
        if id in seen:
            yield id, route
        seen.add(id)


def walk_steps(steps: Sequence[AnyStepKind], route: Route) -> Iterator[tuple[AnyStepKind, Route]]:
    """Every step below `steps`, in the order they are written, with its route in the document."""
    for index, step in enumerate(steps):
        here = (*route, index)
        yield step, here
        if isinstance(step, ChooseStep):
            for number, case in enumerate(step.choose):
                inner, key = _steps_of(case)
                yield from walk_steps(inner, (*here, "choose", number, key))


def _steps_of(case: Case | Otherwise) -> tuple[tuple[AnyStepKind, ...], str]:
    return (case.then, "then") if isinstance(case, Case) else (case.else_, "else")


def _given_id(step: AnyStepKind) -> str | None:
    if isinstance(step, SendStep):
        return step.id or step.send.id or step.send.template
    return step.id


def _next_id(step: AnyStepKind, counts: Counter[str]) -> str:
    counts[step.tag] += 1
    return f"{step.tag}-{counts[step.tag]}"


def _name_steps(steps: Sequence[AnyStepKind]) -> dict[Route, str]:
    counts: Counter[str] = Counter()
    return {
        route: _given_id(step) or _next_id(step, counts)
        for step, route in walk_steps(steps, ("journey", "steps"))
    }


class _Builder:
    def __init__(self, ids: dict[Route, str]) -> None:
        self.ids = ids
        self.nodes: dict[str, Node] = {}

    def chain(self, steps: Sequence[AnyStepKind], route: Route, after: str) -> str:
        """Add `steps`, the last of which leads to `after`; the id of the first one."""
        for index in reversed(range(len(steps))):
            step, here = steps[index], (*route, index)
            id = self.ids[here]
            branches: tuple[str, ...] = ()
            otherwise = after
            if isinstance(step, ChooseStep):
                entries = []
                for number, case in enumerate(step.choose):
                    inner, key = _steps_of(case)
                    entry = self.chain(inner, (*here, "choose", number, key), after)
                    if isinstance(case, Otherwise):
                        otherwise = entry
                    else:
                        entries.append(entry)
                branches = tuple(entries)
            self.nodes.setdefault(id, Node(id, step, here, otherwise, branches))
            after = id
        return after


def _in_order(start: str, nodes: dict[str, Node]) -> list[str]:
    """The nodes reached from `start`, each before those it leads to (depth-first, reversed)."""
    done: dict[str, None] = {}
    stack: list[tuple[str, Iterator[str]]] = []
    open_: set[str] = set()

    def enter(id: str) -> None:
        if id and id not in done and id not in open_:
            open_.add(id)
            node = nodes[id]
            stack.append((id, iter((*node.branches, node.after))))

    enter(start)
    while stack:
        id, onward = stack[-1]
        following = next(onward, None)
        if following is None:
            stack.pop()
            open_.discard(id)
            done[id] = None
        else:
            enter(following)
    return list(reversed(done))


def describe(node: Node) -> str:
    """The node in a few words, for lists: `send offer`, `wait 3 days`."""
    step = node.step
    if isinstance(step, SendStep):
        return f"send {step.send.template}"
    if isinstance(step, WaitStep):
        return f"wait {step.wait.for_}"
    if isinstance(step, ExitStep):
        return f"exit: {step.exit}"
    return "choose"
