"""Noticing that no name server says anything any more, once for all questions."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager

from mactl.audit.dns.datagrams import FIRST_PAUSE


class Silence:
    """Ends every question once nothing was heard for `patience` seconds, and lets none begin then.

    One name whose servers are dead must not look like that, nor a few lost packets: before it is
    believed, `probe` asks what every server has an answer to, again and again.
    """

    def __init__(self, patience: float, probe: Callable[[], Coroutine[None, None, object]]) -> None:
        self._patience = patience
        self._probe = probe
        self._suspicious = min(FIRST_PAUSE, patience / 2)
        self._limits: set[asyncio.Timeout] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._probing: asyncio.Task[None] | None = None
        self.complete = False

    def heard(self) -> None:
        """A server said something."""
        self.complete = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._probing is not None:
            self._probing.cancel()
            self._probing = None

    @asynccontextmanager
    async def listening(self, ends: float) -> AsyncIterator[None]:
        """Raises TimeoutError at `ends` of the loop's clock, or when the silence is complete."""
        if self._timer is None and self._probing is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self._suspicious, self._suspect)
        async with asyncio.timeout_at(ends) as limit:
            self._limits.add(limit)
            try:
                yield
            finally:
                self._limits.discard(limit)

    def _suspect(self) -> None:
        self._timer = None
        if self._limits:
            self._probing = asyncio.ensure_future(self._find_out())

    async def _find_out(self) -> None:
        """Whatever is heard meanwhile cancels it."""
        probe = asyncio.ensure_future(self._probe())
        try:
            await asyncio.sleep(self._patience - self._suspicious)
        finally:
            probe.cancel()
        self._probing = None
        self.complete = True
        now = asyncio.get_running_loop().time()
        for limit in self._limits:
            if not limit.expired():
                limit.reschedule(now)
