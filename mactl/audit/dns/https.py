"""Questions over HTTPS (RFC 8484)."""

import asyncio
import ssl
from typing import Any

import httpcore2

from mactl.audit.dns.lasting import until_the_loop_ends
from mactl.audit.dns.wire import LARGEST, Question

_TYPE = "application/dns-message"
_HEADERS = [("accept", _TYPE), ("content-type", _TYPE), ("accept-encoding", "identity")]
_CONNECTIONS = 4  # one is enough with HTTP/2, which most such servers ask for


class HttpsPlace:
    """Asks at one address. Its connections end with the event loop's tasks."""

    def __init__(self, url: str, context: ssl.SSLContext) -> None:
        self._url = url
        self._context = context
        self._pool: httpcore2.AsyncConnectionPool | None = None

    async def exchange(self, question: Question) -> bytes:
        """The answer; raises OSError where the server can't be reached or answers something else."""
        packet = question.packet(0)  # RFC 8484 4.1: under the number 0, for the sake of caches
        try:
            wire = await self._post(packet)
        except Exception as problem:
            # A server chose the octets, and more than ProtocolError comes of it.
            raise _cause(problem) from None
        if not question.is_answered_by(wire, 0):
            raise ConnectionError("what it sent is no answer")
        return wire

    async def _post(self, packet: bytes) -> bytes:
        wire = b""
        async with self._opened().stream(
            "POST", self._url, headers=_HEADERS, content=packet
        ) as response:
            if response.status != 200:
                raise ConnectionError(f"HTTP status {response.status}")
            async for piece in response.aiter_stream():
                wire += piece
                if len(wire) > LARGEST:
                    raise ConnectionError("more than a message holds")
        return wire

    def _opened(self) -> httpcore2.AsyncConnectionPool:
        if self._pool is None:
            self._pool = httpcore2.AsyncConnectionPool(
                ssl_context=self._context,
                max_connections=_CONNECTIONS,
                http2=True,
                network_backend=_Backend(),
            )
            until_the_loop_ends(_close_at_the_end(self._pool))
        return self._pool


async def _close_at_the_end(pool: httpcore2.AsyncConnectionPool) -> None:
    try:
        await asyncio.Event().wait()
    finally:
        await pool.aclose()


def _cause(problem: BaseException) -> OSError:
    """What the system or TLS says of a failure, from under what wraps it."""
    under: BaseException | None = problem
    for _ in range(8):
        if under is None:
            break
        if isinstance(under, OSError):
            return under
        under = under.__cause__ or under.__context__
    return ConnectionError(str(problem) or type(problem).__name__)


class _Backend(httpcore2.AnyIOBackend):
    async def connect_tcp(self, *given: Any, **named: Any) -> httpcore2.AsyncNetworkStream:
        return _Stream(await super().connect_tcp(*given, **named))


class _Stream(httpcore2.AsyncNetworkStream):
    """A connection that is closed also where whoever opens it gives up before TLS has begun."""

    def __init__(self, stream: httpcore2.AsyncNetworkStream) -> None:
        self._stream = stream

    async def start_tls(self, *given: Any, **named: Any) -> httpcore2.AsyncNetworkStream:
        try:
            return await self._stream.start_tls(*given, **named)
        except BaseException:
            await self._stream.aclose()
            raise

    async def aclose(self) -> None:
        await self._stream.aclose()
