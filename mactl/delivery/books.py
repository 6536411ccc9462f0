"""Keeping the ledger for all connections of a process: what comes together is written together.

A transaction costs as much as writing ten messages down, and so all that has come since the last one is one: first what
became of messages, then which may begin. A connection's message before is therefore on record before its next one
begins, and what is in doubt after a crash is one message per connection.

Where the state is a file, writing takes less time than telling a thread to do it, which would wait for its turn in the
middle of a transaction, and have all who write wait with it. Only waiting for others, and for a server, is left to one.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

from mactl.store.database import Busy
from mactl.store.ledger import Ledger, Outcome, QueuedSend

T = TypeVar("T")

_MOST = 256  # entries of one transaction: what waits behind them should not wait long


@dataclass(slots=True)
class _Entry:
    """What is to be written: that a send begins, what became of it, or whatever `do` does."""

    future: "asyncio.Future[Any]"
    begins: QueuedSend | None = None
    became: tuple[QueuedSend, Outcome] | None = None
    do: Callable[[], Any] | None = None


@dataclass
class Books:
    """Who writes to `ledger`; for the loop that it is entered in. `now` is the present epoch second.

    An asynchronous context manager: leaving it writes what is left, and raises what went wrong.
    """

    ledger: Ledger
    now: Callable[[], int]
    _entries: "deque[_Entry]" = field(default_factory=deque)
    _has_entries: asyncio.Event = field(default_factory=asyncio.Event)
    _is_over: bool = False

    async def __aenter__(self) -> "Books":
        self._loop = asyncio.get_running_loop()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="books")
        self._keeping = self._loop.create_task(self._keep())
        return self

    async def __aexit__(self, *error: object) -> None:
        self._is_over = True
        self._has_entries.set()
        await asyncio.shield(self._keeping)
        self._thread.shutdown()

    async def begin(self, send: QueuedSend) -> bool:
        """Whether the first byte of `send` may go out: it is on record then."""
        return bool(await self._enter(begins=send))

    def settle(self, send: QueuedSend, outcome: Outcome) -> "asyncio.Future[bool]":
        """Writes down what became of `send`; False where that was no longer this worker's to say."""
        return self._enter(became=(send, outcome))

    async def do(self, work: Callable[[], Any]) -> Any:
        """What `work` returns, done between two transactions."""
        return await self._enter(do=work)

    def post(self, work: Callable[[], Any]) -> None:
        """Has `work` done in its turn; whoever asks for something later hears of what goes wrong."""
        self._enter(do=work).add_done_callback(_look)

    def _enter(self, **entry: Any) -> "asyncio.Future[Any]":
        future = self._loop.create_future()
        self._entries.append(_Entry(future, **entry))
        self._has_entries.set()
        return future

    async def _keep(self) -> None:
        while self._entries or not self._is_over:
            # Who ends the loop cancels every task, and some have yet to say what became of their message.
            with suppress(asyncio.CancelledError):
                await self._has_entries.wait()
                await self._let_others_enter()
            self._has_entries.clear()
            while self._entries:
                group = [self._entries.popleft() for _ in range(min(_MOST, len(self._entries)))]
                await self._write([entry for entry in group if entry.do is None])
                for entry in group:
                    if entry.do is not None:
                        await self._tell([entry], _in_a_list(entry.do))

    async def _let_others_enter(self) -> None:
        """Until nobody has anything more: what is entered now is one transaction."""
        before = 0
        while before < len(self._entries) < _MOST:
            before = len(self._entries)
            await asyncio.sleep(0)
            await asyncio.sleep(0)  # what was heard in the first round is answered in the second

    async def _write(self, group: Sequence[_Entry]) -> None:
        """Ends before beginnings: each connection waits for one before it asks for the next."""
        if not group:
            return
        became = [entry for entry in group if entry.became is not None]
        begins = [entry for entry in group if entry.begins is not None]

        def write() -> list[bool]:
            settled, begun = self.ledger.write(
                [entry.became for entry in became if entry.became is not None],
                [entry.begins for entry in begins if entry.begins is not None],
                self.now(),
            )
            return settled + begun

        await self._tell([*became, *begins], write)

    async def _tell(self, entries: Sequence[_Entry], work: Callable[[], Sequence[Any]]) -> None:
        """Does the work, and tells each of `entries` what came of it."""
        try:
            results = await self._done(work)
        except BaseException as error:
            for entry in entries:
                if not entry.future.done():  # whoever waited was cancelled
                    entry.future.set_exception(error)
                    entry.future.exception()  # who no longer waits need not hear of it
            return
        for entry, result in zip(entries, results, strict=True):
            if not entry.future.done():
                entry.future.set_result(result)

    async def _done(self, work: Callable[[], T]) -> T:
        """What `work` returns: here, unless it would have to wait."""
        if self.ledger.is_at_hand:
            with suppress(Busy), self.ledger.not_waiting():
                return work()
        written = self._loop.run_in_executor(self._thread, work)
        while not written.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait([written])
        return written.result()


def _in_a_list(work: Callable[[], Any]) -> Callable[[], list[Any]]:
    return lambda: [work()]


def _look(done: "asyncio.Future[Any]") -> None:
    if not done.cancelled():
        done.exception()
