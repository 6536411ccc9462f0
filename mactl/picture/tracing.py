"""A recipe's journey → its flow: read from what is declared, with the ids that the graph gives."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import count

from mactl.document import Route
from mactl.journey.graph import name_steps, ways_of
from mactl.journey.words import Words, plain, share, step_words, way_label, winner_words
from mactl.picture.flow import (
    END,
    ENTER,
    Flow,
    Kind,
    Node,
    Way,
    falls_through,
)
from mactl.picture.notes import enter_words, journey_notes
from mactl.recipe.recipe import RecipeFile
from mactl.recipe.steps import (
    AnyStepKind,
    ChooseStep,
    GoToStep,
    MilestoneStep,
    Otherwise,
    SplitStep,
)

_STEPS: Route = ("journey", "steps")


def trace_flow(file: RecipeFile) -> Flow:
    """The flow of a recipe that has a journey."""
    journey = file.journey
    assert journey is not None
    tracer = _Tracer(name_steps(journey.steps))
    enter = Node(next(tracer.numbers), ENTER, Kind.ENTER, enter_words(journey))
    steps = tracer.sequence(journey.steps, _STEPS)
    end = Node(next(tracer.numbers), END, Kind.END, Words("End"))
    trunk = (enter, *steps, end)
    flow = Flow(file.recipe, plain(file.title or "") or None, trunk, tuple(journey_notes(file)))
    return flow if _is_reached(end, flow) else Flow(flow.recipe, flow.title, trunk[:-1], flow.notes)


def _is_reached(end: Node, flow: Flow) -> bool:
    if falls_through(flow.trunk[:-1]):
        return True
    onward: dict[int, list[Node]] = {}
    for edge in flow.edges:
        onward.setdefault(edge.source.number, []).append(edge.target)
    seen: set[int] = set()
    open_ = [flow.trunk[0]]
    while open_:
        node = open_.pop()
        if node.number not in seen:
            seen.add(node.number)
            open_ += onward.get(node.number, [])
    return end.number in seen


class _Tracer:
    def __init__(self, names: Mapping[Route, str]) -> None:
        self.names = names
        self.numbers = count()

    def sequence(self, steps: Sequence[AnyStepKind], route: Route) -> tuple[Node, ...]:
        return tuple(self.node(step, (*route, index)) for index, step in enumerate(steps))

    def node(self, step: AnyStepKind, here: Route) -> Node:
        number, id = next(self.numbers), self.names[here]
        ways = tuple(self.ways(step, here))
        if not any(way.nodes for way in ways):
            ways = ()  # whatever holds, all go on to the same step
        return Node(
            number, id, Kind(step.keyword), step_words(step), _is_named(step), ways,
            step.go_to if isinstance(step, GoToStep) else None,
        )  # fmt: skip

    def ways(self, step: AnyStepKind, here: Route) -> Iterator[Way]:
        if isinstance(step, MilestoneStep):
            yield Way(way_label(step, "then"))
        for name, inner, inward in ways_of(step):
            yield Way(way_label(step, name), self.sequence(inner, (*here, *inward)))
        if isinstance(step, ChooseStep) and not isinstance(step.choose[-1], Otherwise):
            yield Way("otherwise")
        if isinstance(step, SplitStep) and step.winner is not None:
            name, arm = step.winner
            id = f"{self.names[here]}.{name}"
            node = Node(next(self.numbers), id, Kind.WINNER, winner_words(step, arm))
            yield Way(plain(f"{name} {share(arm.share)}"), (node,))


def _is_named(step: AnyStepKind) -> bool:
    given = step.id
    task = getattr(step, "task", None)
    send = getattr(step, "send", None)
    return any(
        id is not None for id in (given, getattr(task, "id", None), getattr(send, "id", None))
    )
