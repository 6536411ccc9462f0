"""The relay as all connections of a process see it: how many may use it at once, and when it is left alone.

Trouble halves the connections and makes all wait, each time in a row for twice as long; what goes well brings them
back one by one (additive increase, multiplicative decrease, as in RFC 5681 3).
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from mactl.delivery.transport import Answer, Reply, Stage, Undeliverable, Unreachable
from mactl.errors import ConfigurationError, MactlError

FIRST_PAUSE, LONGEST_PAUSE = 1, 60
"""Seconds."""
PAUSES = 8
"""In a row, about three minutes, after which a server that took messages before is given up."""
PAUSES_BEFORE = 2
"""The same, of a server that took none in this run: the next run sees whether it is back."""
DOUBTS = 3
"""In a row: what ends each session when it has the message makes each one doubtful."""
_JITTER = 0.25  # of a pause, either way
_REFUSED_SENDERS = 10  # in a row, after which it is not about the recipients
_GROW_AFTER, _GROW_AFTER_MOST = 50, 5_000  # messages, until one more connection is tried
_DOMAINS = 3  # that ask for patience in a row: then it is the relay that does

Rest = Callable[[float], Awaitable[None]]


@dataclass
class Relay:
    """One server, for `most` connections at once; `rest` waits so many seconds, or less where the drain ends.

    `draw` gives a number from 0 to 1.
    """

    most: int
    rest: Rest
    draw: Callable[[], float] = random.random
    round: int = 0
    """What several sessions meet in one round is one trouble."""
    _allowed: float = field(init=False)
    _at_work: int = field(init=False)
    _troubles: int = 0
    _doubts: int = 0
    _refused_senders: int = 0
    _impatient: set[str] = field(default_factory=set)
    _has_taken: bool = False
    _since: int = 0
    _grow_after: int = _GROW_AFTER
    _has_grown: bool = False
    _pausing: "asyncio.Task[None] | None" = None
    _room: "list[asyncio.Future[None]]" = field(default_factory=list)

    def __post_init__(self) -> None:
        self._allowed = self._at_work = self.most

    @property
    def allowed(self) -> int:
        """How many connections may be at work now."""
        return int(self._allowed)

    @property
    def is_crowded(self) -> bool:
        """Whether one of the connections at work has to step aside."""
        return self._at_work > self.allowed

    async def step_aside(self, close: Callable[[], Awaitable[None]]) -> None:
        """Has a connection that was at work close its session, and wait until there is room for one more."""
        self._at_work -= 1  # before anything is waited for, or the next one would step aside, too
        room = asyncio.get_running_loop().create_future()
        self._room.append(room)
        try:
            await close()
            self._make_room()
            await room
        except BaseException:
            if room in self._room:
                self._room.remove(room)
                self._at_work += 1  # which `leave` takes back
            raise

    def leave(self) -> None:
        """A connection ends its work."""
        self._at_work -= 1
        self._make_room()

    @property
    def is_pausing(self) -> bool:
        """Whether all connections have to wait."""
        return self._pausing is not None

    async def wait(self) -> None:
        """Waits while all connections pause."""
        if self._pausing is not None:
            await asyncio.shield(self._pausing)

    def close(self) -> None:
        """Ends a pause."""
        if self._pausing is not None:
            self._pausing.cancel()

    @property
    def has_others(self) -> bool:
        """Whether more than one connection is at work."""
        return self._at_work > 1

    def crowd_out(self) -> None:
        """There is no room for one that is at work, while there is for others."""
        self._allowed = max(1, self._at_work - 1)
        self._since = 0
        if self._has_grown:  # one more was one too many: it is tried less and less often
            self._grow_after = min(self._grow_after * 2, _GROW_AFTER_MOST)
        self._has_grown = False

    def stumble(self, why: object, seen_in: int, *, in_doubt: bool = False) -> MactlError | None:
        """Trouble with all that goes this way, in the round `seen_in`: fewer connections, and a pause.

        `in_doubt`: it cost a message whose fate nobody knows. Why nothing more should go this way, where it was too
        often.
        """
        if seen_in != self.round:
            return None
        self.round += 1
        self._troubles += 1
        self._doubts += in_doubt
        self._since = 0
        self._allowed = max(1.0, self._allowed / 2)
        most = PAUSES if self._has_taken else PAUSES_BEFORE
        if self._troubles > most or self._doubts >= DOUBTS:
            if isinstance(why, Unreachable):
                return why
            return Unreachable(
                f"the server ended or refused {self._troubles} sessions in a row: {why}",
                "what is left stays in the queue for the next run",
            )
        pause = min(FIRST_PAUSE * 2 ** (self._troubles - 1), LONGEST_PAUSE)
        pause *= 1 + _JITTER * (2 * self.draw() - 1)
        self._pausing = asyncio.ensure_future(self._pause(pause))
        return None

    def is_impatient(self, domain: str) -> bool:
        """Whether, with `domain`, so many ask for patience that it is the relay that does."""
        self._impatient.add(domain)
        return len(self._impatient) >= _DOMAINS

    def answered(self, answer: Answer) -> MactlError | None:
        """The server gave an answer that is about one message; as `stumble`."""
        if isinstance(answer, Undeliverable):
            return None
        self._troubles = self._doubts = 0
        self._impatient.clear()
        if isinstance(answer, Reply) and answer.code // 100 == 5 and answer.stage is Stage.MAIL:
            self._refused_senders += 1
            if self._refused_senders >= _REFUSED_SENDERS:
                return ConfigurationError(
                    f"the server refused the sender {self._refused_senders} times in a row: {answer}",
                    "see whether it may send for the domain of `sender.from`",
                )
            return None
        self._refused_senders = 0
        self._has_taken = True
        if self._allowed < self.most:
            self._grow()
        return None

    def _grow(self) -> None:
        self._since += 1
        if self._since >= self._grow_after:
            self._since = 0
            self._allowed = min(self._allowed + 1, self.most)
            self._has_grown = True
            self._make_room()

    def _make_room(self) -> None:
        while self._room and self._at_work < self.allowed:
            room = self._room.pop(0)
            if not room.done():
                self._at_work += 1
                room.set_result(None)

    async def _pause(self, seconds: float) -> None:
        try:
            await self.rest(seconds)
        finally:
            if self._pausing is asyncio.current_task():
                self._pausing = None
