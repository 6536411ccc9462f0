"""What came of a run."""

from collections.abc import Mapping
from dataclasses import dataclass

from mactl.errors import MactlError
from mactl.findings import Finding

STATUSES = ("sent", "deferred", "failed", "unknown", "held", "skipped")


@dataclass(frozen=True)
class Sent:
    """What came of a run: the plan's holds and skips and the sender's outcomes together."""

    run: int
    counts: Mapping[str, int]
    """sent, deferred, failed, unknown, held, skipped."""
    reasons: Mapping[tuple[str, str], int]
    """(status, reason) → how many, of all that was not sent, or was overtaken by a worker."""
    findings: tuple[Finding, ...]
    """What was wrong with the data."""
    stopped: MactlError | None = None
    is_interrupted: bool = False
    rests: str | None = None
    """Why the rest waits for another day."""

    @property
    def has_problems(self) -> bool:
        """Whether a message failed, or its fate is unknown."""
        return bool(self.counts["failed"] or self.counts["unknown"])

    @property
    def did_anything(self) -> bool:
        """Whether any message was sent, held, skipped or stopped on its way."""
        return bool(
            any(self.counts.values()) or self.reasons or self.stopped or self.is_interrupted
        )
