"""Which zone a name is in: the nearest name above it that has a SOA record."""

import asyncio
from dataclasses import dataclass

from mactl.audit.dns import Answer, Outcome, Resolver
from mactl.audit.names import normalised, parent

_MAX_NAMES = 6


@dataclass(frozen=True, slots=True)
class ZoneTop:
    """The name at the top of a zone, '' where none was found, and the SOA answer for it.

    `refused` holds where the name server gave it only when it was asked not to check signatures.
    """

    name: str
    soa: Answer
    refused: bool = False


async def zone_of(domain: str, resolver: Resolver) -> ZoneTop:
    """The zone that `domain` is in; top-level domains are not looked at."""
    names = [normalised(domain)]
    while "." in parent(names[-1]) and len(names) < _MAX_NAMES:
        names.append(parent(names[-1]))
    answers = await asyncio.gather(*(resolver.query(name, "SOA") for name in names))
    for name, answer in zip(names, answers, strict=True):
        if answer.outcome is Outcome.SERVFAIL:
            again = await resolver.query(name, "SOA", unchecked=True)
            if again.records and not again.canonical:
                return ZoneTop(name, again, refused=True)
            answer = answer if again.failed else again
        if answer.failed:
            return ZoneTop("", answer)
        # A SOA that an alias leads to is that of another zone.
        if answer.records and not answer.canonical:
            return ZoneTop(name, answer)
    return ZoneTop("", answers[0])
