"""The resolver of a run: the name server that was named, or those of the system."""

import ipaddress
import socket

import dns.asyncresolver
import dns.resolver

from mactl.audit.dns.asking import EDNS_PAYLOAD, DnsResolver
from mactl.audit.dns.memo import MemoResolver
from mactl.audit.names import printable
from mactl.errors import TryAgainLater, UsageError

DEFAULT_TIMEOUT = 5.0
_TRY_SECONDS = 2.0  # one UDP packet may get lost; ask again well before the lifetime ends


def system_resolver(
    nameserver: str | None = None, timeout: float = DEFAULT_TIMEOUT
) -> MemoResolver:
    """A resolver for one run that asks `nameserver` (`HOST:PORT`), else the system's servers.

    Raises UsageError where `nameserver` or `timeout` is none, TryAgainLater where the system names
    no server.
    """
    if not 0 < timeout < float("inf"):
        raise UsageError(f"a timeout of {timeout} seconds is not possible", "try 5")
    try:
        resolver = dns.asyncresolver.Resolver(configure=nameserver is None)
    except dns.resolver.NoResolverConfiguration:
        raise _no_server() from None
    if nameserver is not None:
        address, port = _host_and_port(nameserver)
        resolver.nameservers = [address]
        resolver.nameserver_ports = {address: port}
    if not resolver.nameservers:
        raise _no_server()
    resolver.timeout = min(_TRY_SECONDS, timeout)
    resolver.use_edns(0, 0, EDNS_PAYLOAD)
    return MemoResolver(DnsResolver(resolver, timeout))


def _no_server() -> TryAgainLater:
    return TryAgainLater("the system names no DNS server", "name one with --nameserver HOST:PORT")


def _host_and_port(text: str) -> tuple[str, int]:
    """`192.0.2.53`, `192.0.2.53:5353`, `::1`, `[::1]:5353` or `localhost:5353`, resolved."""
    hint = "give HOST:PORT, such as 192.0.2.53:53 or [2001:db8::53]:53"
    host, colon, port = text.strip(), "", ""
    if host.startswith("["):
        host, bracket, rest = host[1:].partition("]")
        colon, port = rest[:1], rest[1:]
        if not bracket or colon not in ("", ":"):
            raise UsageError(f"'{printable(text, 80)}' is not a name server", hint)
    elif host.count(":") == 1:
        host, colon, port = host.partition(":")
    if colon and not (port.isascii() and port.isdigit() and 0 < int(port[:6]) < 65536):
        raise UsageError(f"'{printable(text, 80)}' has no port from 1 to 65535", hint)
    try:
        return str(ipaddress.ip_address(host)), int(port or 53)
    except ValueError:
        pass
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_DGRAM) if host else []
    except (OSError, UnicodeError):
        found = []
    if not found:
        raise UsageError(f"'{printable(text, 80)}' is not a name server that can be found", hint)
    return str(found[0][4][0]), int(port or 53)
