"""Whose an address is: its name in the DNS, and the mail service that shows in it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from mactl.audit.aggregate.tally import Source
from mactl.audit.dns import Resolver
from mactl.audit.names import is_within, parent
from mactl.audit.providers import recognise
from mactl.audit.reverse.names import reverse_of

MOST_NAMED = 200
"""So many addresses are looked up: those that sent most."""
_AT_ONCE = 100  # the names of many are at servers that are dead, which must not hold up the rest


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
            found = await reverse_of(source.ip, resolver)
            return found.name, bool(found.confirmed)  # RFC 8601 2.7.3

    names = dict(
        zip([s.ip for s in asked], await asyncio.gather(*map(named, asked)), strict=True)
    )  # fmt: skip
    return {source.ip: _whose(source, *names.get(source.ip, ("", False))) for source in sources}


def _whose(source: Source, name: str, confirmed: bool) -> Whose:
    """Names that are proven: the confirmed one, and those that DKIM or SPF passed for."""
    proven = [name] if confirmed else []
    services = recognise(proven) or recognise([*source.signers, *source.senders])
    return Whose(name, confirmed, services[0].name if services else "")
