"""The steps of a journey as nodes that people stand on."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from mactl.document import Route
from mactl.recipe.journey import Journey
from mactl.recipe.moved import original_names
from mactl.recipe.steps import (
    AnyStepKind,
    AskConsentStep,
    Case,
    ChooseStep,
    ExitStep,
    GoToStep,
    MilestoneStep,
    SendStep,
    SplitStep,
    TaskStep,
    WaitForStep,
    WaitStep,
    WaitUntilStep,
)

END = ""
"""Where people stand who have passed the last step."""
THEN, ELSE = "then", "else"
ANSWER = "-answer"
"""After the id of an `ask_consent`: the node where its people wait for the answer."""


@dataclass(frozen=True, slots=True)
class Node:
    """One step, or the second half of an `ask_consent`, and which nodes come after it."""

    id: str
    """Its original id, which the state knows: a rename keeps it."""
    name: str
    """Its id as the recipe writes it now."""
    step: AnyStepKind
    route: Route
    """Where it stands in the recipe."""
    after: str
    """The node where its people go on by default."""
    ways: Mapping[str, str] = field(default_factory=dict)
    """Branch → its first node: `0`, `1`, … of a `choose`, `then`, `else`, the arms of a `split`."""
    arms: tuple[tuple[str, str], ...] = ()
    """The (split, arm) that it is in, outermost first."""
    is_countdown: bool = False
    """Whether it comes right after a `wait_until`, so that all time counts towards its lateness."""

    @property
    def variant(self) -> str | None:
        """The innermost arm that it is in."""
        return self.arms[-1][1] if self.arms else None

    @property
    def is_answer(self) -> bool:
        """Whether it is where people wait for the answer to an `ask_consent`."""
        return isinstance(self.step, AskConsentStep) and self.id.endswith(ANSWER)

    @property
    def onward(self) -> tuple[str, ...]:
        """All nodes that may come next."""
        return (*self.ways.values(), self.after)


@dataclass(frozen=True, slots=True)
class Graph:
    """The nodes of a journey; but for those that a `go_to` leads back to, each comes before those it leads to."""

    start: str
    nodes: Mapping[str, Node] = field(default_factory=dict)
    written: tuple[str, ...] = ()
    """The ids of all nodes in the order they are written, those that nothing leads to included."""
    places: Mapping[str, str] = field(default_factory=dict)
    """Name of a step as it is written now → the node where those stand who are sent there: past a `go_to`."""

    def __iter__(self) -> Iterator[Node]:
        return iter(self.nodes.values())

    def __contains__(self, id: object) -> bool:
        return id in self.nodes

    def __getitem__(self, id: str) -> Node:
        return self.nodes[id]

    def sends(self) -> Iterator[tuple[Node, SendStep]]:
        """The nodes that send, with their steps."""
        return ((node, node.step) for node in self if isinstance(node.step, SendStep))

    def letters(self) -> Iterator[tuple[Node, str]]:
        """The nodes that a message goes out from, with the name of its template: sends and requests for consent."""
        for node in self:
            if isinstance(node.step, SendStep):
                yield node, node.step.send.template
            elif isinstance(node.step, AskConsentStep) and not node.is_answer:
                yield node, node.step.ask_consent.template

    def resolve(self, name: str) -> str:
        """Where those stand who are sent to the step that the recipe calls `name` now; `name` itself where there
        is none."""
        return self.places.get(name, name)

    def upstream(self, id: str) -> frozenset[str]:
        """The nodes written before node `id` from which it can be reached."""
        before = set(self.written[: self.written.index(id)])
        return frozenset(other for other in before & set(self.nodes) if id in self.reached(other))

    def reached(self, id: str) -> frozenset[str]:
        """All nodes that can be reached from node `id`."""
        found: set[str] = set()
        open_ = [id]
        while open_:
            for onward in self.nodes[open_.pop()].onward:
                if onward and onward not in found:
                    found.add(onward)
                    open_.append(onward)
        return frozenset(found)


def build_graph(journey: Journey, moved: Mapping[str, str] | None = None) -> Graph:
    """The graph of `journey`; where two steps share an id, the first keeps it.

    `moved` maps old names to new ones, as in the recipe: nodes have the oldest. A `go_to` that leads nowhere
    leads to the end.
    """
    names = name_steps(journey.steps)
    builder = _Builder(names, original_names(moved or {}))
    start = builder.chain(journey.steps, _STEPS, END, ())
    nodes = _led_on(builder.nodes)
    # People may stand on a step that an edit has cut off: it leads them on all the same.
    starts = [_go_on(start, nodes), *(_go_on(id, nodes) for id in reversed(builder.written()))]
    ordered = {id: nodes[id] for id in _in_order(starts, nodes)}
    places = {name: _go_on(builder.id(name), nodes) for name in names.values()}
    return Graph(_go_on(start, nodes), ordered, builder.written(), places)


_STEPS: Route = ("journey", "steps")


def duplicate_ids(journey: Journey) -> Iterator[tuple[str, Route]]:
    """Each id that an earlier step has already, with the route of the step that repeats it."""
    seen: set[str] = set()
    for route, id in name_steps(journey.steps).items():
        if id in seen:
            yield id, route
        seen.add(id)


def walk_steps(steps: Sequence[AnyStepKind], route: Route) -> Iterator[tuple[AnyStepKind, Route]]:
    """Every step below `steps`, in the order they are written, with its route in the document."""
    for index, step in enumerate(steps):
        here = (*route, index)
        yield step, here
        for _, inner, way in ways_of(step):
            yield from walk_steps(inner, (*here, *way))


def ways_of(step: AnyStepKind) -> Iterator[tuple[str, tuple[AnyStepKind, ...], Route]]:
    """The branches of a step: name, steps, and the way to them from the step in the document."""
    if isinstance(step, ChooseStep):
        for number, case in enumerate(step.choose):
            if isinstance(case, Case):
                yield str(number), case.then, ("choose", number, "then")
            else:
                yield ELSE, case.else_, ("choose", number, "else")
    elif isinstance(step, SplitStep):
        for name, arm in step.variants.items():
            yield name, arm.steps, ("arms", name, "steps")
    elif isinstance(step, (WaitForStep, AskConsentStep)):
        yield THEN, step.then, ("then",)
        yield ELSE, step.else_, ("else",)
    elif isinstance(step, MilestoneStep):
        yield ELSE, step.else_, ("else",)


def name_steps(steps: Sequence[AnyStepKind], route: Route = _STEPS) -> dict[Route, str]:
    """The id of every step below `steps`, by its route in the document."""
    counts: Counter[str] = Counter()
    return {
        here: _given_id(step) or _next_id(step, counts) for step, here in walk_steps(steps, route)
    }


def _given_id(step: AnyStepKind) -> str | None:
    if isinstance(step, SendStep):
        return step.id or step.send.id or step.send.template
    if isinstance(step, MilestoneStep):
        return step.id or step.milestone
    if isinstance(step, SplitStep):
        return step.id or step.split
    if isinstance(step, TaskStep):
        return step.id or step.task.id
    return step.id


def _next_id(step: AnyStepKind, counts: Counter[str]) -> str:
    counts[step.keyword] += 1
    return f"{step.keyword}-{counts[step.keyword]}"


class _Builder:
    def __init__(self, names: Mapping[Route, str], originals: Mapping[str, str]) -> None:
        self.names = names
        self.originals = originals
        self.nodes: dict[str, Node] = {}

    def id(self, name: str) -> str:
        return self.originals.get(name, name)

    def written(self) -> tuple[str, ...]:
        ids = (self.id(name) for name in dict.fromkeys(self.names.values()))
        return tuple(
            part for id in ids for part in (id, f"{id}{ANSWER}") if part in self.nodes
        )  # fmt: skip

    def chain(
        self,
        steps: Sequence[AnyStepKind],
        route: Route,
        after: str,
        arms: tuple[tuple[str, str], ...],
    ) -> str:
        """Add `steps`, the last of which leads to `after`; the id of the first one."""
        for index in reversed(range(len(steps))):
            after = self._add(steps[index], (*route, index), after, arms)
        return after

    def _add(
        self, step: AnyStepKind, here: Route, after: str, arms: tuple[tuple[str, str], ...]
    ) -> str:
        name = self.names[here]
        id = self.id(name)
        ways = {}
        for way, inner, inward in ways_of(step):
            within = (*arms, (id, way)) if isinstance(step, SplitStep) else arms
            ways[way] = self.chain(inner, (*here, *inward), after, within)
        if isinstance(step, ChooseStep):
            after = ways.pop(ELSE, after)
        if isinstance(step, GoToStep):
            after = self.id(step.go_to)
        if isinstance(step, ExitStep):
            after = END
        if isinstance(step, AskConsentStep):
            answer = f"{id}{ANSWER}"
            self.nodes.setdefault(
                answer, Node(answer, f"{name}{ANSWER}", step, here, after, ways, arms)
            )
            after = answer
        self.nodes.setdefault(id, Node(id, name, step, here, after, ways, arms))
        return id


def _go_on(id: str, nodes: Mapping[str, Node]) -> str:
    """Node `id` itself; a `go_to` is no place to stand on, so the node that it leads to. The end for a circle."""
    seen: set[str] = set()
    while id in nodes and isinstance(nodes[id].step, GoToStep) and id not in seen:
        seen.add(id)
        id = nodes[id].after
    return id if id in nodes and id not in seen else END


def _led_on(nodes: Mapping[str, Node]) -> dict[str, Node]:
    """`nodes` with every way led past `go_to`s, and those marked that come right after a `wait_until`."""
    led = {
        id: Node(
            node.id, node.name, node.step, node.route, _go_on(node.after, nodes),
            {way: _go_on(first, nodes) for way, first in node.ways.items()}, node.arms,
        )
        for id, node in nodes.items()
    }  # fmt: skip
    countdown: set[str] = set()
    open_ = [node.after for node in led.values() if isinstance(node.step, WaitUntilStep)]
    while open_:
        id = open_.pop()
        if not id or id in countdown:
            continue
        countdown.add(id)
        if not isinstance(led[id].step, _PAUSING):
            open_ += led[id].onward
    return {
        id: Node(
            node.id, node.name, node.step, node.route, node.after, node.ways, node.arms,
            is_countdown=id in countdown,
        )
        for id, node in led.items()
    }  # fmt: skip


_PAUSING = (WaitStep, WaitForStep, WaitUntilStep, MilestoneStep, SendStep, AskConsentStep)
"""Steps at which time may pass."""


def _in_order(starts: Iterable[str], nodes: Mapping[str, Node]) -> list[str]:
    """The nodes reached from `starts`, each before those it leads to (depth-first, reversed)."""
    done: dict[str, None] = {}
    stack: list[tuple[str, Iterator[str]]] = []
    open_: set[str] = set()

    def enter(id: str) -> None:
        if id and id not in done and id not in open_:
            open_.add(id)
            stack.append((id, iter(nodes[id].onward)))

    for start in starts:
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
