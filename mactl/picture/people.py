"""How many people stand where in a journey."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mactl.journey.words import plain
from mactl.picture.flow import Flow, Kind, Node

Counts = Mapping[str, int]


@dataclass(frozen=True)
class People:
    """Everyone who was ever enrolled in a recipe, by how they stand."""

    at: Counts = field(default_factory=dict)
    """The id of a step, as the recipe writes it now → how many stand on it."""
    elsewhere: int = 0
    """Who goes on in another version of the recipe, or on a step that is gone."""
    waiting: int = 0
    """Who was triggered and not let in yet."""
    completed: Counts = field(default_factory=dict)
    """Why → how many: `end`, or the words of an `exit`."""
    left: Counts = field(default_factory=dict)
    """Why → how many."""

    @property
    def active(self) -> int:
        """How many are on their way."""
        return sum(self.at.values()) + self.elsewhere


def count_by_node(flow: Flow, people: People) -> dict[int, int]:
    """Node number → how many stand there: at the way in those that wait, at an exit and the end those that are through.

    Those who came out by an exit are counted there only where no other exit has the same words; of two steps that
    share an id the first has its people.
    """
    exits = [node.words.what for node in flow.nodes if node.kind is Kind.EXIT]
    standing = dict(people.at)
    counts: dict[int, int] = {}
    for node in flow.nodes:
        if node.kind is Kind.ENTER:
            counts[node.number] = people.waiting
        elif node.kind is Kind.END:
            counts[node.number] = people.completed.get("end", 0)
        elif node.kind is Kind.EXIT:
            alone = exits.count(node.words.what) == 1
            counts[node.number] = people.completed.get(node.words.what, 0) if alone else 0
        elif node.kind is not Kind.WINNER:
            # Nobody stands on a split but those who wait for the best of its arms.
            counts[_winner_of(node) or node.number] = standing.pop(node.id, 0)
    return counts


def _winner_of(node: Node) -> int | None:
    """The number of the node where people wait for the best arm of a split."""
    firsts = (way.nodes[0] for way in node.ways if way.nodes)
    return next((first.number for first in firsts if first.kind is Kind.WINNER), None)


def badges(flow: Flow, people: People) -> dict[int, str]:
    """Node number → what its badge says: how many stand there, where anybody does."""
    waiting = {flow.trunk[0].number: " waiting"}
    return {
        number: f"{count:,}{waiting.get(number, '')}"
        for number, count in count_by_node(flow, people).items()
        if count
    }


def totals_line(people: People) -> str:
    """`1,204 on their way, 3 waiting to enter, 87 completed, 40 left (30 goal, 10 unmatched)`."""
    parts = [f"{people.active:,} on their way"]
    if people.elsewhere:
        parts[0] += f" ({people.elsewhere:,} in another version)"
    if people.waiting:
        parts.append(f"{people.waiting:,} waiting to enter")
    parts.append(f"{sum(people.completed.values()):,} completed")
    whys = ", ".join(f"{count:,} {plain(why)}" for why, count in sorted(people.left.items()))
    parts.append(f"{sum(people.left.values()):,} left{f' ({whys})' if whys else ''}")
    return ", ".join(parts)
