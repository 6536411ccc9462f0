"""A session: one message after another, the commands of the next with the body of the last (RFC 2920).

Where the server pipelines, a message costs one round trip: what goes out together is a body and MAIL, RCPT and DATA of
the message that follows. Of that nothing but the commands has left before the ledger says that it has begun.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress

from mactl.delivery.smtp.server import Patience
from mactl.delivery.smtp.wire import Wire, WireLost, WireReply
from mactl.delivery.transport import (
    Answer,
    Begin,
    Envelope,
    Following,
    Lost,
    Reply,
    Stage,
    Undeliverable,
    at_once,
    nothing,
)
from mactl.refusals import RefusalKind

_STAGES = (Stage.MAIL, Stage.RCPT, Stage.DATA)
_GO_AHEAD = 354


class SmtpSession:
    """A connection that is kept for one message after another; `offered` are the server's extensions, in lower case."""

    def __init__(self, wire: Wire, offered: Mapping[str, str], patience: Patience) -> None:
        self._wire = wire
        self._offered = offered
        self._patience = patience
        said = offered.get("size", "")
        self._largest = int(said) if said.isascii() and said.isdigit() else 0
        """Octets of a message; 0 where the server names no limit (RFC 1870 4)."""
        self._announced: Envelope | None = None
        """Whose commands went out with the last body."""

    @property
    def is_open(self) -> bool:
        """Whether the connection still stands, as far as we know."""
        return self._wire.is_open

    async def deliver(
        self, envelope: Envelope, begin: Begin = at_once, following: Following = nothing
    ) -> Answer | None:
        """Sends one message. The session is closed after a loss, and after a 421.

        Before the first byte of the message goes out `begin` is asked; where it says no, None comes back and the
        session is closed. `following` is asked which message comes next, once it could be announced.
        """
        # One that is announced was looked at before that.
        if self._announced is not envelope and (obstacle := self._obstacle(envelope)):
            return obstacle
        try:
            answer = await self._converse(envelope, begin, following)
        except BaseException:
            self._wire.abort()  # in the middle of a message a goodbye would become part of it
            raise
        if answer is None or isinstance(answer, Lost) or answer.is_closing:
            self._wire.abort()
        elif answer.stage is not Stage.MESSAGE:
            await self._reset()
        return answer

    async def close(self) -> None:
        """Says goodbye, and doesn't wait long for an answer."""
        if self._wire.is_open and self._announced is None:
            with suppress(WireLost):  # it is over either way
                await self._wire.ask("QUIT", self._patience.farewell)
        self._wire.abort()

    def _obstacle(self, envelope: Envelope) -> Undeliverable | None:
        """Why this server can't be given the message."""
        addresses, message = envelope.recipient + envelope.return_path, envelope.message
        if envelope.obstacle is not None:
            return envelope.obstacle
        if not (message.count(b"\r\n") == message.count(b"\r") == message.count(b"\n")):
            # RFC 5321 2.3.8: it might end where no one meant
            return Undeliverable("the message has a bare CR or LF in it")
        if self._largest and len(message) > self._largest:
            return Undeliverable(
                f"the message has {len(message):,} bytes, and the server takes {self._largest:,} at most (SIZE)"
            )
        if lacking := self._lacking(addresses, message):
            return Undeliverable(lacking, RefusalKind.PROTOCOL)
        return None

    def _lacking(self, addresses: str, message: bytes) -> str | None:
        """What the server would have to take, and does not."""
        if not addresses.isascii() and "smtputf8" not in self._offered:
            return "the address has letters beyond ASCII, which the server does not take (SMTPUTF8)"
        if message.isascii():
            return None
        if not _header(message).isascii() and "smtputf8" not in self._offered:
            return "the header has letters beyond ASCII, which the server does not take (SMTPUTF8)"
        if "8bitmime" not in self._offered:
            return "the message has bytes beyond ASCII, which the server does not take (8BITMIME)"
        return None

    async def _converse(
        self, envelope: Envelope, begin: Begin, following: Following
    ) -> Reply | Lost | None:
        stage = Stage.MAIL
        try:
            if self._announced is None:
                await self._notice()
                if self._wire.has_spoken or not self._wire.is_open:
                    return Lost(stage, "the server had ended the session")
                if self._pipelines:
                    self._wire.write(self._commands(envelope))
            elif self._announced is not envelope:
                raise AssertionError("another message was announced")
            is_out, self._announced = self._pipelines, None
            for stage, command in zip(_STAGES, self._lines(envelope), strict=True):
                if not is_out:
                    self._wire.write(command)
                reply = await self._hear(stage)
                if reply.code // 100 in (4, 5):
                    if is_out:
                        await self._pass_over(stage)
                    return reply
                if reply.code // 100 != (3 if stage is Stage.DATA else 2):
                    raise WireLost(f"the server answered {reply.code}, which means nothing here")
            if not await begin():
                return None
            stage = Stage.MESSAGE
            self._wire.write(_stuffed(envelope.message) + self._announcement(following))
            return await self._hear(stage)
        except WireLost as lost:
            return Lost(stage, str(lost))

    async def _notice(self) -> None:
        """Lets the loop look at the connection: what came meanwhile, or its end, is known afterwards."""
        for _ in range(2):
            await asyncio.sleep(0)

    def _announcement(self, following: Following) -> bytes:
        """The commands for the next message, where there is one and the server pipelines."""
        if not self._pipelines:
            return b""
        envelope = following()
        if envelope is None or self._obstacle(envelope):
            return b""
        self._announced = envelope
        return self._commands(envelope)

    async def _pass_over(self, stage: Stage) -> None:
        """Hears out the replies to what went out behind a command that was refused at `stage`."""
        for behind in _STAGES[_STAGES.index(stage) + 1 :]:
            reply = await self._hear(behind)
            if behind is Stage.DATA and reply.code == _GO_AHEAD:
                # RFC 2920 3.1: a server that goes on without a recipient gets a message of nothing.
                self._wire.write(b".\r\n")
                await self._hear(Stage.MESSAGE)

    async def _hear(self, stage: Stage) -> Reply:
        patience = (
            self._patience.end_of_message if stage is Stage.MESSAGE else self._patience.command
        )
        reply = await self._wire.reply(patience)
        if not 200 <= reply.code < 600 or (reply.code // 100 == 3 and stage is not Stage.DATA):
            # What is no answer leaves us where silence would.
            raise WireLost(f"not an answer: {reply.code} {reply.text}")
        return Reply(reply.code, reply.text, stage)

    @property
    def _pipelines(self) -> bool:
        return "pipelining" in self._offered

    def _commands(self, envelope: Envelope) -> bytes:
        return b"".join(self._lines(envelope))

    def _lines(self, envelope: Envelope) -> tuple[bytes, bytes, bytes]:
        """MAIL, RCPT and DATA, with what the server wants to know beforehand."""
        message, options = envelope.message, ""
        if "size" in self._offered:
            options += f" SIZE={len(message)}"  # RFC 1870 6
        if not message.isascii():
            options += " BODY=8BITMIME"  # RFC 6152 3; _obstacle saw that it is offered
        addresses = envelope.recipient + envelope.return_path
        if not addresses.isascii() or not _header(message).isascii():
            options += " SMTPUTF8"  # RFC 6531 3.4
        return (
            f"MAIL FROM:<{envelope.return_path}>{options}\r\n".encode(),
            f"RCPT TO:<{envelope.recipient}>\r\n".encode(),
            b"DATA\r\n",
        )

    async def _reset(self) -> None:
        """Forgets a message that was refused half-way (RFC 5321 4.1.1.5)."""
        try:
            reply: WireReply | None = await self._wire.ask("RSET", self._patience.command)
        except WireLost:
            reply = None
        if reply is None or reply.code // 100 != 2:
            self._wire.abort()


def _header(message: bytes) -> bytes:
    return message.partition(b"\r\n\r\n")[0]


def _stuffed(message: bytes) -> bytes:
    """With lines that begin with a dot given another one, and the end of the message (RFC 5321 4.5.2)."""
    text = message.replace(b"\r\n.", b"\r\n..")
    if text.startswith(b"."):
        text = b"." + text
    return text + (b"" if text.endswith(b"\r\n") else b"\r\n") + b".\r\n"
