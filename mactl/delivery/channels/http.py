"""Requests to one address over HTTP, one after another, with limits on time and size.

The standard library's parser of answers under a request of our own: whether a request was written whole decides
whether it may be repeated, and of the clients at hand none tells. No redirects, no proxies from the environment.
"""

import base64
import http.client
import io
import ipaddress
import re
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import quote, unquote, urlsplit

from mactl import __version__
from mactl.connections import certificate_fault, trouble_of
from mactl.delivery.transport import Answer, Lost, Reply, Stage, Unreachable
from mactl.errors import ConfigurationError
from mactl.refusals import Refusal, RefusalKind

_PORTS = {"https": 443, "http": 80}
_FIELD_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110 5.6.2
_FIELD_VALUE = re.compile(r"[\x21-\x7e]([\x20-\x7e\t]*[\x21-\x7e])?")  # RFC 9110 5.5, ASCII only
_OURS = frozenset(("host", "content-length", "transfer-encoding", "connection", "idempotency-key"))
_PATH_AS_IT_IS = "/%:=&?~+!$,;'@()*[]|"
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
_LARGEST = 64 * 1024  # bytes of an answer that are read
_LONGEST = 500  # characters of it that are kept

# Refused for now: it is about who asks, or when, and not about this message (RFC 9110 15.5, RFC 6585 4).
_FOR_NOW = frozenset((401, 403, 407, 408, 425, 429))
_NOT_NOW = frozenset((401, 403, 407, 429, 503))


@dataclass(frozen=True, slots=True)
class HttpReply(Reply):
    """The status that a request was answered with, and the beginning of the answer."""

    @property
    def is_taken(self) -> bool:
        """It was done (2xx)."""
        return self.code // 100 == 2

    @property
    def is_temporary(self) -> bool:
        """Refused, but it may be tried again: 5xx, 429 and others that are not about the message."""
        return self.code // 100 == 5 or self.code in _FOR_NOW

    @property
    def is_closing(self) -> bool:
        """The next message would fare no better for the time being."""
        return self.code in _NOT_NOW

    @property
    def enhanced(self) -> str | None:
        """HTTP has no enhanced status codes."""
        return None

    @property
    def refusal(self) -> Refusal:
        """No status says whether it is the address, or what was written."""
        return Refusal(RefusalKind.SYSTEM, None)

    def __str__(self) -> str:
        reason = http.client.responses.get(self.code, "")
        if self.code // 100 == 3:
            return f"HTTP {self.code}: it redirects, and redirects are not followed"
        return f"HTTP {self.code} {reason}".rstrip()


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds to wait: for the connection, and for one request with its answer as a whole."""

    connection: float = 10
    answer: float = 30


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address of a web server. What may be secret in it is never shown."""

    name: str
    """What mactl.yaml calls it: `webhooks.crm`."""
    scheme: str
    host: str
    port: int
    path: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)

    def __str__(self) -> str:
        return f"{self.name} ({self.host}:{self.port})"

    @property
    def authority(self) -> str:
        """The value of Host."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


def parse_endpoint(name: str, url: str, headers: Mapping[str, str] | None = None) -> Endpoint:
    """The address that `url` names; user and password in it become Basic credentials.

    Raises ConfigurationError, which repeats neither the URL nor a header's value, where it is no HTTP address.
    """
    try:
        parts = urlsplit(url.strip())
        port = parts.port or _PORTS[parts.scheme]
        host = (parts.hostname or "").encode("idna").decode("ascii")
    except (ValueError, KeyError):
        host = ""
    if not host or not url.isprintable():
        raise ConfigurationError(
            f"`{name}` is not the address of a web server", "write https://host/path"
        )
    given = dict(headers or {})
    if parts.username:
        user = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        given["Authorization"] = f"Basic {base64.b64encode(user.encode()).decode()}"
    for header, value in given.items():
        if not _FIELD_NAME.fullmatch(header) or header.lower() in _OURS:
            raise ConfigurationError(f"`{name}` has a header {header!r}, which can't be set")
        if not _FIELD_VALUE.fullmatch(value):
            raise ConfigurationError(f"`{name}`: the value of {header} is no plain line of ASCII")
    path = quote(parts.path or "/", safe=_PATH_AS_IT_IS)
    if parts.query:
        path += f"?{quote(parts.query, safe=_PATH_AS_IT_IS)}"
    return Endpoint(name, parts.scheme, host, port, path, given)


class HttpSession:
    """A connection to one address, kept open where the server keeps it."""

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        tls: ssl.SSLContext | None = None,
        patience: Patience | None = None,
    ) -> None:
        """Connects. Raises Unreachable, or ConfigurationError for a certificate that does not hold and for plain HTTP
        beyond this machine and private networks."""
        self._endpoint = endpoint
        self._patience = patience or Patience()
        try:
            self._socket: socket.socket | None = self._connect(tls)
        except ssl.SSLCertVerificationError as error:
            raise certificate_fault(endpoint, error) from error
        except OSError as error:
            raise Unreachable(f"{endpoint}: {_words(error)}") from error

    def _connect(self, tls: ssl.SSLContext | None) -> socket.socket:
        endpoint = self._endpoint
        wire = socket.create_connection((endpoint.host, endpoint.port), self._patience.connection)
        try:
            wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if endpoint.scheme == "https":
                context = tls or ssl.create_default_context()  # verifies the chain and the name
                return context.wrap_socket(wire, server_hostname=endpoint.host)
            there = ipaddress.ip_address(wire.getpeername()[0].partition("%")[0])
            if not (there.is_private or there.is_loopback):
                raise ConfigurationError(
                    f"{endpoint}: what it is told would go out in the clear", "write https://"
                )
        except BaseException:
            wire.close()
            raise
        return wire

    @property
    def is_open(self) -> bool:
        """Whether it can take another request; a server that hung up meanwhile is noticed."""
        if self._socket is not None and _has_spoken(self._socket):
            self.close()
        return self._socket is not None

    def post(self, body: bytes, key: str) -> Answer:
        """Sends one JSON document and says what came of it; `key` tells a repetition from another request."""
        return self._ask("POST", body, {"Content-Type": "application/json", "Idempotency-Key": key})

    def get(self) -> Answer:
        """Asks for the address, and says what came of it."""
        return self._ask("GET", b"", {})

    def _ask(self, method: str, body: bytes, about: Mapping[str, str]) -> Answer:
        assert self._socket is not None
        wire = _Wire(self._socket, time.monotonic() + self._patience.answer)
        try:
            wire.send(self._request(method, body, about))
        except OSError as error:
            self.close()
            return Lost(Stage.DATA, _words(error))
        response = http.client.HTTPResponse(cast(socket.socket, wire), method=method)
        try:
            response.begin()
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.close()
            return Lost(Stage.MESSAGE, _words(error))
        reply = HttpReply(response.status, self._excerpt(response), Stage.MESSAGE)
        if response.will_close or not response.isclosed():
            self.close()
        return reply

    def _request(self, method: str, body: bytes, about: Mapping[str, str]) -> bytes:
        endpoint = self._endpoint
        fields = {"Host": endpoint.authority, "User-Agent": f"mactl/{__version__}", **about}
        if method == "POST":
            fields["Content-Length"] = str(len(body))
        taken = {name.lower() for name in endpoint.headers}
        lines = [f"{method} {endpoint.path} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in fields.items() if name.lower() not in taken]
        lines += [f"{name}: {value}" for name, value in endpoint.headers.items()]
        return "\r\n".join((*lines, "", "")).encode("ascii") + body

    def _excerpt(self, response: http.client.HTTPResponse) -> str:
        """The beginning of the answer as one line that is safe to show and to keep."""
        try:
            data = response.read(_LARGEST)
            if not response.isclosed():
                response.read(1)  # sees the end, where this was all
        except (OSError, http.client.HTTPException, ValueError):
            self.close()  # the status has said what matters
            data = b""
        return _CONTROLS.sub(" ", data[: 4 * _LONGEST].decode("utf-8", "replace")).strip()[
            :_LONGEST
        ]

    def close(self) -> None:
        """Ends the connection."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None


