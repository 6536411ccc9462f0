"""Columns: how far to the right each node stands.

A sequence is one straight line. The branches of a step stand side by side, each as wide as what is in it, and the line
goes on straight below the middle one of those that rejoin.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import mean

from mactl.picture.flow import Node, Way, falls_through
from mactl.picture.ranks import beside

GAP = 32
"""Between two columns, in pixels."""

Reach = tuple[float, float]
"""How far something reaches to the left and to the right of its line."""


@dataclass
class Columns:
    """Where lines are, in pixels from the trunk's."""

    nodes: dict[int, float] = field(default_factory=dict)
    """Node number → its line."""
    ways: dict[tuple[int, int], float] = field(default_factory=dict)
    """(node number, which branch) → its line."""
    reach: Reach = (0.0, 0.0)
    """How far all of it reaches."""


def place_columns(
    trunk: Sequence[Node],
    targets: Collection[int],
    node_width: Callable[[Node], float],
    label_width: Callable[[Way], float],
) -> Columns:
    """The lines of a trunk and of all branches; `targets` are the nodes that a `go_to` leads to."""
    placing = _Placing(targets, node_width, label_width)
    placing.columns.reach = placing.measure(trunk)
    placing.place(trunk, 0.0)
    return placing.columns


class _Placing:
    def __init__(
        self,
        targets: Collection[int],
        node_width: Callable[[Node], float],
        label_width: Callable[[Way], float],
    ) -> None:
        self.targets = targets
        self.node_width = node_width
        self.label_width = label_width
        self.offsets: dict[int, list[float]] = {}
        self.columns = Columns()

    def measure(self, sequence: Sequence[Node]) -> Reach:
        left = right = 0.0
        for index, node in enumerate(sequence):
            following = sequence[index + 1] if index + 1 < len(sequence) else None
            reach = self._measure_node(node, following)
            left, right = max(left, reach[0]), max(right, reach[1])
        return left, right

    def _measure_node(self, node: Node, following: Node | None) -> Reach:
        half = self.node_width(node) / 2
        if not node.ways:
            return half, half
        reaches = [self._measure_way(way) for way in node.ways]
        if following is not None and beside(node, following, self.targets):
            # The following card stands in the row of the exits, so they have to leave room for it.
            room = self.node_width(following) / 2
            reaches = [
                (max(left, room), max(right, room)) if falls_through(way.nodes) else (left, right)
                for way, (left, right) in zip(node.ways, reaches, strict=True)
            ]
        lines = [0.0]
        for (_, right), (left, _) in pairwise(reaches):
            lines.append(lines[-1] + right + GAP + left)
        straight = _straight(node.ways, lines)
        offsets = [line - straight for line in lines]
        self.offsets[node.number] = offsets
        return (
            max(half, reaches[0][0] - offsets[0]),
            max(half, reaches[-1][1] + offsets[-1]),
        )

    def _measure_way(self, way: Way) -> Reach:
        left, right = self.measure(way.nodes)
        label = self.label_width(way) / 2
        return max(left, label), max(right, label)

    def place(self, sequence: Sequence[Node], line: float) -> None:
        for node in sequence:
            self.columns.nodes[node.number] = line
            for number, way in enumerate(node.ways):
                own = line + self.offsets[node.number][number]
                self.columns.ways[node.number, number] = own
                self.place(way.nodes, own)


def _straight(ways: Sequence[Way], lines: Sequence[float]) -> float:
    """Where among the `lines` of its branches a step stands."""
    rejoining = [n for n, way in enumerate(ways) if falls_through(way.nodes)]
    walked = [n for n in rejoining if ways[n].nodes]
    if len(walked) == 1:
        return lines[walked[0]]  # those who skip it take a way around
    chosen = [lines[n] for n in rejoining] or list(lines)
    middle = len(chosen) // 2
    return chosen[middle] if len(chosen) % 2 else mean(chosen[middle - 1 : middle + 1])
