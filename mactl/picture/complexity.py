"""How large and how tangled a journey is."""

from collections.abc import Sequence
from dataclasses import dataclass

from mactl.picture.flow import Flow, Kind, Node

_NO_STEPS = (Kind.ENTER, Kind.WINNER, Kind.END)


@dataclass(frozen=True, slots=True)
class Complexity:
    """What makes a journey hard to follow."""

    steps: int
    branches: int
    """The ways of all branching steps, those without steps included; 0 where everybody goes the same way."""
    depth: int
    """How many branching steps lie within one another at most."""
    back_edges: int
    """How many `go_to`s lead back to a step above."""


def complexity(flow: Flow) -> Complexity:
    """The size of a flow, in plain counts."""
    nodes = flow.nodes
    return Complexity(
        steps=sum(node.kind not in _NO_STEPS for node in nodes),
        branches=sum(len(node.ways) for node in nodes),
        depth=_depth(flow.trunk),
        back_edges=sum(
            edge.is_jump and edge.target.number < edge.source.number for edge in flow.edges
        ),
    )


def _depth(sequence: Sequence[Node]) -> int:
    return max(
        (1 + max(_depth(way.nodes) for way in node.ways) for node in sequence if node.ways),
        default=0,
    )
