"""The resolver of a run: the name server that was named, or those of the system."""

from collections.abc import Sequence

from cryptography.x509 import Certificate

from mactl.audit.dns.asking import DnsResolver, new_places
from mactl.audit.dns.authorities import Authorities
from mactl.audit.dns.memo import MemoResolver
from mactl.audit.dns.nameserver import NameServer, Transport, parse_nameserver
from mactl.audit.dns.servers import HttpsServer, PlainServer, Server, TlsServer
from mactl.audit.dns.streams import TlsPlace
from mactl.audit.trust import tls_context
from mactl.errors import TryAgainLater, UsageError

DEFAULT_TIMEOUT = 5.0
_KEPT = 4_000  # answers that a run remembers for the next domain


def system_resolver(
    nameserver: str | None = None,
    timeout: float = DEFAULT_TIMEOUT,
    trusted: Sequence[Certificate] = (),
) -> MemoResolver:
    """A resolver for one run that asks `nameserver`, else the system's servers.

    `nameserver` is `HOST:PORT`, `tls://HOST[:PORT][#NAME]` or `https://HOST[:PORT]/PATH`, whose
    certificate is verified by what the system trusts and by `trusted`. Raises UsageError where it
    is none of these, TryAgainLater where the system names no server.
    """
    if not 0 < timeout < float("inf"):
        raise UsageError(f"a timeout of {timeout} seconds is not possible", "try 5")
    places = new_places()
    if nameserver is None:
        servers: Sequence[Server] = [PlainServer(address) for address in _addresses_of_system()]
        authorities = Authorities(timeout, places)
    else:
        named = parse_nameserver(nameserver)
        servers = [_server(named, trusted)]
        port = named.port if named.transport is Transport.PLAIN else 53
        authorities = Authorities(timeout, places, port if named.private else None)
    return MemoResolver(DnsResolver(servers, timeout, authorities.at, places), keep=_KEPT)


def _server(named: NameServer, trusted: Sequence[Certificate]) -> Server:
    match named.transport:
        case Transport.PLAIN:
            return PlainServer(named.address, named.port)
        case Transport.TLS:
            return TlsServer(TlsPlace(named.address, named.port, named.name, tls_context(trusted)))
        case Transport.HTTPS:
            return HttpsServer(named.url, tls_context(trusted))


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
