"""The sender: drains the queue over several connections at once, and writes down what becomes of each message.

Per message: claimed → judged → composed → announced → marked `sending` → delivered → settled. It may die anywhere on
that way, and nobody gets a message twice.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from mactl.delivery.books import Books
from mactl.delivery.desk import Desk
from mactl.delivery.drained import Drained
from mactl.delivery.feed import Feed, Letter
from mactl.delivery.outcomes import Pattern, asks_who_we_are, is_stale, outcome_of, wants_login
from mactl.delivery.throttle import DayIsSpent, Throttle
from mactl.delivery.transport import Answer, Envelope, Reply, Session, Transport, Unreachable
from mactl.errors import ConfigurationError, MactlError
from mactl.store.ledger import Ledger, Outcome, QueuedSend
from mactl.store.tables import SendStatus

BATCH = 100
"""Sends claimed at a time for each connection: what a power loss may leave in doubt."""
_RECONNECT_AFTER = (1, 5)  # seconds
_LEFT_BEHIND = "its worker stopped, or the machine did, while it was being sent"
_LOOK_AT_LEASES_EVERY = 10  # seconds
_INTERRUPTED = Outcome(SendStatus.UNKNOWN, "interrupted while it was being sent")

Sleep = Callable[[float], Awaitable[None]]


def drain(
    ledger: Ledger,
    transport: Transport,
    desk: Desk,
    *,
    now: Callable[[], int],
    connections: int = 1,
    sleep: Sleep = asyncio.sleep,
    stop: Callable[[], bool] = lambda: False,
    progress: Callable[[Drained], None] = lambda drained: None,
    channel: str = "email",
    batch: int = BATCH,
    throttle: Throttle | None = None,
) -> Drained:
    """Sends what is queued or due again over at most `connections` sessions, until nothing is left, the server gives
    up, or `stop` says so.

    `now` is the present epoch second; `sleep` waits so many seconds; `progress` is called after every message with what
    came of it all so far. What was claimed and not begun is back in the queue afterwards, also after an exception.
    """
    sender = _Sender(
        ledger, transport, desk, now, connections, sleep, stop, progress, channel, batch, throttle
    )
    try:
        asyncio.run(sender.drain())
    finally:
        ledger.release()
    return sender.drained


class _Stop(Exception):
    """No more messages on this way."""

    def __init__(self, why: MactlError) -> None:
        self.why = why


@dataclass
class _Sender:
    ledger: Ledger
    transport: Transport
    desk: Desk
    now: Callable[[], int]
    connections: int
    sleep: Sleep
    stop: Callable[[], bool]
    progress: Callable[[Drained], None]
    channel: str
    batch: int
    throttle: Throttle | None
    drained: Drained = field(default_factory=Drained)
    fault: BaseException | None = None
    """Why outcomes could not be written down, or told."""
    _renew_at: int = 0

    async def drain(self) -> None:
        async with Books(self.ledger, self.now) as self.books:
            await self._take_over()
            self.feed = Feed(
                self.books,
                self.desk,
                self.channel,
                self.batch * self.connections,
                self.settle,
                self.throttle,
                lambda: self.is_over,
                self.sleep,
            )
            renewing = asyncio.ensure_future(self._keep_claims())
            try:
                await self._carry_all()
            finally:
                renewing.cancel()
                await self.feed.close()
        if self.fault is not None:
            raise self.fault

    async def _carry_all(self) -> None:
        carriers = [asyncio.ensure_future(_Carrier(self).carry()) for _ in range(self.connections)]
        try:
            await asyncio.gather(*carriers)
        except _Stop as stopped:
            self.drained.stopped = stopped.why
            # The others finish the message that they have begun.
            await asyncio.gather(*carriers, return_exceptions=True)
        except BaseException:
            for carrier in carriers:
                carrier.cancel()
            await asyncio.gather(*carriers, return_exceptions=True)
            raise

    async def _take_over(self) -> None:
        """What others left behind when they died is told here: nobody else will."""
        unknown = (await self.books.do(lambda: self.ledger.expire(self.now()))).unknown
        if unknown:
            self.drained.counts[SendStatus.UNKNOWN] += unknown
            self.drained.reasons[(SendStatus.UNKNOWN, _LEFT_BEHIND)] += unknown

    async def _keep_claims(self) -> None:
        while True:
            self.keep_claims()
            await asyncio.sleep(_LOOK_AT_LEASES_EVERY)

    def keep_claims(self) -> None:
        """Has the claims renewed where half of their lease is over."""
        now = self.now()
        if now >= self._renew_at:
            self._renew_at = now + self.ledger.lease_seconds // 4
            self.books.post(lambda: self.ledger.renew(now))

    def conclude(self, send: QueuedSend, answer: Answer) -> None:
        """Writes down what became of `send`; _Stop where the server wants to know first who sends."""
        if isinstance(answer, Reply) and asks_who_we_are(answer):
            self.books.settle(send, Outcome(SendStatus.QUEUED, str(answer)))
            raise _Stop(wants_login(answer))
        self.settle(send, outcome_of(send, answer, self.now()))

    def settle(self, send: QueuedSend, outcome: Outcome) -> None:
        """Writes down what became of `send`, and counts it once that is on record."""
        self.books.settle(send, outcome).add_done_callback(
            lambda written: self._count(outcome, written)
        )

    def _count(self, outcome: Outcome, written: "asyncio.Future[bool]") -> None:
        if written.cancelled():
            return
        self.fault = self.fault or written.exception()
        if self.fault is not None or not written.result():
            return  # it was taken from us, and whoever did has counted it
        self.drained.counts[outcome.status] += 1
        if outcome.status is not SendStatus.SENT:
            self.drained.reasons[(outcome.status, outcome.reason or "")] += 1
        try:
            self.progress(self.drained)
        except BaseException as error:
            self.fault = error

    @property
    def is_over(self) -> bool:
        """Whether no other message should begin."""
        self.drained.is_interrupted = self.drained.is_interrupted or self.stop()
        return bool(self.drained.is_interrupted or self.drained.stopped or self.fault)


@dataclass
class _Carrier:
    """One connection, and the letters that it carries."""

    sender: _Sender
    session: Session | None = None
    is_fresh: bool = True
    pattern: Pattern = field(default_factory=Pattern)

    async def carry(self) -> None:
        """Carry letters until there are no more. Raises _Stop."""
        letter: Letter | None = None
        upcoming: Letter | None = None
        try:
            while not self.sender.is_over:
                self.sender.keep_claims()
                letter = upcoming or await self.sender.feed.next()
                if letter is None:
                    return
                upcoming = self._ahead()
                await self._deliver(letter, upcoming)
        except DayIsSpent as spent:
            self.sender.drained.rests = spent.message
        except _Stop as stopped:
            self.sender.drained.stopped = self.sender.drained.stopped or stopped.why
            raise
        finally:
            if self.session is not None:
                await self.session.close()

    def _ahead(self) -> Letter | None:
        """The letter after this one, where one is at hand: it is announced together with this one's body."""
        return None if self.sender.is_over else self.sender.feed.next_at_once()

    async def _deliver(self, letter: Letter, upcoming: Letter | None) -> None:
        sender, send = self.sender, letter.send
        session = await self._open_session()
        was_fresh, self.is_fresh = self.is_fresh, False
        has_begun = False

        async def begin() -> bool:
            nonlocal has_begun
            has_begun = await sender.books.begin(send)
            return has_begun

        def following() -> Envelope | None:
            return upcoming.envelope if upcoming is not None else None

        try:
            answer = await session.deliver(letter.envelope, begin, following)
            if answer is not None and not was_fresh and is_stale(answer):
                # The server ended a session that we kept; that says nothing about this message.
                session = await self._open_session()
                self.is_fresh = False
                answer = await session.deliver(letter.envelope, begin, following)
        except _Stop:
            raise
        except BaseException:
            if has_begun:
                sender.settle(send, _INTERRUPTED)
            raise
        if answer is not None:  # else it slept past its lease, and is another's by now
            sender.conclude(send, answer)
            why = self.pattern.see(answer)
            if why is not None:
                raise _Stop(why)

    async def _open_session(self) -> Session:
        """The session that is open, or a new one; _Stop where there is none to be had."""
        if self.session is not None and self.session.is_open:
            return self.session
        for pause in (*_RECONNECT_AFTER, None):
            try:
                self.session = await self.sender.transport.open()
                self.is_fresh = True
                return self.session
            except Unreachable as unreachable:
                if pause is None or self.sender.stop():
                    raise _Stop(unreachable) from unreachable
                await self.sender.sleep(pause)
            except ConfigurationError as error:
                raise _Stop(error) from error
        raise AssertionError("unreachable")