class _Wire:
    """A socket that has until `deadline` for all that is sent and received; it stays open when it is let go."""

    def __init__(self, wire: socket.socket, deadline: float) -> None:
        self._socket = wire
        self._deadline = deadline

    def send(self, data: bytes) -> None:
        self._wait_no_longer()
        self._socket.sendall(data)

    def receive_into(self, buffer: memoryview) -> int:
        self._wait_no_longer()
        return self._socket.recv_into(buffer)

    def _wait_no_longer(self) -> None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._socket.settimeout(left)

    def makefile(self, mode: str) -> io.BufferedReader:
        """As `HTTPResponse` wants it."""
        return io.BufferedReader(_Incoming(self))


class _Incoming(io.RawIOBase):
    def __init__(self, wire: _Wire) -> None:
        self._wire = wire

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        return self._wire.receive_into(buffer)


def _has_spoken(wire: socket.socket) -> bool:
    """Whether the server hung up, or said something that nobody asked for. TLS deals with its own tickets meanwhile."""
    wire.settimeout(0)
    try:
        wire.recv(1)
    except (BlockingIOError, ssl.SSLWantReadError):
        return False
    except OSError:
        return True
    return True


def _words(error: Exception) -> str:
    if isinstance(error, http.client.RemoteDisconnected):
        return "it hung up without an answer"
    if isinstance(error, ssl.SSLError) and not error.reason:
        return "TLS failed: the connection broke"
    if trouble := trouble_of(error):
        return trouble
    if isinstance(error, (http.client.HTTPException, ValueError)):
        return "what answers there does not speak HTTP"
    return type(error).__name__
