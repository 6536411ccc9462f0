"""Name servers as people name them: `HOST:PORT`, `tls://HOST:PORT#NAME`, `https://HOST/dns-query`."""

import ipaddress
import socket
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from mactl.audit.addresses import is_private
from mactl.audit.names import printable
from mactl.errors import UsageError

_HINT = "give HOST:PORT, such as 192.0.2.53:53 or [2001:db8::53]:53, tls://HOST or https://HOST/dns-query"
_PATH = "/dns-query"


class Transport(StrEnum):
    """How a name server is spoken to."""

    PLAIN = "plain"
    TLS = "tls"
    HTTPS = "https"


_PORTS = {Transport.PLAIN: 53, Transport.TLS: 853, Transport.HTTPS: 443}


@dataclass(frozen=True, slots=True)
class NameServer:
    """A name server that was named.

    `name` is what its certificate must hold; `path` is where it is asked over HTTPS.
    """

    transport: Transport
    address: str
    port: int
    name: str
    path: str = ""

    @property
    def url(self) -> str:
        """Where it is asked over HTTPS."""
        host = f"[{self.name}]" if ":" in self.name else self.name
        return f"https://{host}:{self.port}{self.path}"

    @property
    def private(self) -> bool:
        """Whether it is one of this machine's or this network's."""
        try:
            return is_private(self.address)
        except ValueError:  # fe80::1%eth0
            return True


def parse_nameserver(text: str) -> NameServer:
    """The name server that `text` names, its host resolved by the system.

    Raises UsageError where it names none.
    """
    stripped = text.strip()
    scheme, separator, rest = stripped.partition("://")
    if not separator:
        return _at(text, Transport.PLAIN, stripped)
    match scheme.lower():
        case "tls":
            place, _, name = rest.removesuffix("/").partition("#")
            return _at(text, Transport.TLS, place, name)
        case "https":
            return _over_https(text)
        case _:
            raise _no_server(text, "is not a name server")


def _over_https(text: str) -> NameServer:
    try:
        # RFC 8484 4.1.1: such addresses are told as templates, whose variable is for GET alone.
        parts = urlsplit(text.strip().removesuffix("{?dns}"))
    except ValueError:
        raise _no_server(text, "is not a name server") from None
    path = parts.path or _PATH
    if parts.query or parts.fragment or "@" in parts.netloc or not path.isascii():
        raise _no_server(text, "is not a name server")
    return _at(text, Transport.HTTPS, parts.netloc, path=path)


def _at(text: str, transport: Transport, place: str, name: str = "", path: str = "") -> NameServer:
    host, port = _host_and_port(text, place, _PORTS[transport])
    return NameServer(transport, _address(text, host), port, name or host, path)


def _host_and_port(text: str, place: str, default: int) -> tuple[str, int]:
    """`192.0.2.53`, `192.0.2.53:5353`, `::1`, `[::1]:5353` or `localhost:5353`."""
    host, colon, port = place, "", ""
    if host.startswith("["):
        host, bracket, rest = host[1:].partition("]")
        colon, port = rest[:1], rest[1:]
        if not bracket or colon not in ("", ":"):
            raise _no_server(text, "is not a name server")
    elif host.count(":") == 1:
        host, colon, port = host.partition(":")
    if colon and not (port.isascii() and port.isdigit() and 0 < int(port[:6]) < 65536):
        raise _no_server(text, "has no port from 1 to 65535")
    return host, int(port or default)


def _address(text: str, host: str) -> str:
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        pass
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_DGRAM) if host else []
    except (OSError, UnicodeError):
        found = []
    if not found:
        raise _no_server(text, "is not a name server that can be found")
    return str(found[0][4][0])


def _no_server(text: str, why: str) -> UsageError:
    return UsageError(f"'{printable(text, 80)}' {why}", _HINT)
