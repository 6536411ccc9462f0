"""Watching a drain by several processes: what it tells people, and what ends it early."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mactl.delivery.breaker import Breaker
from mactl.delivery.drained import Drained, together
from mactl.errors import MactlError
from mactl.project import Smtp
from mactl.store.tables import SendStatus

_LOOK_EVERY = (
    0.05  # seconds; adding up what several processes told takes as long as writing a message down
)


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
    _look_at: float = 0.0

    def see(self, own: Drained) -> None:
        """Tell what came of it all so far: now and then, and where messages fail after each of them."""
        may_break = self.breaker is not None and own.counts[SendStatus.FAILED] > 0
        if not may_break and time.monotonic() < self._look_at:
            return
        whole = together([own, *self.others()])
        if self.breaker is not None and self.why is None:
            self.why = self.breaker.why(whole)
        self.progress(whole)
        self._look_at = time.monotonic() + _LOOK_EVERY

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
