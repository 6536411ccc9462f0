"""Domains that take no more for the moment: what goes to them waits, and what goes elsewhere goes on."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from mactl.delivery.retry import last_chance

FIRST_REST = 60
"""Seconds that a domain is left alone for the first time."""
LONGEST_REST = 3_600
_JITTER = 0.2  # of the rest, on top


@dataclass(slots=True)
class _Rest:
    until: int
    seconds: int
    why: str


@dataclass
class Domains:
    """Which domains are left alone, for all connections of a process; instants in epoch seconds.

    `draw` gives a number from 0 to 1.
    """

    draw: Callable[[], float] = random.random
    _resting: dict[str, _Rest] = field(default_factory=dict)

    def hold(self, domain: str, why: str, now: int) -> None:
        """Leaves `domain` alone, for twice as long as the last time where it took nothing since."""
        before = self._resting.get(domain)
        if before is not None and before.until > now:
            return  # several sessions heard the same
        seconds = FIRST_REST if before is None else min(before.seconds * 2, LONGEST_REST)
        until = now + round(seconds * (1 + _JITTER * self.draw()))
        self._resting[domain] = _Rest(until, seconds, why)

    def release(self, domain: str) -> None:
        """The domain took a message."""
        if self._resting:
            self._resting.pop(domain, None)

    def why_held(self, domain: str, now: int) -> str | None:
        """What the domain said, where it is to be left alone at `now`."""
        rest = self._resting.get(domain)
        return rest.why if rest is not None and rest.until > now else None

    def again_at(self, domain: str, latest_at: int, now: int) -> int:
        """When a message to `domain`, which is held, may try; its last chance is just before `latest_at`.

        They come back spread over as long as the domain rests.
        """
        rest = self._resting[domain]
        then = rest.until + round(rest.seconds * self.draw())
        last = last_chance(latest_at)
        return last if now < last < then else then
