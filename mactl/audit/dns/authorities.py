"""The authoritative servers that a zone names, asked one by one."""

import asyncio
from dataclasses import dataclass
from ipaddress import ip_address

from mactl.audit.addresses import is_private
from mactl.audit.dns.answers import Answer, Outcome, Resolver
from mactl.audit.dns.asking import DnsResolver
from mactl.audit.dns.servers import PlainServer

_PORT = 53


@dataclass(frozen=True, slots=True)
class Authorities:
    """What asks a server at any address; whoever owns the zone chose the address.

    Private addresses are only asked, on `private_port`, where a zone is tried out before it is
    published; where that is None they are not.
    """

    timeout: float
    places: asyncio.Semaphore
    private_port: int | None = None

    def at(self, address: str) -> Resolver:
        """What asks the server at `address` without recursion."""
        try:
            private = is_private(ip := ip_address(address))
        except ValueError:
            return _Nobody("not an address", self)
        port = self.private_port if private else _PORT
        if port is None:
            return _Nobody("a private address is not asked", self)
        server = PlainServer(str(ip), port)
        return DnsResolver([server], self.timeout, self.at, self.places, recursive=False)


@dataclass(frozen=True, slots=True)
class _Nobody:
    why: str
    authorities: Authorities

    async def query(self, name: str, rdtype: str, *, unchecked: bool = False) -> Answer:
        return Answer(name, rdtype, Outcome.UNREACHABLE, detail=self.why)

    def at(self, address: str) -> Resolver:
        return self.authorities.at(address)
