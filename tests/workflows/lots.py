"""Lots: what is drawn evenly from a seed.

Hypothesis' own strategies repeat themselves in large structures, which is good for finding one small fault and bad for
worlds: most of them would have one kind of everything. So Hypothesis draws a seed, and the world is made from it.
"""

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any

Lot = Callable[[Random], Any]
"""What is drawn from a source of randomness."""
Draw = Callable[[Lot], Any]
"""Draws a lot."""


def one(choices: Sequence[Any]) -> Lot:
    """One of these."""
    return lambda source: source.choice(choices)


def either(*lots: Lot) -> Lot:
    """What one of these draws."""
    return lambda source: source.choice(lots)(source)


def number(least: int, most: int) -> Lot:
    """A whole number, both ends in."""
    return lambda source: source.randint(least, most)


def chance(of: int) -> Lot:
    """True one time in `of`."""
    return lambda source: source.randrange(of) == 0


def several(lot: Lot, least: int, most: int) -> Lot:
    """A list of so many."""
    return lambda source: [lot(source) for _ in range(source.randint(least, most))]


def together(*lots: Lot) -> Lot:
    """A tuple with one of each."""
    return lambda source: tuple(lot(source) for lot in lots)


def mapping(lots: Mapping[str, Lot]) -> Lot:
    """Each key with what its lot draws."""
    return lambda source: {key: lot(source) for key, lot in lots.items()}


def some(lots: Mapping[str, Lot], of: int = 2) -> Lot:
    """As `mapping`, with each key one time in `of`."""
    return lambda source: {k: lot(source) for k, lot in lots.items() if not source.randrange(of)}


def made(make: Callable[..., Any], *lots: Lot) -> Lot:
    """What `make` makes of what is drawn."""
    return lambda source: make(*(lot(source) for lot in lots))


def drawn(make: Callable[[Draw], Any]) -> Lot:
    """What `make` makes while it draws."""
    return lambda source: make(lambda lot: lot(source))
