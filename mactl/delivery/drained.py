"""What came of a drain."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from mactl.errors import MactlError
from mactl.store.tables import SendStatus

_LEFT_BEHIND = "its worker stopped, or the machine did, while it was being sent"


@dataclass
class Drained:
    """What came of a drain."""

    counts: Counter[str] = field(default_factory=Counter)
    """sent, deferred, failed, unknown, held, skipped → how many."""
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(status, reason) → how many, of all that was not sent."""
    stopped: MactlError | None = None
    """Why it ended with messages left in the queue: Unreachable, or ConfigurationError."""
    is_interrupted: bool = False
    """Whether it was asked to stop."""
    rests: str | None = None
    """Why the rest waits for another day."""


def left_behind(count: int) -> Drained:
    """So many messages whose fate nobody knows, for whoever sent them has died."""
    drained = Drained()
    if count:
        drained.counts[SendStatus.UNKNOWN] += count
        drained.reasons[(SendStatus.UNKNOWN, _LEFT_BEHIND)] += count
    return drained


def together(parts: Iterable[Drained]) -> Drained:
    """Several drains as one; `stopped` is the first of theirs."""
    whole = Drained()
    for part in parts:
        whole.counts.update(part.counts)
        whole.reasons.update(part.reasons)
        whole.stopped = whole.stopped or part.stopped
        whole.is_interrupted = whole.is_interrupted or part.is_interrupted
        whole.rests = whole.rests or part.rests
    return whole
