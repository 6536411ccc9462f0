"""Keeping the ledger for all connections of a process: what comes together is written together.

A transaction costs as much as writing ten messages down, and so a thread of its own writes all that has come since the
last one: first what became of messages, then which may begin. A connection's message before is therefore on record
before its next one begins, and what is in doubt after a crash is one message per connection.
"""

import asyncio
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from mactl.store.ledger import Ledger, Outcome, QueuedSend

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
    _entries: "queue.SimpleQueue[_Entry | None]" = field(default_factory=queue.SimpleQueue)
    _thread: threading.Thread | None = None
    _loop: asyncio.AbstractEventLoop | None = None

    async def __aenter__(self) -> "Books":
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._write_all, name="books", daemon=True)
        self._thread.start()
        return self

    async def __aexit__(self, *error: object) -> None:
        self._entries.put(None)
        assert self._thread is not None
        # In a thread, for the last entries still want to tell the loop that they are written.
        await asyncio.get_running_loop().run_in_executor(None, self._thread.join)

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
        assert self._loop is not None
        future = self._loop.create_future()
        self._entries.put(_Entry(future, **entry))
        return future

    def _write_all(self) -> None:
        while (entry := self._entries.get()) is not None:
            group = [entry]
            is_last = False
            while len(group) < _MOST:
                try:
                    more = self._entries.get_nowait()
                except queue.Empty:
                    break
                if more is None:
                    is_last = True
                    break
                group.append(more)
            self._write(group)
            if is_last:
                return

    def _write(self, group: Sequence[_Entry]) -> None:
        """Ends, then beginnings, then the rest: each connection waits for one before it asks for the next."""
        became = [entry for entry in group if entry.became is not None]
        begins = [entry for entry in group if entry.begins is not None]
        try:
            settled, begun = self.ledger.write(
                [entry.became for entry in became if entry.became is not None],
                [entry.begins for entry in begins if entry.begins is not None],
                self.now(),
            )
        except BaseException as error:
            self._tell([(entry, error, None) for entry in [*became, *begins]])
        else:
            results = zip([*became, *begins], [*settled, *begun], strict=True)
            self._tell([(entry, None, result) for entry, result in results])
        for entry in group:
            if entry.do is not None:
                try:
                    self._tell([(entry, None, entry.do())])
                except BaseException as error:
                    self._tell([(entry, error, None)])

    def _tell(self, told: Sequence[tuple[_Entry, BaseException | None, Any]]) -> None:
        def tell() -> None:
            for entry, error, result in told:
                if entry.future.done():  # whoever waited was cancelled
                    continue
                if error is not None:
                    entry.future.set_exception(error)
                    entry.future.exception()  # who no longer waits need not hear of it
                else:
                    entry.future.set_result(result)

        assert self._loop is not None
        if told:
            self._loop.call_soon_threadsafe(tell)


def _look(done: "asyncio.Future[Any]") -> None:
    if not done.cancelled():
        done.exception()
