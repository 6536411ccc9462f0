"""The hosts that take mail for a domain, their addresses and what those are called."""

import asyncio
from dataclasses import dataclass
from ipaddress import ip_address

from mactl.audit.addresses import Address, is_address, is_private
from mactl.audit.dns import Answer, Resolver
from mactl.audit.names import is_queryable, normalised, printable
from mactl.audit.reverse.names import Reverse, reverse_of

MAX_HOSTS = 12
MAX_ADDRESSES = 4  # of one host, of either kind

_LOCAL = ("localhost", "localhost.localdomain", "localhost.localdomain.localdomain")


@dataclass(frozen=True, slots=True)
class MxHost:
    """One host: `alias` is where a CNAME leads, `failure` why its addresses can't be told."""

    preference: int
    host: str
    addresses: tuple[Reverse, ...] = ()
    alias: str = ""
    failure: str = ""

    @property
    def is_address(self) -> bool:
        """The record names an IP address, which is no host."""
        return is_address(self.host.strip("[]"))

    @property
    def is_local(self) -> bool:
        """It is whoever asks: by name, or by all of its addresses."""
        places = [ip_address(reverse.address) for reverse in self.addresses]
        looped = bool(places) and all(place.is_loopback for place in places)
        return self.host in _LOCAL or looped

    @property
    def public(self) -> tuple[Reverse, ...]:
        """The addresses that the internet reaches."""
        return tuple(reverse for reverse in self.addresses if not is_private(reverse.address))

    @property
    def usable(self) -> bool:
        """Whether mail can be brought there, as far as the DNS tells."""
        return bool(self.public or self.failure) and not (self.is_address or self.is_local)

    def as_json(self) -> dict[str, object]:
        """The host as plain values."""
        return {
            "preference": self.preference,
            "host": printable(self.host),
            "addresses": [reverse.as_json() for reverse in self.addresses],
        }


async def hosts_of(mx: Answer, resolver: Resolver) -> tuple[MxHost, ...]:
    """The hosts of an MX answer, best first, each once, at most `MAX_HOSTS`; not the null MX."""
    best: dict[str, int] = {}
    for preference, name in mx.exchanges:
        best.setdefault(normalised(name), preference)
    named = [(preference, name) for name, preference in best.items() if name]
    return tuple(await asyncio.gather(*(_host(p, n, resolver) for p, n in named[:MAX_HOSTS])))


async def _host(preference: int, host: str, resolver: Resolver) -> MxHost:
    bare = MxHost(preference, host)
    if bare.is_address or bare.is_local or not is_queryable(host):
        return bare
    found, alias, failure = await addresses_of(host, resolver)
    looked_at = [place for place in found if not is_private(place)]
    reverses = await asyncio.gather(*(reverse_of(str(place), resolver) for place in looked_at))
    named = dict(zip(looked_at, reverses, strict=True))
    addresses = tuple(named.get(place, Reverse(str(place))) for place in found)
    return MxHost(preference, host, addresses, alias, failure)


async def addresses_of(host: str, resolver: Resolver) -> tuple[tuple[Address, ...], str, str]:
    """The addresses of `host`, where a CNAME leads, and why there are none if the DNS failed."""
    answers = await asyncio.gather(*(resolver.query(host, kind) for kind in ("A", "AAAA")))
    # Servers give them in another order each time; a report should not change for that.
    ordered = (sorted(answer.addresses, key=int) for answer in answers)
    found = tuple(place for places in ordered for place in places[:MAX_ADDRESSES])
    alias = next((answer.canonical for answer in answers if answer.canonical), "")
    failure = next((answer.failure for answer in answers if answer.failed), "")
    return found, alias, "" if found else failure
