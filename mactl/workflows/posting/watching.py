"""Watching a drain by several processes: what it tells people, and what ends it early."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from mactl.delivery.breaker import Breaker
from mactl.delivery.drained import Drained, together
from mactl.errors import MactlError
from mactl.project.smtp import Smtp
from mactl.store.tables import SendStatus

# Seconds: adding up what several processes told takes as long as writing a message down.
_LOOK_EVERY = 0.05


class NowAndThen:
    """Says yes, but only so many seconds after it last did."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._next = 0.0

    def __call__(self) -> bool:
        is_time = time.monotonic() >= self._next
        if is_time:
            self._next = time.monotonic() + self._seconds
        return is_time


def breaker_of(smtp: Smtp | None) -> Breaker | None:
    """What `stop_if` says, where it says anything."""
    told = smtp.stop_if if smtp is not None else None
    return Breaker(told.failed, told.of) if told is not None else None


@dataclass
class Watch:
    """A drain by several processes, seen as one: what it tells, and when it should end."""

    breaker: Breaker | None
    stop: Callable[[], bool]
    progress: Callable[[Drained], None]
    others: Callable[[], Sequence[Drained]]
    why: MactlError | None = None
    _may_look: NowAndThen = field(default_factory=lambda: NowAndThen(_LOOK_EVERY))

    def see(self, own: Drained) -> None:
        """Tell what came of it all so far: now and then, and where messages fail after each of them."""
        may_break = self.breaker is not None and own.counts[SendStatus.FAILED] > 0
        if not self._may_look() and not may_break:
            return
        whole = together([own, *self.others()])
        if self.breaker is not None and self.why is None:
            self.why = self.breaker.why(whole)
        self.progress(whole)

    def is_over(self) -> bool:
        """Whether no other message should begin."""
        return self.why is not None or self.stop()

    def conclude(self, whole: Drained) -> Drained:
        """`whole`, which is told, with the reason why it was ended early."""
        if self.why is not None:
            whole.stopped = whole.stopped or self.why
            whole.is_interrupted = self.stop()
        self.progress(whole)
        return whole
