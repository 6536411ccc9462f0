"""Whose an address is: its name in the DNS, and the mail service that shows in it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address

from mactl.audit.aggregate.tally import Source
from mactl.audit.dns import Resolver
from mactl.audit.names import is_queryable, is_within, normalised, parent
from mactl.audit.providers import recognise

MOST_NAMED = 200
"""So many addresses are looked up: those that sent most."""
_MOST_POINTERS = 3
_AT_ONCE = 32


@dataclass(frozen=True, slots=True)
class Whose:
    """What is known of an address: `name` is that of its PTR record, '' for none; `confirmed` where it leads back.

    `service` is a known mail service, '' for none.
    """

    name: str = ""
    confirmed: bool = False
    service: str = ""

    def group(self, ip: str, domain: str) -> str:
        """What addresses that belong together have in common."""
        if self.service:
            return self.service
        if not self.confirmed:
            return ip
        if is_within(self.name, domain):
            return domain
        above = parent(self.name)
        return above if above.count(".") else self.name


async def look_up(sources: Sequence[Source], resolver: Resolver) -> dict[str, Whose]:
    """Whose the addresses of `sources` are; those that sent least are told by their domains alone."""
    asked = sorted(sources, key=lambda source: -source.flow.messages)[:MOST_NAMED]
    places = asyncio.Semaphore(_AT_ONCE)

    async def named(source: Source) -> tuple[str, bool]:
        async with places:
            return await _name(source.ip, resolver)

    names = dict(
        zip([s.ip for s in asked], await asyncio.gather(*map(named, asked)), strict=True)
    )  # fmt: skip
    return {source.ip: _whose(source, *names.get(source.ip, ("", False))) for source in sources}


async def _name(ip: str, resolver: Resolver) -> tuple[str, bool]:
    """The name of an address, and whether it leads back to it (RFC 8601 2.7.3)."""
    address = ip_address(ip)
    pointers = (await resolver.query(address.reverse_pointer, "PTR")).records[:_MOST_POINTERS]
    names = [normalised(name) for name in pointers if is_queryable(name)]
    for name in names:
        answer = await resolver.query(name, "A" if address.version == 4 else "AAAA")
        if any(_is(record, ip) for record in answer.records):
            return name, True
    return next(iter(names), ""), False


def _is(record: str, ip: str) -> bool:
    try:
        return ip_address(record) == ip_address(ip)
    except ValueError:
        return False


def _whose(source: Source, name: str, confirmed: bool) -> Whose:
    """Names that are proven: the confirmed one, and those that DKIM or SPF passed for."""
    proven = [name] if confirmed else []
    services = recognise(proven) or recognise([*source.signers, *source.senders])
    return Whose(name, confirmed, services[0].name if services else "")
