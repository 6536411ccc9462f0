"""A transport for who sends a message now and then, and waits for what comes of it."""

import asyncio

from mactl.delivery.transport import Answer, Envelope, Session, Transport


class BlockingSessions:
    """One session of `transport` after another, in a loop of their own; `close` ends both."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._runner = asyncio.Runner()
        self._session: Session | None = None

    def open(self) -> None:
        """A session, where none is open. Raises what the transport raises."""
        if self._session is None or not self._session.is_open:
            self._session = self._runner.run(self._transport.open())

    def deliver(self, envelope: Envelope) -> Answer:
        """Sends one message over the session that is open, and says what came of it."""
        assert self._session is not None
        answer = self._runner.run(self._session.deliver(envelope))
        assert answer is not None  # nobody was asked whether it may begin
        return answer

    def close(self) -> None:
        """Ends the session, if any."""
        if self._session is not None:
            self._runner.run(self._session.close())
            self._session = None
        self._runner.close()
