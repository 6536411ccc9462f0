"""The flow of a journey as a picture shows it: nodes with words, the ways on from each, and the edges these make."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from mactl.journey.words import Words, plain

ENTER, END = "<enter>", "<end>"
"""The ids of where everybody comes in, and of where those end who passed the last step; no step can be called so."""


class Kind(StrEnum):
    """What a node is: a step by its key in the recipe, or one of the nodes that no step stands for."""

    ENTER = "enter"
    SEND = "send"
    WAIT = "wait"
    WAIT_FOR = "wait_for"
    WAIT_UNTIL = "wait_until"
    CHOOSE = "choose"
    SPLIT = "split"
    WINNER = "winner"
    """An arm of a split whose people wait to see which of the others did best."""
    MILESTONE = "milestone"
    ASK_CONSENT = "ask_consent"
    SET = "set"
    TAG = "tag"
    UNTAG = "untag"
    SUPPRESS = "suppress"
    NOTIFY = "notify"
    TASK = "task"
    EXPORT = "export"
    WEBHOOK = "webhook"
    ENROLL = "enroll"
    GO_TO = "go_to"
    EXIT = "exit"
    END = "end"
    RECIPE = "recipe"
    """A whole recipe, on the map of a cookbook."""


@dataclass(frozen=True, slots=True)
class Node:
    """A node, and what comes after it beside the next node of its own sequence."""

    number: int
    """Counts the nodes in written order; tells two apart that share an id by mistake."""
    id: str
    kind: Kind
    words: Words
    is_named: bool = False
    """Whether the recipe gave it an id, rather than one made from its kind."""
    ways: tuple["Way", ...] = ()
    """Its branches; none where everybody goes on the same way."""
    goes_to: str | None = None
    """The id of the step that a `go_to` leads to."""

    @property
    def shown_id(self) -> str:
        """Its id, where the recipe gave it one that its words do not tell; else empty."""
        return plain(self.id) if self.is_named and self.id != self.words.what else ""


@dataclass(frozen=True, slots=True)
class Way:
    """A branch: who takes it, and its nodes; it rejoins after them."""

    label: str
    nodes: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Edge:
    """From one node to another."""

    source: Node
    target: Node
    label: str = ""
    way: int | None = None
    """Which branch of the source it begins."""
    is_jump: bool = False
    """Whether it is a `go_to`'s, which may lead anywhere."""


@dataclass(frozen=True, slots=True)
class Note:
    """Something that holds for the whole journey: `goal`, `renewed within 60 days`."""

    name: str
    text: str


@dataclass(frozen=True)
class Flow:
    """A journey, ready to be drawn."""

    recipe: str
    title: str | None
    trunk: tuple[Node, ...]
    """Where people enter, the steps that are written below `steps`, and the end where anybody reaches it."""
    notes: tuple[Note, ...] = ()

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """All nodes, in the order they are written."""
        return tuple(walk_nodes(self.trunk))

    @cached_property
    def edges(self) -> tuple[Edge, ...]:
        """All edges: those of each node in the order of its ways."""
        by_id: dict[str, Node] = {}
        for node in self.nodes:
            by_id.setdefault(node.id, node)
        return tuple(_edges(self.trunk, None, by_id))


def walk_nodes(sequence: Sequence[Node]) -> Iterator[Node]:
    """The nodes of `sequence` and of all branches in it, in the order they are written."""
    for node in sequence:
        yield node
        for way in node.ways:
            yield from walk_nodes(way.nodes)


def falls_through(sequence: Sequence[Node]) -> bool:
    """Whether anybody who comes to the first of `sequence` goes on after the last of it."""
    return all(_passes(node) for node in sequence)


def _passes(node: Node) -> bool:
    if node.kind in (Kind.EXIT, Kind.GO_TO, Kind.END):
        return False
    return not node.ways or any(falls_through(way.nodes) for way in node.ways)


def _edges(sequence: Sequence[Node], after: Node | None, by_id: dict[str, Node]) -> Iterator[Edge]:
    for index, node in enumerate(sequence):
        following = sequence[index + 1] if index + 1 < len(sequence) else after
        if node.kind is Kind.GO_TO:
            target = by_id.get(node.goes_to or "")
            if target is not None and target is not node:
                yield Edge(node, target, is_jump=True)
        elif node.kind in (Kind.EXIT, Kind.END):
            continue
        elif not node.ways and following is not None:
            yield Edge(node, following)
        for number, way in enumerate(node.ways):
            first = way.nodes[0] if way.nodes else following
            if first is not None:
                yield Edge(node, first, way.label, number)
            yield from _edges(way.nodes, following, by_id)


def shortened(text: str, most: int) -> str:
    """`text`, cut with an ellipsis where it is longer than `most` characters."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
