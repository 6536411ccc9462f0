"""The sender: drains the queue, one message after another, and writes down what becomes of each.

Per message: claimed → judged → composed → marked `sending` → delivered → settled. It may die anywhere on that way, and
nobody gets a message twice.
"""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from mactl.content.render import TEMPLATE
from mactl.delivery.retry import next_try
from mactl.delivery.transport import (
    Answer,
    Envelope,
    Lost,
    Reply,
    Session,
    Stage,
    Transport,
    Undeliverable,
    Unreachable,
)
from mactl.errors import ConfigurationError, MactlError
from mactl.store.ledger import Ledger, Outcome, QueuedSend
from mactl.store.tables import SendStatus

BATCH = 100  # sends claimed at a time: what a power loss may leave in doubt
_RECONNECT_AFTER = (1, 5)  # seconds
_LOSSES = 3  # in a row, after which the server is not worth another message
_REFUSED_SENDERS = 10  # in a row, after which it is not about the recipients
_HARD_BOUNCE = "hard bounce"
_UNAUTHENTICATED = 530  # RFC 4954 6
_LEFT_BEHIND = "its worker stopped, or the machine did, while it was being sent"
_TOO_LATE = "refused until it was too late"


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


Judge = Callable[[Sequence[QueuedSend]], Sequence[Verdict]]
Compose = Callable[[QueuedSend], Envelope]


def drain(
    ledger: Ledger,
    transport: Transport,
    judge: Judge,
    compose: Compose,
    *,
    now: Callable[[], int],
    sleep: Callable[[float], None] = time.sleep,
    stop: Callable[[], bool] = lambda: False,
    progress: Callable[[Drained], None] = lambda drained: None,
    channel: str = "email",
    batch: int = BATCH,
) -> Drained:
    """Sends what is queued or due again, until nothing is left, the server gives up, or `stop` says so.

    `judge` gives a verdict on each claimed send, from the state as it stands; `compose` makes the message, or raises
    CannotRender. `now` is the present epoch second; `sleep` waits so many seconds; `progress` is called after every
    message with what came of it all so far. What was claimed and not begun is back in the queue afterwards, also after
    an exception.
    """
    sender = _Sender(ledger, transport, judge, compose, now, sleep, stop, progress)
    try:
        sender.drain(channel, batch)
    finally:
        sender.close()
    return sender.drained


class _Stop(Exception):
    """No more messages on this way."""

    def __init__(self, why: MactlError) -> None:
        self.why = why


