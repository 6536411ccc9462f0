"""Sessions for tests that say one thing after another."""

import asyncio
import threading
from collections.abc import Coroutine
from functools import cache
from typing import Any

from mactl.delivery.transport import Answer, Envelope, Session, Transport

_ENOUGH = 30  # seconds


@cache
def _loop() -> asyncio.AbstractEventLoop:
    """The loop of all sessions of this process; it ends with it."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()
    return loop


def wait_for(work: Coroutine[Any, Any, Any]) -> Any:
    """What `work` returns, or raises."""
    return asyncio.run_coroutine_threadsafe(work, _loop()).result(_ENOUGH)


class Talk:
    """A transport whose sessions wait for what comes of each message."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport

    def open(self) -> "Talking":
        """A new session."""
        return Talking(wait_for(self.transport.open()))


class Talking:
    """An open session."""

    def __init__(self, session: Session) -> None:
        self.session = session

    @property
    def is_open(self) -> bool:
        """As the session says."""
        return self.session.is_open

    def deliver(self, envelope: Envelope) -> Answer:
        """One message on its own."""
        answer: Answer | None = wait_for(self.session.deliver(envelope))
        assert answer is not None
        return answer

    def close(self) -> None:
        """Ends the session."""
        wait_for(self.session.close())
