"""The circuit breaker: a run that is refused too often stops, with the rest still in the queue."""

from dataclasses import dataclass

from mactl.delivery.drained import Drained
from mactl.errors import MactlError
from mactl.store.tables import SendStatus

_TRIED = (SendStatus.SENT, SendStatus.FAILED, SendStatus.DEFERRED, SendStatus.UNKNOWN)


class TooManyRefusals(MactlError):
    """Refusals have passed the threshold of `stop_if`."""

    exit_code = 1


@dataclass(frozen=True)
class Breaker:
    """Breaks as soon as `share` of the messages tried have failed, and `of` were tried at least."""

    share: float
    of: int

    def why(self, drained: Drained) -> TooManyRefusals | None:
        """Why nothing more should be sent, if so."""
        failed = drained.counts[SendStatus.FAILED]
        tried = sum(drained.counts[status] for status in _TRIED)
        if tried < self.of or failed < self.share * tried:
            return None
        return TooManyRefusals(
            f"{failed:,} of {tried:,} messages were refused for good, more than `stop_if` lets pass",
            "mactl sends list --status failed tells why; the rest stays in the queue",
        )