@dataclass
class _Sender:
    ledger: Ledger
    transport: Transport
    judge: Judge
    compose: Compose
    now: Callable[[], int]
    sleep: Callable[[float], None]
    stop: Callable[[], bool]
    progress: Callable[[Drained], None]
    drained: Drained = field(default_factory=Drained)
    session: Session | None = None
    session_is_fresh: bool = True
    lost: int = 0
    refused_senders: int = 0

    def drain(self, channel: str, batch: int) -> None:
        try:
            while not self._is_stopped():
                self._take_over()
                claimed = self.ledger.claim(batch, self.now(), channel)
                if not claimed:
                    return
                self._send_all(claimed)
        except _Stop as stopped:
            self.drained.stopped = stopped.why

    def _take_over(self) -> None:
        """What others left behind when they died is told here: nobody else will."""
        unknown = self.ledger.expire(self.now()).unknown
        if unknown:
            self.drained.counts[SendStatus.UNKNOWN] += unknown
            self.drained.reasons[(SendStatus.UNKNOWN, _LEFT_BEHIND)] += unknown

    def close(self) -> None:
        """Gives back what was not begun, also where the goodbye to the server fails."""
        try:
            self.ledger.release()
        finally:
            if self.session is not None:
                self.session.close()

    def _send_all(self, claimed: Sequence[QueuedSend]) -> None:
        renew_at = self.now() + self.ledger.lease_seconds // 2
        for send, verdict in zip(claimed, self.judge(claimed), strict=True):
            if self._is_stopped():
                return
            if self.now() >= renew_at:
                self.ledger.renew(self.now())
                renew_at = self.now() + self.ledger.lease_seconds // 2
            self._send(send, verdict)

    def _send(self, send: QueuedSend, verdict: Verdict) -> None:
        was_refused = send.response is not None
        if was_refused and self.now() > send.latest_at:  # else lateness is for the gates to tell
            refusal = Outcome(SendStatus.FAILED, _TOO_LATE, code=send.code, response=send.response)
            return self._settle(send, refusal)
        if isinstance(verdict, Skip):
            outcome = Outcome(SendStatus.SKIPPED, verdict.reason, verdict.gate)
            return self._settle(send, outcome)
        if isinstance(verdict, Hold):
            outcome = Outcome(
                SendStatus.HELD, verdict.reason, verdict.gate, hold_until=verdict.until
            )
            return self._settle(send, outcome)
        try:
            envelope = self.compose(send)
        except CannotRender as reason:
            return self._settle(send, Outcome(SendStatus.HELD, str(reason), TEMPLATE))
        # Before anything is marked, so that an unreachable server leaves no trace.
        session = self._open_session()
        if not self.ledger.mark_sending(send.id, self.now()):
            return None  # slept past its lease: it is another's by now
        return self._conclude(send, self._deliver(send, session, envelope))

    def _deliver(self, send: QueuedSend, session: Session, envelope: Envelope) -> Answer:
        was_fresh, self.session_is_fresh = self.session_is_fresh, False
        try:
            answer = session.deliver(envelope)
            if was_fresh or not _is_stale(answer):
                return answer
            # The server ended a session that we kept; that says nothing about this message.
            try:
                session = self._open_session()
            except _Stop:
                self.ledger.settle(send, Outcome(SendStatus.QUEUED, str(answer)), self.now())
                raise
            self.session_is_fresh = False
            return session.deliver(envelope)
        except _Stop:
            raise
        except BaseException:
            outcome = Outcome(SendStatus.UNKNOWN, "interrupted while it was being sent")
            self._settle(send, outcome)
            raise

    def _conclude(self, send: QueuedSend, answer: Answer) -> None:
        if (
            isinstance(answer, Reply)
            and answer.code == _UNAUTHENTICATED
            and answer.stage is not Stage.MESSAGE
        ):
            self.ledger.settle(send, Outcome(SendStatus.QUEUED, str(answer)), self.now())
            raise _Stop(
                ConfigurationError(
                    f"the server wants to know who sends: {answer.code} {answer.text}",
                    "put user and password into `smtp.url`",
                )
            )
        self._settle(send, self._outcome(send, answer))
        self._look_for_a_pattern(answer)

    def _outcome(self, send: QueuedSend, answer: Answer) -> Outcome:
        match answer:
            case Undeliverable(reason):
                return Outcome(SendStatus.FAILED, reason)
            case Lost() if answer.is_in_doubt:
                return Outcome(SendStatus.UNKNOWN, str(answer))
            case Reply() if answer.is_taken:
                return Outcome(SendStatus.SENT, code=str(answer.code), response=answer.text)
            case Reply() if not answer.is_temporary:
                return Outcome(
                    SendStatus.FAILED,
                    str(answer),
                    code=str(answer.code),
                    response=answer.text,
                    suppress=_HARD_BOUNCE if answer.blames_address else None,
                )
        code, response = (
            (str(answer.code), answer.text) if isinstance(answer, Reply) else (None, answer.why)
        )
        again = next_try(send.attempts + 1, self.now(), send.latest_at, send.id)
        if again is None:
            reason = f"{_TOO_LATE}: {answer}"
            return Outcome(SendStatus.FAILED, reason, code=code, response=response)
        return Outcome(
            SendStatus.DEFERRED, str(answer), code=code, response=response, hold_until=again
        )

    def _look_for_a_pattern(self, answer: Answer) -> None:
        """Stops where it is no longer about single messages, before the whole queue is used up on it."""
        if isinstance(answer, Undeliverable):
            return
        gone = isinstance(answer, Lost) or answer.is_closing
        self.lost = self.lost + 1 if gone else 0
        if self.lost >= _LOSSES:
            raise _Stop(Unreachable(f"the server ended {self.lost} sessions in a row: {answer}"))
        refused = (
            isinstance(answer, Reply) and answer.code // 100 == 5 and answer.stage is Stage.MAIL
        )
        self.refused_senders = self.refused_senders + 1 if refused else 0
        if self.refused_senders >= _REFUSED_SENDERS:
            raise _Stop(
                ConfigurationError(
                    f"the server refused the sender {self.refused_senders} times in a row: {answer}",
                    "see whether it may send for the domain of `sender.from`",
                )
            )

    def _settle(self, send: QueuedSend, outcome: Outcome) -> None:
        if not self.ledger.settle(send, outcome, self.now()):
            return  # it was taken from us, and whoever did has counted it
        self.drained.counts[outcome.status] += 1
        if outcome.status is not SendStatus.SENT:
            self.drained.reasons[(outcome.status, outcome.reason or "")] += 1
        self.progress(self.drained)

    def _open_session(self) -> Session:
        """The session that is open, or a new one; _Stop where there is none to be had."""
        if self.session is not None and self.session.is_open:
            return self.session
        for pause in (*_RECONNECT_AFTER, None):
            try:
                self.session = self.transport.open()
                self.session_is_fresh = True
                return self.session
            except Unreachable as unreachable:
                if pause is None or self.stop():
                    raise _Stop(unreachable) from unreachable
                self.sleep(pause)
            except ConfigurationError as error:
                raise _Stop(error) from error
        raise AssertionError("unreachable")

    def _is_stopped(self) -> bool:
        self.drained.is_interrupted = self.drained.is_interrupted or self.stop()
        return self.drained.is_interrupted


def _is_stale(answer: Answer) -> bool:
    """Whether a session ended before anything of the message was looked at."""
    if isinstance(answer, Lost):
        return not answer.is_in_doubt
    return isinstance(answer, Reply) and answer.is_closing and answer.stage is Stage.MAIL
