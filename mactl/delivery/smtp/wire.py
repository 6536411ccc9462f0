"""A connection as SMTP knows it: lines out, replies in, in the order in which they were asked for."""

import asyncio
import ipaddress
import ssl
from collections import deque
from dataclasses import dataclass

from mactl.connections import readable, trouble_of

_LONGEST_LINE = 8 * 1024  # octets; RFC 5321 4.5.3.1.5 has 512
_MOST_LINES = 1000  # of one reply


class WireLost(Exception):
    """The connection ended, or what came over it means nothing; why, in words for people."""


@dataclass(frozen=True, slots=True)
class WireReply:
    """A reply: its code, and its lines without it."""

    code: int
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """As one line that is safe to show and to keep."""
        return readable(" ".join(self.lines))


class Wire(asyncio.Protocol):
    """One end of a connection, for one caller at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._heard = bytearray()
        self._lines: list[str] = []
        self._replies: deque[WireReply] = deque()
        self._waiting: asyncio.Future[None] | None = None
        self._why: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether the connection stands, as far as we know."""
        return self._transport is not None and self._why is None

    @property
    def has_spoken(self) -> bool:
        """Whether something came that nobody has read: at a time when nothing was asked, a goodbye or worse."""
        return bool(self._replies or self._heard or self._lines)

    @property
    def own_address(self) -> str:
        """This end of the connection as an address literal (RFC 5321 4.1.3)."""
        assert self._transport is not None
        name = self._transport.get_extra_info("sockname")[0]
        address = ipaddress.ip_address(name.partition("%")[0])
        return f"[{'IPv6:' if address.version == 6 else ''}{address}]"

    def write(self, data: bytes) -> None:
        """Sends `data`. Raises WireLost where the connection has ended."""
        if self._transport is None or self._why is not None:
            raise WireLost(self._why or "the connection is closed")
        self._transport.write(data)

    async def reply(self, patience: float) -> WireReply:
        """The next reply, waited for at most `patience` seconds; WireLost where there is none."""
        if self._replies:
            return self._replies.popleft()
        if self._why is not None:
            raise WireLost(self._why)
        loop = asyncio.get_running_loop()
        self._waiting = loop.create_future()
        limit = loop.call_later(patience, self._end, "no answer in time")
        try:
            await self._waiting
        finally:
            limit.cancel()
            self._waiting = None
        if self._replies:
            return self._replies.popleft()
        raise WireLost(self._why or "the connection ended")

    async def ask(self, command: str, patience: float) -> WireReply:
        """The reply to one command."""
        self.write(f"{command}\r\n".encode())
        return await self.reply(patience)

    async def start_tls(self, context: ssl.SSLContext, host: str, patience: float) -> None:
        """TLS from here on (RFC 3207). Raises ssl.SSLError and OSError."""
        assert self._transport is not None
        transport = await asyncio.get_running_loop().start_tls(
            self._transport, self, context, server_hostname=host, ssl_handshake_timeout=patience
        )
        assert transport is not None
        self._transport = transport

    def abort(self) -> None:
        """Ends the connection without a word."""
        self._end("the connection is closed")
        if self._transport is not None:
            self._transport.abort()
            self._transport = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """As asyncio calls it."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """As asyncio calls it."""
        self._heard += data
        while self._why is None and (end := self._heard.find(b"\n")) >= 0:
            line = bytes(self._heard[:end]).rstrip(b"\r")
            del self._heard[: end + 1]
            self._take(line)
        if len(self._heard) > _LONGEST_LINE:
            self._end("Line too long")

    def eof_received(self) -> bool:
        """As asyncio calls it."""
        self._end("Connection unexpectedly closed")
        return False

    def connection_lost(self, error: Exception | None) -> None:
        """As asyncio calls it."""
        self._end(words(error) if error is not None else "Connection unexpectedly closed")

    def _take(self, line: bytes) -> None:
        if len(line) > _LONGEST_LINE or len(self._lines) >= _MOST_LINES:
            self._end("Line too long" if len(line) > _LONGEST_LINE else "a reply without an end")
            return
        code, more = line[:3], line[3:4]
        if not (code.isdigit() and len(code) == 3 and more in (b"", b" ", b"-")):
            self._end(f"not an answer: {readable(line.decode('utf-8', 'replace'))}")
            return
        self._lines.append(line[4:].decode("utf-8", "replace"))
        if more != b"-":
            self._replies.append(WireReply(int(code), tuple(self._lines)))
            self._lines.clear()
            self._wake()

    def _end(self, why: str) -> None:
        if self._why is None:
            self._why = why
        self._wake()

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)


def words(error: BaseException) -> str:
    """What went wrong with a connection, for people."""
    return trouble_of(error) or readable(str(error)) or type(error).__name__
