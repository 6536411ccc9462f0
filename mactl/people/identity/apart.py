"""Keeping people apart who share a key: which of the rows that keys connect are one person all the same.

Rows that share a key are one person unless something says otherwise: a stronger key in which they differ
(`unless_differ`), two known contacts of which each has such a key, or a decision to split. Where nothing in a piece of
connected rows says so, nothing here is asked; the other pieces are made anew, in an order that knows no rows, so that
the order of the sources changes nothing:

1. rows with a key that a split named go to the contact that it made
2. key by key, the strongest first, and value by value, each value belongs to one person: the known contact that had it
   first, else the one whose own keys come first by length and alphabet. Whoever else has the value joins that person
   where nothing keeps them apart; else they go on without it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mactl.people.cells import Mask, Numbers
from mactl.people.identity.keys import KeyRule


@dataclass(frozen=True, slots=True, eq=False)
class Tangle:
    """Rows of pieces in which people may have to be kept apart.

    For each key, strongest first, `ranks` has the place of every row's value among the values of that key, which is
    the same whatever the order of the rows (-1 for none); `owners` the known contact that has it (-1 for none), and
    `decided` whether a split gave it to that contact. `parted` are pairs of known contacts that are not one person;
    `holding` has for each key the known contacts that ever had one.
    """

    rules: Sequence[KeyRule]
    ranks: Sequence[Numbers]
    owners: Sequence[Numbers]
    decided: Sequence[Mask]
    parted: frozenset[tuple[int, int]]
    holding: Mapping[str, frozenset[int]]

    def take(self, rows: Numbers) -> "Tangle":
        """The tangle of some of the rows."""
        return replace(
            self,
            ranks=[ranks[rows] for ranks in self.ranks],
            owners=[owners[rows] for owners in self.owners],
            decided=[decided[rows] for decided in self.decided],
        )


@dataclass(frozen=True, slots=True, eq=False)
class Untangled:
    """The persons of a tangle: `person` numbers them row by row, `known` has the known contacts that each is.

    `shared` are the values that several persons have: key (its place), rank, the persons; the first of them holds it.
    """

    person: Numbers
    known: tuple[tuple[int, ...], ...]
    shared: tuple[tuple[int, int, tuple[int, ...]], ...]


def untangle_pieces(tangle: Tangle, pieces: Numbers) -> Untangled:
    """As `untangle`, some pieces at a time, so that what is held at once is bounded; `pieces` has that of each row."""
    order = np.argsort(pieces, kind="stable")
    begins = np.flatnonzero(np.diff(pieces[order], prepend=-1))
    # A piece is never cut, however large it is.
    wanted = np.unique(np.searchsorted(begins, np.arange(0, len(order), _AT_ONCE)))
    cuts = begins[wanted[wanted < len(begins)]]
    person = np.empty(len(order), np.int64)
    known: list[tuple[int, ...]] = []
    shared: list[tuple[int, int, tuple[int, ...]]] = []
    for rows in np.split(order, cuts[1:]):
        found = untangle(tangle.take(rows))
        first = len(known)
        person[rows] = found.person + first
        known += found.known
        shared += [(key, rank, tuple(n + first for n in who)) for key, rank, who in found.shared]
    return Untangled(person, tuple(known), tuple(shared))


_AT_ONCE = 50_000
"""Rows that are looked at together, at least."""


def untangle(tangle: Tangle) -> Untangled:
    """Who the rows of `tangle` are; a loop over them, since they are few, and what holds of one depends on others."""
    many = np.stack(tangle.ranks, axis=1)
    # Rows with the same keys are one, and come in an order of their own: those that lack a key after those with it.
    ordered = np.where(many < 0, np.iinfo(np.int64).max, many)
    _, firsts, node_of = np.unique(ordered, axis=0, return_index=True, return_inverse=True)
    node_of = node_of.reshape(-1)
    nodes = _Nodes(tangle, firsts)
    nodes.join_decided()
    for level in range(len(tangle.rules)):
        nodes.join(level)
    roots = [nodes.find(node) for node in range(len(firsts))]
    numbers = {root: number for number, root in enumerate(dict.fromkeys(roots))}
    of_node = np.array([numbers[root] for root in roots], np.int64)
    shared = [
        (level, rank, tuple(numbers[root] for root in found if root in numbers))
        for level, rank, found in nodes.shared()
    ]
    return Untangled(
        of_node[node_of],
        tuple(tuple(sorted(nodes.known[root])) for root in numbers),
        tuple(each for each in shared if len(each[2]) > 1),
    )


class _Nodes:
    """Rows that differ in their keys, and after them the known contacts that have any of these."""

    def __init__(self, tangle: Tangle, firsts: Numbers) -> None:
        self._tangle = tangle
        self._count = len(firsts)
        self._ranks = [ranks[firsts].tolist() for ranks in tangle.ranks]
        self._owners = [owners[firsts].tolist() for owners in tangle.owners]
        self._decided = [decided[firsts].tolist() for decided in tangle.decided]
        theirs = sorted({owner for owners in self._owners for owner in owners if owner >= 0})
        self._contact = {owner: self._count + number for number, owner in enumerate(theirs)}
        self._root = list(range(self._count + len(theirs)))
        self.known: list[set[int]] = [set() for _ in range(self._count)] + [{o} for o in theirs]
        self._places = {rule.name: place for place, rule in enumerate(tangle.rules)}
        self._values: list[list[set[int]]] = [self._values_of(level) for level in self._levels()]
        self._groups = [self._groups_of(level) for level in self._levels()]

    def _levels(self) -> range:
        return range(len(self._tangle.rules))

    def _values_of(self, level: int) -> list[set[int]]:
        """For each node its values of a key; of a known contact those that rows have today."""
        values: list[set[int]] = [{rank} if rank >= 0 else set() for rank in self._ranks[level]]
        values += [set() for _ in self._contact]
        for rank, owner in zip(self._ranks[level], self._owners[level], strict=True):
            if owner >= 0:
                values[self._contact[owner]].add(rank)
        return values

    def _groups_of(self, level: int) -> dict[int, list[int]]:
        """Value → the nodes that have it, the known contact first."""
        groups: dict[int, list[int]] = {}
        for node, (rank, owner) in enumerate(
            zip(self._ranks[level], self._owners[level], strict=True)
        ):
            if rank >= 0:
                first = [] if owner < 0 else [self._contact[owner]]
                groups.setdefault(rank, first).append(node)
        return dict(sorted(groups.items()))

    def find(self, node: int) -> int:
        """The first node of those that are one person."""
        root = self._root
        while root[node] != node:
            root[node] = root[root[node]]
            node = root[node]
        return node

    def join_decided(self) -> None:
        """Give rows to the contacts that a split gave their keys to; to the first where several did."""
        for level in self._levels():
            for node, is_decided in enumerate(self._decided[level]):
                here = self.find(node)
                if is_decided and not self.known[here]:
                    self._unite(here, self.find(self._contact[self._owners[level][node]]))

    def join(self, level: int) -> None:
        """Let those be one person who share a value of this key, where nothing keeps them apart."""
        for members in self._groups[level].values():
            leader, *others = self._in_order(members)
            for other in others:
                first, here = self.find(leader), self.find(other)
                if first != here and self._may_be_one(first, here, level):
                    self._unite(first, here)

    def shared(self) -> Iterator[tuple[int, int, list[int]]]:
        """Key, value and persons (their first nodes) of the values that several have, the one that holds it first."""
        for level, groups in enumerate(self._groups):
            for rank, members in groups.items():
                found = dict.fromkeys(self.find(node) for node in self._in_order(members))
                if len(found) > 1:
                    yield level, rank, list(found)

    def _in_order(self, members: list[int]) -> list[int]:
        known = members[:1] if members[0] >= self._count else []
        return [*known, *sorted(members[len(known) :], key=self.find)]

    def _may_be_one(self, one: int, other: int, level: int) -> bool:
        for name in self._tangle.rules[level].apart:
            values = self._values[self._places[name]]
            if values[one] and values[other] and values[one].isdisjoint(values[other]):
                return False
            holding = self._tangle.holding.get(name, frozenset())
            mine, theirs = self.known[one] & holding, self.known[other] & holding
            if mine and theirs and mine.isdisjoint(theirs):
                return False
        return not any(
            (a, b) in self._tangle.parted or (b, a) in self._tangle.parted
            for a in self.known[one]
            for b in self.known[other]
        )

    def _unite(self, one: int, other: int) -> None:
        # Rows come before contacts, so that the person of any row is found by a row.
        first, second = min(one, other), max(one, other)
        self._root[second] = first
        self.known[first] |= self.known[second]
        for values in self._values:
            values[first] |= values[second]
