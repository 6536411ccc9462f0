"""Rows: how far down each node stands.

Every node stands below all that lead to it, but for a `go_to` that closes a circle (longest path, as the first phase
of Sugiyama's method). What comes after a branching step stands below all of its branches, so that a branch has its
columns to itself.
"""

from collections.abc import Iterable, Iterator, Sequence

from mactl.picture.flow import Edge, Flow, Kind, Node, falls_through, walk_nodes

Pair = tuple[int, int]


def rank_nodes(flow: Flow) -> dict[int, int]:
    """Node number → its row, from 0 on without gaps."""
    jumps = [edge for edge in flow.edges if edge.is_jump]
    targets = {edge.target.number for edge in jumps}
    below = set(_below(flow.trunk, None, targets))
    for jump in jumps:
        if jump.source.number not in _reached(jump.target.number, below):
            below.add((jump.source.number, jump.target.number))
    return longest_paths(range(len(flow.nodes)), below)


def beside(node: Node, following: Node | None, targets: Iterable[int]) -> bool:
    """Whether all who leave at `node` do so by an exit that may stand beside the following node.

    `targets` are the nodes that a `go_to` leads to.
    """
    leaving = [way.nodes for way in node.ways if not falls_through(way.nodes)]
    return (
        following is not None
        and len(node.ways) - len(leaving) == 1
        and all(
            len(nodes) == 1 and nodes[0].kind is Kind.EXIT and nodes[0].number not in targets
            for nodes in leaving
        )
    )


def is_back(edge: Edge, ranks: dict[int, int]) -> bool:
    """Whether an edge leads up."""
    return ranks[edge.target.number] <= ranks[edge.source.number]


def _below(sequence: Sequence[Node], after: Node | None, targets: set[int]) -> Iterator[Pair]:
    """(above, below) for all nodes that stand below others whatever the jumps."""
    for index, node in enumerate(sequence):
        own = sequence[index + 1] if index + 1 < len(sequence) else None
        following = own or after
        if following is not None and (own is not None or falls_through([node])):
            yield node.number, following.number
        is_beside = beside(node, own, targets)
        for way in node.ways:
            if way.nodes:
                yield node.number, way.nodes[0].number
            if following is not None and (falls_through(way.nodes) or not is_beside):
                for inner in walk_nodes(way.nodes):
                    yield inner.number, following.number
            yield from _below(way.nodes, following, targets)


def _reached(start: int, below: set[Pair]) -> set[int]:
    onward: dict[int, list[int]] = {}
    for above, under in below:
        onward.setdefault(above, []).append(under)
    seen, open_ = {start}, [start]
    while open_:
        for under in onward.get(open_.pop(), ()):
            if under not in seen:
                seen.add(under)
                open_.append(under)
    return seen


def longest_paths(numbers: Iterable[int], below: set[Pair]) -> dict[int, int]:
    """Node number → how many nodes stand above it at most; `below` are (above, below) without circles."""
    ranks = dict.fromkeys(numbers, 0)
    onward: dict[int, list[int]] = {number: [] for number in ranks}
    waiting = dict.fromkeys(ranks, 0)
    for above, under in below:
        onward[above].append(under)
        waiting[under] += 1
    ready = [number for number, left in waiting.items() if not left]
    while ready:
        above = ready.pop()
        for under in onward[above]:
            ranks[under] = max(ranks[under], ranks[above] + 1)
            waiting[under] -= 1
            if not waiting[under]:
                ready.append(under)
    return ranks
