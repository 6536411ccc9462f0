"""A flow laid out: cards in rows and columns, edges along the gaps between them.

Between two rows lie, from top to bottom: where branches part, their labels, tracks for `go_to`s, where branches
rejoin. Edges run down the columns of their own branches and across in these gaps, so none meets a card or a
label that is not its own.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from mactl.picture.cards import Card, make_card
from mactl.picture.columns import place_columns
from mactl.picture.flow import Edge, Flow, Kind, Node, Way
from mactl.picture.ranks import is_back, rank_nodes
from mactl.picture.shapes import Box, Point, without_repeats
from mactl.picture.typeface import Type

LABEL = Type(12, 400, 15)
_LABEL_WIDTH, _LABEL_WIDTH_ALONE, _LABEL_LINES = 200.0, 132.0, 3
_GAP, _PART, _TRACK, _JOIN = 32.0, 14.0, 12.0, 20.0
JUMP_IN = 30.0
"""How much room a milestone has at its side, for the arrow of those who jump to it."""
_LANE, _ENTRY, _CLEAR = 16.0, 20.0, 10.0


@dataclass(frozen=True, slots=True)
class Label:
    """What stands on an edge."""

    edge: Edge
    box: Box
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Path:
    """The way an edge takes, from its source's lower edge to its target's upper edge."""

    edge: Edge
    points: tuple[Point, ...]
    is_back: bool


@dataclass(frozen=True)
class Layout:
    """Everything in its place, in pixels from the left and from the top."""

    cards: tuple[tuple[Card, Box], ...]
    paths: tuple[Path, ...]
    labels: tuple[Label, ...]
    width: float
    height: float


def lay_out(flow: Flow, badges: Mapping[int, str] | None = None) -> Layout:
    """The layout of a flow; `badges` are put on the nodes with these numbers."""
    return _Layouter(flow, badges or {}).layout()


@dataclass(frozen=True, slots=True)
class _Gap:
    """Where things are in the gap below a row."""

    part: float
    labels: float
    tracks: float
    join: float


@dataclass(slots=True)
class _Row:
    """What a row and the gap below it have to hold."""

    height: float = 0.0
    labels: int = 0
    """Lines of the tallest label."""
    tracks: int = 0
    parts: bool = False
    joins: bool = False


class _Layouter:
    def __init__(self, flow: Flow, badges: Mapping[int, str]) -> None:
        self.nodes = flow.nodes
        self.edges = flow.edges
        self.ranks = rank_nodes(flow)
        self.cards = {node.number: make_card(node, badges.get(node.number)) for node in self.nodes}
        self.jumps = [edge for edge in self.edges if edge.is_jump]
        targets = {edge.target.number for edge in self.jumps}
        self.columns = place_columns(flow.trunk, targets, self._node_width, self._label_width)
        self.tops: list[float] = []
        self.gaps: list[_Gap] = []
        self.tracks = self._assign_tracks()
        self._place_rows()

    def _node_width(self, node: Node) -> float:
        room = 2 * JUMP_IN if node.kind is Kind.MILESTONE else 0
        return self.cards[node.number].width + room

    def _label_width(self, way: Way) -> float:
        return max(map(LABEL.width, _label_lines(way)), default=0.0) + 12

    def _assign_tracks(self) -> dict[tuple[int, int], int]:
        """(source number, gap) of each jump → which track of the gap it runs along."""
        found: dict[tuple[int, int], int] = {}
        used: dict[int, int] = {}
        for jump in self.jumps:
            for gap in {self._rank(jump.source), self._rank(jump.target) - 1}:
                found[jump.source.number, gap] = used.get(gap, 0)
                used[gap] = found[jump.source.number, gap] + 1
        return found

    def _rank(self, node: Node) -> int:
        return self.ranks[node.number]

    def _place_rows(self) -> None:
        """Fill `tops` and `gaps`, row by row."""
        top = 0.0
        for row in self._rows():
            self.tops.append(top)
            bottom = top + row.height
            labels = bottom + (_PART + 12 if row.parts else 6)
            tracks = labels + (LABEL.leading * row.labels + 8 if row.labels else 0)
            join = tracks + (_TRACK * (row.tracks + 1) if row.tracks else 0)
            top = max(join + (_JOIN + 4 if row.joins else 8), bottom + _GAP)
            self.gaps.append(_Gap(bottom + _PART, labels, tracks + _TRACK, top - _JOIN))

    def _rows(self) -> list[_Row]:
        rows = [_Row() for _ in range(1 + max(self.ranks.values()))]
        for node in self.nodes:
            row = rows[self._rank(node)]
            row.height = max(row.height, self.cards[node.number].height)
            row.parts |= bool(node.ways)
            row.labels = max([row.labels, *(len(_label_lines(way)) for way in node.ways)])
        for _, gap in self.tracks:
            rows[gap].tracks += 1
        for edge in self.edges:
            if not edge.is_jump and self._line(edge) != self.columns.nodes[edge.target.number]:
                rows[self._rank(edge.target) - 1].joins = True
        return rows

    def _line(self, edge: Edge) -> float:
        """Where an edge runs down."""
        if edge.way is None:
            return self.columns.nodes[edge.source.number]
        return self.columns.ways[edge.source.number, edge.way]

    def layout(self) -> Layout:
        """Everything, moved so that it begins at 0, 0."""
        boxes = {node.number: self._box(node) for node in self.nodes}
        paths = [self._path(edge, boxes) for edge in self.edges if not edge.is_jump]
        labels = [self._label(edge) for edge in self.edges if edge.label]
        taken = [*boxes.values(), *(label.box for label in labels), *_verticals(paths)]
        lanes = self._lanes(taken)
        paths += [self._jump(jump, boxes, lanes) for jump in self.jumps]
        left = min([-self.columns.reach[0], *(x for path in paths for x, _ in path.points)])
        right = max([self.columns.reach[1], *(x for path in paths for x, _ in path.points)])
        bottom = max([*(box.bottom for box in boxes.values()),
                      *(y for path in paths for _, y in path.points)])  # fmt: skip
        return Layout(
            tuple((self.cards[n], box.moved(-left, 0)) for n, box in boxes.items()),
            tuple(
                Path(p.edge, tuple((x - left, y) for x, y in p.points), p.is_back) for p in paths
            ),
            tuple(Label(label.edge, label.box.moved(-left, 0), label.lines) for label in labels),
            right - left,
            bottom,
        )

    def _box(self, node: Node) -> Box:
        card = self.cards[node.number]
        line, top = self.columns.nodes[node.number], self.tops[self._rank(node)]
        return Box(line - card.width / 2, top, card.width, card.height)

    def _path(self, edge: Edge, boxes: Mapping[int, Box]) -> Path:
        source, target = boxes[edge.source.number], boxes[edge.target.number]
        line = self._line(edge)
        part = self.gaps[self._rank(edge.source)].part
        join = self.gaps[self._rank(edge.target) - 1].join
        points = [(source.middle, source.bottom)]
        if edge.way is not None:
            points += [(source.middle, part), (line, part)]
        points += [(line, join), (target.middle, join), (target.middle, target.top)]
        return Path(edge, without_repeats(points), False)

    def _label(self, edge: Edge) -> Label:
        assert edge.way is not None
        lines = _label_lines(edge.source.ways[edge.way])
        width = max(map(LABEL.width, lines)) + 8
        top = self.gaps[self._rank(edge.source)].labels
        box = Box(self._line(edge) - width / 2, top, width, LABEL.leading * len(lines))
        return Label(edge, box, lines)

    def _lanes(self, obstacles: Sequence[Box]) -> dict[int, float]:
        """Source number of each jump that passes other rows → where it runs up or down: straight below its source
        where nothing stands in the way, else at the side."""
        lanes: dict[int, float] = {}
        taken: dict[tuple[bool, int], list[tuple[int, int]]] = {}
        left, right = self.columns.reach
        for jump in sorted(self.jumps, key=self._span):
            first, last = self._span(jump)
            if first == last:
                continue
            straight = self.columns.nodes[jump.source.number]
            top, bottom = self._track(jump, first), self._track(jump, last)
            corridor = Box(straight - _CLEAR, top, 2 * _CLEAR, bottom - top)
            if not is_back(jump, self.ranks) and not any(map(corridor.overlaps, obstacles)):
                lanes[jump.source.number] = straight
                obstacles = [*obstacles, corridor]
                continue
            middle = (right - left) / 2
            lines = [self.columns.nodes[n.number] for n in (jump.source, jump.target)]
            on_right = sum(lines) / 2 > middle
            number = 0
            while any(a <= last and first <= b for a, b in taken.get((on_right, number), ())):
                number += 1
            taken.setdefault((on_right, number), []).append((first, last))
            away = _LANE * (number + 1) + 4
            lanes[jump.source.number] = right + away if on_right else -left - away
        return lanes

    def _span(self, jump: Edge) -> tuple[int, int]:
        """The first and the last gap that a jump runs along."""
        ends = self._rank(jump.source), self._rank(jump.target) - 1
        return min(ends), max(ends)

    def _jump(self, edge: Edge, boxes: Mapping[int, Box], lanes: Mapping[int, float]) -> Path:
        source, target = boxes[edge.source.number], boxes[edge.target.number]
        leaves, arrives = (
            self._track(edge, gap) for gap in (self._rank(edge.source), self._rank(edge.target) - 1)
        )
        lane = lanes.get(edge.source.number)
        comes_from = source.middle if lane is None else lane
        entry = target.middle + (_ENTRY if comes_from > target.middle else -_ENTRY)
        across = [] if lane is None else [(lane, leaves), (lane, arrives)]
        points = [
            (source.middle, source.bottom), (source.middle, leaves), *across,
            (entry, arrives), (entry, target.top),
        ]  # fmt: skip
        return Path(edge, without_repeats(points), is_back(edge, self.ranks))

    def _track(self, edge: Edge, gap: int) -> float:
        return self.gaps[gap].tracks + _TRACK * self.tracks[edge.source.number, gap]


def _verticals(paths: Sequence[Path]) -> Iterator[Box]:
    """The parts of `paths` that run down, as boxes of no width."""
    for path in paths:
        for (x, top), (below, bottom) in pairwise(path.points):
            if x == below:
                yield Box(x, min(top, bottom), 0, abs(bottom - top))


def _label_lines(way: Way) -> tuple[str, ...]:
    return LABEL.wrap(way.label, _LABEL_WIDTH if way.nodes else _LABEL_WIDTH_ALONE, _LABEL_LINES)
