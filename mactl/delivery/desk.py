"""What a worker does with each send: judge it once more, and write what goes out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from mactl.delivery.transport import Envelope
from mactl.store.ledger import QueuedSend


@dataclass(frozen=True, slots=True)
class Go:
    """It may be sent now."""


@dataclass(frozen=True, slots=True)
class Skip:
    """A gate forbids it."""

    gate: str
    reason: str


@dataclass(frozen=True, slots=True)
class Hold:
    """A gate holds it until the epoch second `until`."""

    gate: str
    reason: str
    until: int


Verdict = Go | Skip | Hold


class CannotRender(Exception):
    """The message can't be made of its template; it is held, with this as the reason, until it can."""


class Desk(Protocol):
    """Where sends are judged and written; it has one caller at a time."""

    def judge(self, sends: Sequence[QueuedSend]) -> Sequence[Verdict]:
        """A verdict on each of `sends`, from the state as it stands."""
        ...

    def compose(self, send: QueuedSend) -> Envelope:
        """What goes out; CannotRender where it can't be written."""
        ...
