"""The sender: drains the queue over several connections at once, and writes down what becomes of each message.

Per message: claimed → judged → composed → announced → marked `sending` → delivered → settled. It may die anywhere on
that way, and nobody gets a message twice.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass, field

from mactl.delivery.books import Books
from mactl.delivery.desk import Desk
from mactl.delivery.domains import Domains
from mactl.delivery.drained import Drained, left_behind
from mactl.delivery.feed import Feed, Letter, domain_of
from mactl.delivery.outcomes import asks_who_we_are, is_stale, outcome_of, wants_login
from mactl.delivery.relay import Relay
from mactl.delivery.slowing import Slower, asks_for
from mactl.delivery.stopping import LOOK_UP_EVERY
from mactl.delivery.throttle import DayIsSpent, Throttle
from mactl.delivery.transport import (
    Answer,
    Envelope,
    Lost,
    Reply,
    Session,
    Transport,
    Unreachable,
)
from mactl.errors import ConfigurationError, MactlError
from mactl.store.ledger import Ledger, Outcome, QueuedSend
from mactl.store.tables import EMAIL, SendStatus

BATCH = 100
"""Sends claimed at a time for each connection: what a power loss may leave in doubt."""
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
    channel: str = EMAIL,
    batch: int = BATCH,
    throttle: Throttle | None = None,
) -> Drained:
    """Sends what is queued or due again over at most `connections` sessions, until nothing is left, the server gives
    up, or `stop` says so.

    A server that ends sessions, or asks for patience, gets fewer of them after a pause; one that goes on like that for
    about three minutes is given up. A domain that asks for patience is left alone, and the others go on.
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
    domains: Domains = field(default_factory=Domains)
    carriers: "list[_Carrier]" = field(default_factory=list)
    given_back: set[str] = field(default_factory=set)
    """Sends that trouble with all of them kept from their turn: once each."""
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
                self.domains,
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
        self.relay = Relay(self.connections, self._rest)
        self.carriers = [_Carrier(self) for _ in range(self.connections)]
        carriers = [asyncio.ensure_future(carrier.carry()) for carrier in self.carriers]
        with closing(self.relay):
            try:
                await asyncio.gather(*carriers)
            except _Stop:
                pass  # the others finish the message that they have begun
            except BaseException:
                for carrier in carriers:
                    carrier.cancel()
                raise
            finally:
                await asyncio.gather(*carriers, return_exceptions=True)

    async def _rest(self, seconds: float) -> None:
        while seconds > 0 and not self.is_over:
            await self.sleep(min(seconds, LOOK_UP_EVERY))
            seconds -= LOOK_UP_EVERY

    async def _take_over(self) -> None:
        """What others left behind when they died is told here: nobody else will."""
        expired = await self.books.do(lambda: self.ledger.expire(self.now()))
        self.drained = left_behind(expired.unknown)

    async def _keep_claims(self) -> None:
        while True:
            self.keep_claims()
            await asyncio.sleep(_LOOK_AT_LEASES_EVERY)

    def keep_claims(self) -> None:
        """Has the claims renewed where a quarter of their lease is over."""
        now = self.now()
        if now >= self._renew_at:
            self._renew_at = now + self.ledger.lease_seconds // 4
            self.books.post(lambda: self.ledger.renew(now))

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
    upcoming: Letter | None = None
    """What comes next, and is announced perhaps."""

    is_opening: bool = False

    @property
    def stands(self) -> bool:
        """Whether it has a session that is open, or may have one soon."""
        return self.is_opening or (self.session is not None and self.session.is_open)

    async def carry(self) -> None:
        """Carry letters until there are no more. Raises _Stop."""
        sender, relay = self.sender, self.sender.relay
        try:
            while not sender.is_over:
                sender.keep_claims()
                if relay.is_crowded:
                    await self._step_aside()
                    continue
                letter = self.upcoming or await sender.feed.next()
                if letter is None:
                    return
                self.upcoming = self._ahead()
                await self._deliver(letter)
        except DayIsSpent as spent:
            sender.drained.rests = spent.message
        except _Stop as stopped:
            sender.drained.stopped = sender.drained.stopped or stopped.why
            raise
        finally:
            relay.leave()
            await self._close()

    def _ahead(self) -> Letter | None:
        """The letter after this one, where one is at hand: it is announced together with this one's body."""
        return None if self.sender.is_over else self.sender.feed.next_at_once()

    async def _step_aside(self) -> None:
        self._put_back_upcoming()
        await self.sender.relay.step_aside(self._close)

    async def _close(self) -> None:
        if self.session is not None:
            await self.session.close()
            self.session = None

    async def _deliver(self, letter: Letter) -> None:
        sender, send = self.sender, letter.send
        session = await self._open_session()
        if session is None:
            return sender.feed.put_back(letter)
        was_fresh, self.is_fresh = self.is_fresh, False
        seen_in, has_begun = sender.relay.round, False

        async def begin() -> bool:
            nonlocal has_begun
            has_begun = await sender.books.begin(send)
            return has_begun

        def following() -> Envelope | None:
            return self.upcoming.envelope if self.upcoming is not None else None

        try:
            answer = await session.deliver(letter.envelope, begin, following)
            if answer is not None and not (was_fresh or has_begun) and is_stale(answer):
                # The server ended a session that we kept; that says nothing about this message.
                session = await self._open_session()
                if session is None:
                    return sender.feed.put_back(letter)
                was_fresh, self.is_fresh, seen_in = True, False, sender.relay.round
                answer = await session.deliver(letter.envelope, begin, following)
        except BaseException:
            if has_begun:
                sender.settle(send, _INTERRUPTED)
            raise
        if answer is None:
            return await sender.feed.forget()  # it slept past its lease, and is another's by now
        why = await self._conclude(
            letter, answer, seen_in, was_fresh=was_fresh, has_begun=has_begun
        )
        if why is not None:
            raise _Stop(why)
        return None

    async def _conclude(
        self, letter: Letter, answer: Answer, seen_in: int, *, was_fresh: bool, has_begun: bool
    ) -> MactlError | None:
        """Writes down what became of a letter, and heeds what that means for others; why none should follow, if so."""
        sender, send = self.sender, letter.send
        if asks_who_we_are(answer):
            sender.books.settle(send, Outcome(SendStatus.QUEUED, str(answer)))
            return wants_login(answer)
        slower = self._asked(send, answer, was_fresh=was_fresh)
        is_about_it = slower is None or slower is Slower.DOMAIN
        if is_about_it or has_begun or send.id in sender.given_back:
            sender.settle(send, outcome_of(send, answer, sender.now()))
        else:
            sender.given_back.add(send.id)
            sender.feed.put_back(letter)
        return await self._heed(slower, send, answer, seen_in)

    async def _heed(
        self, slower: Slower | None, send: QueuedSend, answer: Answer, seen_in: int
    ) -> MactlError | None:
        """Goes on as the server wants; why no message should follow, if so."""
        sender, relay = self.sender, self.sender.relay
        match slower:
            case None:
                if isinstance(answer, Reply) and answer.is_taken:
                    sender.domains.release(domain_of(send))
                return relay.answered(answer)
            case Slower.DOMAIN:
                sender.domains.hold(domain_of(send), str(answer), sender.now())
            case Slower.SESSION:
                await self._give_up_session()
            case Slower.SESSIONS:
                relay.crowd_out()
            case Slower.RELAY:
                in_doubt = isinstance(answer, Lost) and answer.is_in_doubt
                return relay.stumble(answer, seen_in, in_doubt=in_doubt)
        return None

    def _asked(self, send: QueuedSend, answer: Answer, *, was_fresh: bool) -> Slower | None:
        """What the answer means for the messages after it."""
        if isinstance(answer, Lost):
            return Slower.RELAY
        slower = asks_for(answer) if isinstance(answer, Reply) else None
        if slower is Slower.DOMAIN:
            domain = domain_of(send)
            return Slower.RELAY if not domain or self.sender.relay.is_impatient(domain) else slower
        if (slower is Slower.SESSION and was_fresh) or (
            slower is Slower.SESSIONS and not self.sender.relay.has_others
        ):
            return Slower.RELAY
        return slower

    async def _give_up_session(self) -> None:
        """The next letter goes over another session."""
        self._put_back_upcoming()  # it may be announced on this one
        await self._close()

    def _put_back_upcoming(self) -> None:
        if self.upcoming is not None:
            self.sender.feed.put_back(self.upcoming)
            self.upcoming = None

    async def _open_session(self) -> Session | None:
        """The session that is open, or a new one, once there is no pause; None where there is none to be had now.

        Raises _Stop where there will be none.
        """
        relay = self.sender.relay
        if relay.is_pausing:
            await relay.wait()
            if self.sender.is_over:
                return None
        if self.session is not None and self.session.is_open:
            return self.session
        seen_in, self.is_opening = relay.round, True
        try:
            self.session = await self.sender.transport.open()
            self.is_fresh = True
            return self.session
        except Unreachable as unreachable:
            self.is_opening = False
            if any(carrier.stands for carrier in self.sender.carriers):
                relay.crowd_out()  # it takes others, only not one more
            elif (why := relay.stumble(unreachable, seen_in)) is not None:
                raise _Stop(why) from unreachable
            return None
        except ConfigurationError as error:
            raise _Stop(error) from error
        finally:
            self.is_opening = False
