"""Pages over HTTPS, from public addresses only.

h11 reads and writes HTTP/1.1 (RFC 9112) without a socket of its own: the connection stays ours, to an
address that was looked up by the audit's own resolver and checked. The HTTP clients at hand resolve
names by themselves, once more, and a name may then lead elsewhere.
"""

import asyncio
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import h11
from cryptography.x509 import Certificate

from mactl import __version__
from mactl.audit.addresses import is_address, is_private
from mactl.audit.dns import Resolver
from mactl.audit.names import is_queryable, printable
from mactl.audit.trust import tls_context
from mactl.audit.web.decoding import Decoded, TooLarge
from mactl.audit.web.pages import Page, Trouble
from mactl.errors import UsageError

DEFAULT_TIMEOUT = 5.0
_AT_ONCE = 16
_MOST_ADDRESSES = 4
_CHUNK = 16 * 1024
_OVERHEAD = 256 * 1024  # octets that may come beside a page
_HEADERS = (("User-Agent", f"mactl/{__version__}"), ("Accept", "*/*"), ("Connection", "close"))


@dataclass(frozen=True, slots=True)
class _Target:
    """Where an https address leads: `authority` is for Host, `path` the request target."""

    url: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == 443 else f"{host}:{self.port}"


class HttpsWeb:
    """A web of https addresses: one GET each, no redirects, no cookies, no proxies.

    `timeout` bounds each fetch in seconds, from the questions to the DNS to the last octet. With
    `http` (`HOST:PORT`) every fetch goes to that server instead, wherever it is, as if it were the
    one that the address names; `trusted` are certificates to trust beside those of the system.
    Lives in one event loop. Raises UsageError where `http` is none.
    """

    def __init__(
        self,
        resolver: Resolver,
        timeout: float = DEFAULT_TIMEOUT,
        http: str | None = None,
        trusted: Sequence[Certificate] = (),
    ) -> None:
        self._resolver = resolver
        self._timeout = timeout
        self._instead = _server(http) if http is not None else None
        self._tls = tls_context(trusted)
        self._tls.set_alpn_protocols(["http/1.1"])
        self._slots = asyncio.Semaphore(_AT_ONCE)

    async def fetch(self, url: str, largest: int) -> Page:
        """The page at an https address, at most `largest` octets of it; failures are pages too."""
        target = _target(url)
        if target is None:
            return Page(url, trouble=Trouble.NOT_FETCHED, detail="it is no https address")
        async with self._slots:
            try:
                async with asyncio.timeout(self._timeout):
                    return await self._fetch(target, largest)
            except TimeoutError:
                detail = f"not there within {self._timeout:g} seconds"
                return Page(url, trouble=Trouble.TIMEOUT, detail=detail)

    async def _fetch(self, target: _Target, largest: int) -> Page:
        if not is_address(target.host) and not is_queryable(target.host):
            return Page(target.url, trouble=Trouble.NO_ADDRESS)
        if self._instead is not None:
            return await self._fetch_from([self._instead], target, largest)
        addresses, trouble = await self._addresses(target)
        if trouble is not None:
            return trouble
        return await self._fetch_from(addresses, target, largest)

    async def _addresses(self, target: _Target) -> tuple[list[tuple[str, int]], Page | None]:
        """Where to connect to: only what the questions here answered, never resolved again."""
        found, failure = await self._look_up(target.host)
        if not found:
            trouble = Trouble.DNS_FAILED if failure else Trouble.NO_ADDRESS
            return [], Page(target.url, trouble=trouble, detail=failure)
        public = [address for address in found if not is_private(address)]
        if not public:
            return [], Page(target.url, trouble=Trouble.PRIVATE_ADDRESS, detail=found[0])
        return [(address, target.port) for address in public[:_MOST_ADDRESSES]], None

    async def _look_up(self, host: str) -> tuple[list[str], str]:
        if is_address(host):
            return [host], ""
        answers = await asyncio.gather(
            *(self._resolver.query(host, kind) for kind in ("A", "AAAA"))
        )
        found = [record for answer in answers for record in answer.records if is_address(record)]
        failed = [answer.failure for answer in answers if answer.failed]
        return found, "; ".join(failed)

    async def _fetch_from(
        self, servers: Sequence[tuple[str, int]], target: _Target, largest: int
    ) -> Page:
        trouble = Page(target.url, trouble=Trouble.UNREACHABLE)
        for server in servers:
            try:
                async with asyncio.timeout(self._timeout / len(servers)):
                    reader, writer = await self._connect(server, target.host)
            except ssl.SSLCertVerificationError as problem:
                why = problem.verify_message or str(problem)
                return Page(target.url, trouble=Trouble.CERTIFICATE, detail=why)
            except ssl.SSLError as problem:
                why = problem.reason or str(problem)
                trouble = Page(target.url, trouble=Trouble.TLS, detail=why)
            except TimeoutError:
                detail = f"no connection to {server[0]}"
                trouble = Page(target.url, trouble=Trouble.TIMEOUT, detail=detail)
            except (OSError, UnicodeError) as problem:
                detail = getattr(problem, "strerror", None) or str(problem)
                trouble = Page(target.url, trouble=Trouble.UNREACHABLE, detail=detail)
            else:
                return await _ask(reader, writer, target, largest)
        return trouble

    async def _connect(
        self, server: tuple[str, int], host: str
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection(
            *server, ssl=self._tls, server_hostname=host, limit=_CHUNK
        )


async def _ask(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, target: _Target, largest: int
) -> Page:
    """One request on a connection, which is dropped afterwards."""
    try:
        http = h11.Connection(h11.CLIENT)
        headers = [("Host", target.authority), ("Accept-Encoding", "identity"), *_HEADERS]
        request = h11.Request(method="GET", target=target.path, headers=headers)
        writer.write((http.send(request) or b"") + (http.send(h11.EndOfMessage()) or b""))
        await writer.drain()
        return await _read(reader, http, target.url, largest)
    except TooLarge:
        detail = f"more than {largest} octets"
        return Page(target.url, trouble=Trouble.TOO_LARGE, detail=detail)
    except (h11.ProtocolError, ValueError) as problem:
        return Page(target.url, trouble=Trouble.NOT_HTTP, detail=str(problem))
    except OSError as problem:  # ssl.SSLError too
        detail = getattr(problem, "strerror", None) or str(problem)
        return Page(target.url, trouble=Trouble.NOT_HTTP, detail=detail)
    finally:
        writer.transport.abort()


async def _read(reader: asyncio.StreamReader, http: h11.Connection, url: str, largest: int) -> Page:
    """The answer; raises TooLarge, ValueError for what can't be decoded, h11.ProtocolError."""
    page, body, came = Page(url), Decoded(largest), 0
    while True:
        event = http.next_event()
        if event is h11.NEED_DATA:
            if came > 2 * largest + _OVERHEAD:  # of framing without end
                raise TooLarge
            data = await reader.read(_CHUNK)
            came += len(data)
            http.receive_data(data)
        elif isinstance(event, h11.Response):
            headers = {name: value.decode("latin-1") for name, value in event.headers}
            if int(headers.get(b"content-length", "0")) > largest:
                raise TooLarge
            kind = headers.get(b"content-type", "").partition(";")[0].strip().lower()
            page = Page(url, event.status_code, kind)
            body = Decoded(largest, headers.get(b"content-encoding", ""))
        elif isinstance(event, h11.Data):
            body.feed(bytes(event.data))
        elif isinstance(event, h11.EndOfMessage):
            return Page(url, page.status, page.content_type, body.whole())


def _target(url: str) -> _Target | None:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or 443
    except ValueError:
        return None
    written = url.isascii() and url.isprintable() and " " not in url
    if parts.scheme.lower() != "https" or not host or not written:
        return None
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return _Target(url, host.removesuffix("."), port, path)


def _server(text: str) -> tuple[str, int]:
    try:
        parts = urlsplit(f"//{text.strip()}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or port is None or f"//{parts.netloc}" != f"//{text.strip()}" or "@" in text:
        hint = "give HOST:PORT, such as localhost:8443"
        raise UsageError(f"'{printable(text, 80)}' is not a web server", hint)
    return host, port
