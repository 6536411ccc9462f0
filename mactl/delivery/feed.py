"""The letters of a drain, one after another: claimed, judged, and written when somebody is ready to carry them."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from mactl.content.render import TEMPLATE
from mactl.delivery.books import Books
from mactl.delivery.desk import CannotRender, Desk, Go, Hold, Skip, Verdict
from mactl.delivery.domains import Domains
from mactl.delivery.outcomes import too_late
from mactl.delivery.stopping import LOOK_UP_EVERY
from mactl.delivery.throttle import Throttle
from mactl.delivery.transport import Envelope
from mactl.store.ledger import Outcome, QueuedSend
from mactl.store.tables import EMAIL, SendStatus

_MOST_HELD_BACK = 10  # batches; more are left to others
Settle = Callable[[QueuedSend, Outcome], None]


@dataclass(frozen=True, slots=True)
class Letter:
    """A send that may go out, and what of it goes out."""

    send: QueuedSend
    envelope: Envelope


@dataclass
class Feed:
    """What is claimed of `channel`, `batch` at a time; `settle` hears of what doesn't go out."""

    books: Books
    desk: Desk
    channel: str
    batch: int
    settle: Settle
    domains: Domains = field(default_factory=Domains)
    throttle: Throttle | None = None
    stop: Callable[[], bool] = lambda: False
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    _held_back: "deque[tuple[QueuedSend, Verdict]]" = field(default_factory=deque)
    """Claimed, and for a domain or a relay that has had enough for the moment."""
    _put_back: "deque[Letter]" = field(default_factory=deque)
    _refilling: "asyncio.Task[None] | None" = None
    _claimed: "deque[tuple[QueuedSend, Verdict]]" = field(default_factory=deque)
    _claiming: "asyncio.Task[None] | None" = None
    _is_empty: bool = False

    async def next(self) -> Letter | None:
        """The next letter; None where the queue has no more."""
        while (letter := self.next_at_once()) is None:
            is_full = len(self._held_back) >= _MOST_HELD_BACK * self.batch
            if not self._is_empty and not is_full:
                await self._claim()
            elif not self._held_back or self.stop():
                return None
            else:
                await self._wait_for_shares()
        return letter

    def next_at_once(self) -> Letter | None:
        """The next letter of what is claimed already; None where that is used up."""
        if self._put_back:
            return self._put_back.popleft()
        while self._claimed:
            send, verdict = self._claimed.popleft()
            if isinstance(verdict, Go):
                if self._has_to_rest(send):
                    continue
                if self.throttle and not self.throttle.take(domain_of(send)):
                    self._held_back.append((send, verdict))
                    continue
            letter = self._write(send, verdict)
            if letter is not None:
                if len(self._claimed) < self.batch // 2:
                    self._claim_ahead()
                return letter
        return None

    def put_back(self, letter: Letter) -> None:
        """Has a letter that nothing has gone out of come next."""
        self._put_back.append(letter)

    async def forget(self) -> None:
        """Lets go of all that is claimed: whoever slept past one lease has slept past all of them."""
        if self._claiming is not None:
            await asyncio.shield(self._claiming)
        for waiting in (self._claimed, self._held_back, self._put_back):
            waiting.clear()
        await self.books.do(self.books.ledger.release)
        self._is_empty = False

    def _has_to_rest(self, send: QueuedSend) -> bool:
        """Whether its domain is left alone; then it is deferred without having had its turn."""
        domain, now = domain_of(send), self.books.now()
        why = self.domains.why_held(domain, now)
        if why is None:
            return False
        again = self.domains.again_at(domain, send.latest_at, now)
        rested = Outcome(
            SendStatus.DEFERRED,
            f"{domain} takes nothing for the moment: {why}",
            code=send.code,
            response=send.response,
            hold_until=again,
            was_tried=False,
        )
        self.settle(send, rested)
        return True

    async def close(self) -> None:
        """Ends what is on its way; what is claimed stays so until the ledger releases it."""
        under_way = [task for task in (self._claiming, self._refilling) if task is not None]
        if under_way:
            await asyncio.wait(under_way)
        self._claimed.clear()
        if (throttle := self.throttle) is not None and throttle.has_left:
            ledger = self.books.ledger
            await self.books.do(lambda: ledger.run(throttle.give_back))

    async def _wait_for_shares(self) -> None:
        if self._refilling is None:
            self._refilling = asyncio.ensure_future(self._refill())
        await asyncio.shield(self._refilling)

    async def _refill(self) -> None:
        """Take shares for those who are held back, or wait until there are any. Raises DayIsSpent."""
        throttle = self.throttle
        assert throttle is not None
        domains = {domain_of(send) for send, _ in self._held_back}

        try:
            wait = throttle.wait(domains)
            if wait:
                await self.sleep(min(wait, LOOK_UP_EVERY))
            else:
                ledger = self.books.ledger
                await self.books.do(
                    lambda: ledger.run(lambda connection: throttle.refill(connection, domains))
                )
            self._claimed.extendleft(reversed(self._held_back))
            self._held_back.clear()
        finally:
            self._refilling = None

    async def _claim(self) -> None:
        self._claim_ahead()
        claiming = self._claiming
        if claiming is not None:
            await asyncio.shield(claiming)

    def _claim_ahead(self) -> None:
        """Has the next batch claimed meanwhile, unless it is or nothing is left."""
        if self._claiming is None and not self._is_empty:
            self._claiming = asyncio.ensure_future(self._take())

    async def _take(self) -> None:
        try:
            claimed, verdicts = await self.books.do(self._claim_and_judge)
            self._is_empty = not claimed
            self._claimed.extend(zip(claimed, verdicts, strict=True))
        finally:
            self._claiming = None

    def _claim_and_judge(self) -> tuple[Sequence[QueuedSend], Sequence[Verdict]]:
        claimed = self.books.ledger.claim(self.batch, self.books.now(), self.channel)
        return claimed, self.desk.judge(claimed) if claimed else []

    def _write(self, send: QueuedSend, verdict: Verdict) -> Letter | None:
        """The letter, or None where it may not go or can't be written."""
        was_refused = send.response is not None
        if was_refused and self.books.now() > send.latest_at:  # else lateness is for the gates
            self.settle(send, too_late(send))
        elif isinstance(verdict, Skip):
            self.settle(send, Outcome(SendStatus.SKIPPED, verdict.reason, verdict.gate))
        elif isinstance(verdict, Hold):
            held = Outcome(SendStatus.HELD, verdict.reason, verdict.gate, hold_until=verdict.until)
            self.settle(send, held)
        else:
            try:
                return Letter(send, self.desk.compose(send))
            except CannotRender as reason:
                self.settle(send, Outcome(SendStatus.HELD, str(reason), TEMPLATE))
        return None


def domain_of(send: QueuedSend) -> str:
    """The domain that it goes to; "" where its channel knows none."""
    return send.address_key.rpartition("@")[2] if send.channel == EMAIL else ""
