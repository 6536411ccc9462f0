"""Questions over HTTPS (RFC 8484)."""

import asyncio
import ssl

import httpx2

from mactl.audit.dns.wire import LARGEST, Question

_TYPE = "application/dns-message"
_HEADERS = {"accept": _TYPE, "content-type": _TYPE, "accept-encoding": "identity"}
_CONNECTIONS = 4  # one is enough with HTTP/2, which most such servers ask for


class HttpsPlace:
    """Asks at one address. Its connection ends with the event loop's tasks."""

    def __init__(self, url: str, context: ssl.SSLContext) -> None:
        self._url = url
        self._context = context
        self._client: httpx2.AsyncClient | None = None
        self._keeper: asyncio.Task[None] | None = None

    async def exchange(self, question: Question) -> bytes:
        """The answer; raises OSError where the server can't be reached or answers something else."""
        packet = question.packet(0)  # RFC 8484 4.1: under the number 0, for the sake of caches
        try:
            async with self._opened().stream(
                "POST", self._url, content=packet, headers=_HEADERS
            ) as response:
                if response.status_code != httpx2.codes.OK:
                    raise ConnectionError(f"HTTP status {response.status_code}")
                wire = b""
                async for piece in response.aiter_raw():
                    wire += piece
                    if len(wire) > LARGEST:
                        raise ConnectionError("more than a message holds")
        except Exception as problem:  # a server chose the octets; more than HTTPError comes of it
            raise _cause(problem) from None
        if not question.is_answered_by(wire, 0):
            raise ConnectionError("what it sent is no answer")
        return wire

    def _opened(self) -> httpx2.AsyncClient:
        if self._client is None:
            self._client = httpx2.AsyncClient(
                verify=self._context,
                http2=True,
                trust_env=False,
                timeout=None,  # whoever asks says how long
                limits=httpx2.Limits(max_connections=_CONNECTIONS),
            )
            self._keeper = asyncio.ensure_future(_close_at_the_end(self._client))
        return self._client


async def _close_at_the_end(client: httpx2.AsyncClient) -> None:
    try:
        await asyncio.Event().wait()  # until the loop ends, and with it its tasks
    finally:
        await client.aclose()


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
