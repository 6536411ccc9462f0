"""Questions over TCP and TLS: each message after its length (RFC 1035 4.2.2, RFC 7858 3.3)."""

import asyncio
import ssl
from dataclasses import dataclass, field

from mactl.audit.dns.lasting import until_the_loop_ends
from mactl.audit.dns.wire import Question

_NUMBERS = 1 << 16
_FRESH_STARTS = 2
_OPENING = 5.0  # seconds


async def exchange_once(address: str, port: int, question: Question, edns: bool) -> bytes:
    """The answer over a connection of its own, which every server that speaks TCP can.

    Raises OSError where there is no connection, or where it ends before the answer.
    """
    reader, writer = await asyncio.open_connection(address, port)
    try:
        writer.write(_framed(question.packet(0, edns)))
        while not question.is_answered_by(wire := await _read(reader), 0):
            pass
        return wire
    finally:
        writer.transport.abort()


@dataclass(frozen=True, slots=True)
class TlsPlace:
    """A server of DNS over TLS, and the name that its certificate must hold."""

    address: str
    port: int
    name: str
    context: ssl.SSLContext


class TlsStream:
    """Asks one server over TLS: all questions over one connection, which is opened again when lost.

    The connection ends with the event loop's tasks.
    """

    def __init__(self, place: TlsPlace) -> None:
        self._place = place
        self._opening: asyncio.Task[_Connection | OSError] | None = None

    async def exchange(self, question: Question) -> bytes:
        """The answer; raises OSError where the server can't be reached or believed."""
        for fresh in range(_FRESH_STARTS + 1):
            connection = await self._connection()
            try:
                return await connection.exchange(question)
            except OSError:
                # RFC 7766 6.2.4: a server may end a connection at any time; then ask over a new one.
                if fresh == _FRESH_STARTS or not connection.useful:
                    raise
        raise AssertionError("every turn returns or raises")

    async def _connection(self) -> "_Connection":
        if self._opening is None or _is_over(self._opening):
            self._opening = asyncio.ensure_future(_Connection.open(self._place))
        # Whoever gives up waiting must not end it for the others.
        opened = await asyncio.shield(self._opening)
        if isinstance(opened, OSError):
            raise opened
        return opened


def _is_over(opening: "asyncio.Task[_Connection | OSError]") -> bool:
    if not opening.done():
        return False
    opened = opening.result()
    return isinstance(opened, OSError) or opened.lost


@dataclass(eq=False)
class _Connection:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    useful: bool = False  # a question was answered over it
    lost: bool = False
    waiting: dict[int, tuple[Question, asyncio.Future[bytes]]] = field(default_factory=dict)
    last: int = 0

    @classmethod
    async def open(cls, place: TlsPlace) -> "_Connection | OSError":
        """A connection, or why there is none: an exception that nobody waits for would be logged."""
        try:
            async with asyncio.timeout(_OPENING):
                reader, writer = await asyncio.open_connection(
                    place.address, place.port, ssl=place.context, server_hostname=place.name
                )
        except OSError as problem:  # TimeoutError and ssl.SSLError are some
            return problem
        connection = cls(reader, writer)
        until_the_loop_ends(connection._read_all())
        return connection

    async def exchange(self, question: Question) -> bytes:
        if self.lost:
            raise ConnectionResetError("the server closed the connection")
        self.last = number = (self.last + 1) % _NUMBERS
        arrived: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self.waiting[number] = question, arrived
        try:
            self.writer.write(_framed(question.packet(number)))
            return await arrived
        finally:
            del self.waiting[number]

    async def _read_all(self) -> None:
        try:
            while True:
                wire = await _read(self.reader)
                question, arrived = self.waiting.get(int.from_bytes(wire[:2]), (None, None))
                if question is None or arrived is None or arrived.done():
                    continue
                if question.is_answered_by(wire, int.from_bytes(wire[:2])):
                    self.useful = True
                    arrived.set_result(wire)
        except OSError as problem:
            for _, arrived in self.waiting.values():
                if not arrived.done():
                    arrived.set_exception(ConnectionResetError(*problem.args))
        finally:
            self.lost = True
            self.writer.transport.abort()


def _framed(packet: bytes) -> bytes:
    return len(packet).to_bytes(2) + packet


async def _read(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readexactly(int.from_bytes(await reader.readexactly(2)))
    except asyncio.IncompleteReadError:
        raise ConnectionResetError("the server closed the connection without an answer") from None
