"""A map laid out in layers, after Sugiyama, Tagawa and Toda (1981): rows by longest path, the order in a row by
barycentres, long edges through places of their own, and everybody as much below those above them as there is room.

Recipes that neither hand over nor are handed over to stand below, in rows.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from statistics import mean

from mactl.picture.cards import WIDTH, Card, make_card
from mactl.picture.flow import Edge
from mactl.picture.handovers import Map
from mactl.picture.layout import Layout, Path
from mactl.picture.ranks import longest_paths
from mactl.picture.shapes import Box, Point, without_repeats

_APART, _PLACE, _GAP, _TRACK, _PORT = 40.0, 18.0, 56.0, 10.0, 44.0
_SWEEPS = 12
_BESIDE = 4  # cards in a row of those that nothing leads to

Chain = tuple[int, ...]
Pair = tuple[int, int]


def lay_out_map(map: Map, badges: Mapping[int, str] | None = None) -> Layout:
    """The layout of a map; `badges` are put on the nodes with these numbers."""
    cards = {node.number: make_card(node, (badges or {}).get(node.number)) for node in map.nodes}
    ends = {number for edge in map.edges for number in (edge.source.number, edge.target.number)}
    layers = _Layers([number for number in cards if number in ends], map.edges, cards)
    boxes = dict(layers.boxes)
    bottom = max((box.bottom for box in boxes.values()), default=-_GAP) + _GAP
    left = min((box.left for box in boxes.values()), default=0.0)
    for place, number in enumerate(number for number in cards if number not in ends):
        row, column = divmod(place, _BESIDE)
        if not column and row:
            bottom = max(box.bottom for box in boxes.values()) + _APART / 2
        x = left + column * (WIDTH + _APART / 2)
        boxes[number] = Box(x, bottom, cards[number].width, cards[number].height)
    xs = [x for path in layers.paths for x, _ in path.points]
    left = min([box.left for box in boxes.values()] + xs, default=0.0)
    right = max([box.right for box in boxes.values()] + xs, default=0.0)
    return Layout(
        tuple((cards[number], box.moved(-left, 0)) for number, box in boxes.items()),
        tuple(
            Path(p.edge, tuple((x - left, y) for x, y in p.points), p.is_back) for p in layers.paths
        ),
        (),
        right - left,
        max((box.bottom for box in boxes.values()), default=0.0),
    )


class _Layers:
    """Nodes that edges lead to or from. Places of long edges have negative numbers."""

    def __init__(
        self, numbers: Sequence[int], edges: Sequence[Edge], cards: Mapping[int, Card]
    ) -> None:
        self.cards = cards
        pairs = [(edge.source.number, edge.target.number) for edge in edges]
        self.back = _back_edges(numbers, pairs)
        down = [(b, a) if (a, b) in self.back else (a, b) for a, b in pairs if a != b]
        self.ranks = longest_paths(numbers, set(down))
        self.chains = {pair: self._chain(*pair) for pair in dict.fromkeys(down)}
        self.rows = self._ordered()
        self.x = self._placed()
        self.boxes: dict[int, Box] = {}
        self.ports: dict[Pair, tuple[float, float]] = {}
        self.tracks: dict[Pair, float] = {}
        self._place_rows()
        self.paths = [self._path(edge) for edge in edges if edge.source != edge.target]

    def _chain(self, above: int, below: int) -> Chain:
        """The nodes and places that an edge runs through, with a new place in each row that it passes."""
        first, last = self.ranks[above], self.ranks[below]
        places = []
        for rank in range(first + 1, last):
            place = min([0, *self.ranks]) - 1
            self.ranks[place] = rank
            places.append(place)
        return (above, *places, below)

    def _ordered(self) -> list[list[int]]:
        rows: list[list[int]] = [[] for _ in range(1 + max(self.ranks.values(), default=-1))]
        for number, rank in self.ranks.items():
            rows[rank].append(number)
        above, below = self._neighbours()
        best, fewest = rows, self._crossings(rows)
        for sweep in range(_SWEEPS):
            rows = [list(row) for row in rows]
            towards = above if sweep % 2 == 0 else below
            for row in rows if sweep % 2 == 0 else reversed(rows):
                at = {number: place for other in rows for place, number in enumerate(other)}
                row.sort(key=lambda n: mean([at[m] for m in towards[n]]) if towards[n] else at[n])
            if (crossings := self._crossings(rows)) < fewest:
                best, fewest = rows, crossings
        return best

    def _neighbours(self) -> tuple[dict[int, list[int]], dict[int, list[int]]]:
        above: dict[int, list[int]] = {number: [] for number in self.ranks}
        below: dict[int, list[int]] = {number: [] for number in self.ranks}
        for chain in self.chains.values():
            for a, b in pairwise(chain):
                below[a].append(b)
                above[b].append(a)
        return above, below

    def _crossings(self, rows: Sequence[Sequence[int]]) -> int:
        at = {number: place for row in rows for place, number in enumerate(row)}
        hops: dict[int, list[tuple[int, int]]] = {}
        for chain in self.chains.values():
            for a, b in pairwise(chain):
                hops.setdefault(self.ranks[a], []).append((at[a], at[b]))
        return sum(
            (a - c) * (b - d) < 0
            for row in hops.values()
            for n, (a, b) in enumerate(row)
            for c, d in row[:n]
        )

    def _width(self, number: int) -> float:
        return self.cards[number].width if number >= 0 else _PLACE

    def _placed(self) -> dict[int, float]:
        """Where the middle of each node and place is: near those it hangs together with, in order, apart."""
        x: dict[int, float] = {}
        for row in self.rows:
            line = 0.0
            for number in row:
                x[number] = line + self._width(number) / 2
                line += self._width(number) + _APART
        above, below = self._neighbours()
        for sweep in range(_SWEEPS):
            for row in self.rows if sweep % 2 == 0 else reversed(self.rows):
                wanted = [
                    mean([x[m] for m in near])
                    if (near := (above if sweep % 2 == 0 else below)[number])
                    else x[number]
                    for number in row
                ]
                x.update(zip(row, self._apart(row, wanted), strict=True))
        return x

    def _apart(self, row: Sequence[int], wanted: Sequence[float]) -> list[float]:
        """Middles near the wanted ones, in order and without overlaps."""
        room = [(self._width(a) + self._width(b)) / 2 + _APART for a, b in pairwise(row)]
        right, left = list(wanted), list(wanted)
        for n, least in enumerate(room):
            right[n + 1] = max(right[n + 1], right[n] + least)
        for n, least in reversed(list(enumerate(room))):
            left[n] = min(left[n], left[n + 1] - least)
        return [(a + b) / 2 for a, b in zip(right, left, strict=True)]

    def _place_rows(self) -> None:
        """Fill `boxes`, `ports` and `tracks`, row by row."""
        hops = list(dict.fromkeys(hop for chain in self.chains.values() for hop in pairwise(chain)))
        self._place_ports(hops)
        top = 0.0
        for rank, row in enumerate(self.rows):
            height = max((self.cards[n].height for n in row if n >= 0), default=0.0)
            bent = [h for h in hops if self.ranks[h[0]] == rank and len({*self.ports[h]}) > 1]
            for track, hop in enumerate(sorted(bent, key=self._track_order)):
                self.tracks[hop] = top + height + _GAP / 2 + _TRACK * track
            for number in row:
                if number >= 0:
                    card, left = self.cards[number], self.x[number] - self._width(number) / 2
                    self.boxes[number] = Box(left, top, card.width, card.height)
            top += height + _GAP + _TRACK * max(0, len(bent) - 1)

    def _place_ports(self, hops: Sequence[Pair]) -> None:
        """Where each hop leaves the upper and reaches the lower of its ends: side by side where there are several."""
        spread: list[dict[Pair, float]] = [{}, {}]
        for side in (0, 1):
            own: dict[int, list[Pair]] = {}
            for hop in hops:
                own.setdefault(hop[side], []).append(hop)
            for number, several in own.items():
                several.sort(key=lambda hop: self.x[hop[1 - side]])
                apart = min(_PORT, (self._width(number) - _PLACE) / len(several))
                for place, hop in enumerate(several):
                    offset = (place - (len(several) - 1) / 2) * apart
                    spread[side][hop] = self.x[number] + offset
        self.ports = {hop: (spread[0][hop], spread[1][hop]) for hop in hops}

    def _track_order(self, hop: Pair) -> tuple[bool, float]:
        """Which hops run across higher up: in this order those to one side do not cross."""
        leaves, arrives = self.ports[hop]
        return arrives > leaves, -leaves if arrives > leaves else leaves

    def _path(self, edge: Edge) -> Path:
        pair = edge.source.number, edge.target.number
        is_back = pair in self.back
        chain = self.chains[pair[::-1] if is_back else pair]
        hops = list(pairwise(chain))
        points: list[Point] = [(self.ports[hops[0]][0], self.boxes[chain[0]].bottom)]
        for hop in hops:
            if hop in self.tracks:
                points += [(x, self.tracks[hop]) for x in self.ports[hop]]
        points.append((self.ports[hops[-1]][1], self.boxes[chain[-1]].top))
        return Path(edge, without_repeats(points[::-1] if is_back else points), is_back)


def _back_edges(numbers: Sequence[int], pairs: Sequence[tuple[int, int]]) -> set[tuple[int, int]]:
    """The edges that close circles, found depth first."""
    onward: dict[int, list[int]] = {number: [] for number in numbers}
    for a, b in pairs:
        onward[a].append(b)
    back: set[tuple[int, int]] = set()
    done: set[int] = set()
    for start in numbers:
        stack, on_stack = [(start, iter(onward[start]))], {start}
        if start in done:
            continue
        while stack:
            number, rest = stack[-1]
            following = next(rest, None)
            if following is None:
                stack.pop()
                on_stack.discard(number)
                done.add(number)
            elif following in on_stack:
                back.add((number, following))
            elif following not in done:
                on_stack.add(following)
                stack.append((following, iter(onward[following])))
    return back
