"""Which rows and keys of a person go, where somebody says that they are two."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

RowKeys = Mapping[str, str]
"""The keys of a row, strongest first: kind → value."""


@dataclass(frozen=True, slots=True)
class Split:
    """`named` aliases tell rows apart before all others; `moved` are all that leave; `leaving` are places of rows."""

    named: frozenset[str]
    moved: frozenset[str]
    leaving: tuple[int, ...]


def split_rows(rows: Sequence[RowKeys], wanted: Collection[str], chosen: Collection[int]) -> Split:
    """How the rows of one person part where those with one of the aliases `wanted`, and those `chosen`, leave.

    Rows that are recognised by a weaker key of a row that leaves, which no row has that stays, leave too; and so do
    all keys that no row has that stays. A stronger key than those that were named stays: it did not tell them apart.
    Raises ValueError, with what to tell, where a chosen row has no key of its own or nobody would be left.
    """
    aliases = [[f"{kind}:{value}" for kind, value in row.items()] for row in rows]
    named = set(wanted)
    others = {alias for place, own in enumerate(aliases) if place not in chosen for alias in own}
    for place in chosen:
        own = [alias for alias in aliases[place] if alias not in others]
        if not own and not named.intersection(aliases[place]):
            raise ValueError("it has no key that the other rows lack")
        named.update(own[:1])
    leaving = {place for place, own in enumerate(aliases) if named.intersection(own)}
    leaving |= _following(aliases, leaving, named)
    if len(leaving) == len(rows):
        raise ValueError("every row would leave, and nobody would be left")
    staying = {alias for place, own in enumerate(aliases) if place not in leaving for alias in own}
    moved = {alias for place in leaving for alias in aliases[place]} - staying
    return Split(frozenset(named), frozenset(moved | named), tuple(sorted(leaving)))


def _following(
    aliases: Sequence[Sequence[str]], leaving: Collection[int], named: Collection[str]
) -> set[int]:
    """The rows whose strongest key is one that rows take along who leave, and that no row has that stays."""
    gone: set[str] = set()
    for place in leaving:
        own = aliases[place]
        gone.update(own[next(at for at, alias in enumerate(own) if alias in named) :])
    undecided = {place for place, own in enumerate(aliases) if place not in leaving}
    staying = {place for place in undecided if aliases[place][0] not in gone}
    kept = {alias for place in staying for alias in aliases[place]}
    undecided -= staying
    following: set[int] = set()
    for place in sorted(undecided):
        if aliases[place][0] in kept:
            kept.update(aliases[place])
        else:
            following.add(place)
    return following
