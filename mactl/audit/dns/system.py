"""The resolver of a run: the name server that was named, or those of the system."""

import ssl
from collections.abc import Sequence
from pathlib import Path

from mactl.audit.dns.asking import DnsResolver, new_places
from mactl.audit.dns.authorities import Authorities
from mactl.audit.dns.memo import MemoResolver
from mactl.audit.dns.nameserver import NameServer, Transport, parse_nameserver
from mactl.audit.dns.servers import HttpsServer, PlainServer, Server, TlsServer
from mactl.audit.dns.streams import TlsPlace
from mactl.errors import TryAgainLater, UsageError

DEFAULT_TIMEOUT = 5.0
_KEPT = 4_000  # answers that a run remembers for the next domain


def system_resolver(
    nameserver: str | None = None, timeout: float = DEFAULT_TIMEOUT, ca_file: Path | None = None
) -> MemoResolver:
    """A resolver for one run that asks `nameserver`, else the system's servers.

    `nameserver` is `HOST:PORT`, `tls://HOST[:PORT][#NAME]` or `https://HOST[:PORT]/PATH`, whose
    certificate is verified by what the system trusts and by `ca_file`. Raises UsageError where one
    of these is none, TryAgainLater where the system names no server.
    """
    if not 0 < timeout < float("inf"):
        raise UsageError(f"a timeout of {timeout} seconds is not possible", "try 5")
    places = new_places()
    if nameserver is None:
        servers: Sequence[Server] = [PlainServer(address) for address in _addresses_of_system()]
        authorities = Authorities(timeout, places)
    else:
        named = parse_nameserver(nameserver)
        servers = [_server(named, ca_file)]
        port = named.port if named.transport is Transport.PLAIN else 53
        authorities = Authorities(timeout, places, port if named.private else None)
    return MemoResolver(DnsResolver(servers, timeout, authorities.at, places), keep=_KEPT)


def _server(named: NameServer, ca_file: Path | None) -> Server:
    match named.transport:
        case Transport.PLAIN:
            return PlainServer(named.address, named.port)
        case Transport.TLS:
            return TlsServer(TlsPlace(named.address, named.port, named.name, _trust(ca_file)))
        case Transport.HTTPS:
            return HttpsServer(named.url, _trust(ca_file))


def _trust(ca_file: Path | None) -> ssl.SSLContext:
    context = ssl.create_default_context()  # verifies the chain and the name
    if ca_file is not None:
        try:
            context.load_verify_locations(ca_file)
        except OSError as problem:  # ssl.SSLError is one: it holds no certificate
            why = (
                problem.strerror
                if not isinstance(problem, ssl.SSLError)
                else "no certificate in it"
            )
            raise UsageError(f"{ca_file}: {why}", "give a file of certificates in PEM") from None
    return context


def _addresses_of_system() -> list[str]:
    import dns.resolver  # slow to import, and only the system's own settings need it

    try:
        found = [str(server) for server in dns.resolver.Resolver().nameservers]
    except dns.resolver.NoResolverConfiguration:
        found = []
    if not found:
        raise TryAgainLater(
            "the system names no DNS server", "name one with --nameserver HOST:PORT"
        )
    return found
