"""How the rows of one person came together, and which of their values lost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

RowKeys = Mapping[str, str]
"""The keys of a row, strongest first: kind → value."""


@dataclass(frozen=True, slots=True)
class Joined:
    """By which key a row joined which earlier one (its place); without one the state knows the key as theirs."""

    key: str
    value: str
    row: int | None


def explain_rows(rows: Sequence[RowKeys]) -> list[Joined | None]:
    """For each row of a person how it joined them; None for the first.

    It is the strongest key that it shares with rows that have joined, the earliest of those. Rows that share none were
    joined by what the state knows, or by a decision: of these the strongest key is told.
    """
    joined: dict[int, Joined | None] = {0: None} if rows else {}
    holders: dict[tuple[str, str], int] = {}
    last = 0
    while len(joined) < len(rows):
        _hold(holders, rows[last], last)
        found = _next(rows, joined, holders)
        if found is None:
            last = next(place for place in range(len(rows)) if place not in joined)
            kind, value = next(iter(rows[last].items()))
            joined[last] = Joined(kind, value, None)
        else:
            last, joined[found[0]] = found[0], found[1]
    return [joined[place] for place in range(len(rows))]


def _hold(holders: dict[tuple[str, str], int], row: RowKeys, place: int) -> None:
    for item in row.items():
        holders.setdefault(item, place)


def _next(
    rows: Sequence[RowKeys],
    joined: Mapping[int, Joined | None],
    holders: Mapping[tuple[str, str], int],
) -> tuple[int, Joined] | None:
    for place, row in enumerate(rows):
        if place not in joined:
            for kind, value in row.items():
                if (kind, value) in holders:
                    return place, Joined(kind, value, holders[kind, value])
    return None
