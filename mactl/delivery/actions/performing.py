"""Performing actions: claimed → marked `sending` → done → settled, one after another; nothing is done twice."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Protocol

from mactl.delivery.drained import Drained
from mactl.delivery.outcomes import TOO_LATE
from mactl.delivery.retry import next_try
from mactl.delivery.transport import Answer, Lost, Reply, Undeliverable, Unreachable
from mactl.errors import ConfigurationError, MactlError
from mactl.store.actions import REPEATABLE, ActionKind, ActionLedger, ActionOutcome, QueuedAction
from mactl.store.tables import SendStatus

BATCH = 20  # actions claimed at a time: what a power loss may leave in doubt
LATEST = 2 * 24 * 3600
"""Seconds for which an action that is refused for now is tried again."""
LATEST_AT, FAULT = "latest_at", "fault"
"""In the body of every action: until when it is tried again (epoch seconds); why it can't be done, if so."""


class Doer(Protocol):
    """Who performs actions of some kinds."""

    @property
    def kinds(self) -> Collection[ActionKind]:
        """Which."""
        ...

    def way(self, action: QueuedAction) -> str:
        """What the action goes over; where that fails, all others that go over it wait too."""
        ...

    def open(self, action: QueuedAction) -> None:
        """Makes the way ready. Raises Unreachable, or ConfigurationError where trying again cannot help."""
        ...

    def perform(self, action: QueuedAction) -> Answer:
        """Does it and says what came of it; what the other side does is an answer, not an exception."""
        ...

    def close(self) -> None:
        """Ends what is open; never raises."""
        ...


def perform(
    ledger: ActionLedger,
    doer: Doer,
    *,
    now: Callable[[], int],
    stop: Callable[[], bool] = lambda: False,
    progress: Callable[[Drained], None] = lambda drained: None,
) -> Drained:
    """Performs all actions of the doer's kinds whose time has come, until none is left or `stop` says so.

    What was claimed and not begun is queued again afterwards, also after an exception.
    """
    run = _Run(ledger, doer, now, stop, progress)
    try:
        run.go()
    finally:
        ledger.release()
        doer.close()
    return run.drained


@dataclass
class _Run:
    ledger: ActionLedger
    doer: Doer
    now: Callable[[], int]
    stop: Callable[[], bool]
    progress: Callable[[Drained], None]
    drained: Drained = field(default_factory=Drained)
    closed: dict[str, MactlError] = field(default_factory=dict)
    """The ways that are shut for the time being, and why."""

    def go(self) -> None:
        while claimed := self.ledger.claim(BATCH, self.now(), self.doer.kinds):
            for action in claimed:
                if self.stop():
                    self.drained.is_interrupted = True
                    return
                self.perform(action)

    def perform(self, action: QueuedAction) -> None:
        fault = action.body.get(FAULT)
        if fault is not None:
            return self.settle(action, ActionOutcome(SendStatus.FAILED, str(fault)))
        way = self.doer.way(action)
        try:
            if way in self.closed:
                return self.settle(action, self.refused(action, self.closed[way].message))
            self.doer.open(action)
        except (Unreachable, ConfigurationError) as error:
            self.closed[way] = error
            self.drained.stopped = self.drained.stopped or error
            return self.settle(action, self.refused(action, error.message))
        if not self.ledger.mark_sending(action.id, self.now()):
            return None  # slept past its lease: it is another's by now
        try:
            answer = self.doer.perform(action)
        except BaseException:
            self.settle(action, ActionOutcome(SendStatus.UNKNOWN, "interrupted while it was done"))
            raise
        return self.settle(action, self.outcome(action, answer))

    def outcome(self, action: QueuedAction, answer: Answer) -> ActionOutcome:
        match answer:
            case Reply() if answer.is_taken:
                return ActionOutcome(SendStatus.SENT, answer.text or str(answer))
            case Reply() if not answer.is_temporary:
                told = f"{answer}: {answer.text}" if answer.text else str(answer)
                return ActionOutcome(SendStatus.FAILED, told)
            case Undeliverable(reason):
                return ActionOutcome(SendStatus.FAILED, reason)
            case Lost() if answer.is_in_doubt and action.kind not in REPEATABLE:
                return ActionOutcome(SendStatus.UNKNOWN, str(answer))
        return self.refused(action, str(answer))

    def refused(self, action: QueuedAction, why: str) -> ActionOutcome:
        """Later once more, or never where it was tried for long enough."""
        latest = int(action.body.get(LATEST_AT, action.due_at + LATEST))
        again = next_try(action.attempts + 1, self.now(), latest, action.id)
        if again is None:
            return ActionOutcome(SendStatus.FAILED, f"{TOO_LATE}: {why}")
        return ActionOutcome(SendStatus.DEFERRED, why, again)

    def settle(self, action: QueuedAction, outcome: ActionOutcome) -> None:
        if not self.ledger.settle(action, outcome, self.now()):
            return  # it was taken from us, and whoever did has counted it
        self.drained.counts[outcome.status] += 1
        if outcome.status is not SendStatus.SENT:
            reason = f"{action.kind} {action.target}: {outcome.response}"
            self.drained.reasons[(outcome.status, reason)] += 1
        self.progress(self.drained)
