"""What an address is called, and whether that name leads back to it."""

import asyncio
import re
from dataclasses import dataclass
from ipaddress import IPv4Address, ip_address

from mactl.audit.addresses import Address
from mactl.audit.dns import Answer, Resolver
from mactl.audit.names import is_queryable, normalised, printable

MAX_NAMES = 10  # of one address; receivers stop there too (RFC 7208 4.6.4)

_WORDS = re.compile(
    r"(?<![a-z])(dyn|dynamic|dhcp|dialup|dial|ppp|pppoe|pool|dsl|adsl|xdsl|vdsl|cable|broadband|"
    r"residential|customer|cust|unassigned|unknown|generic)(?![a-z])"
)


@dataclass(frozen=True, slots=True)
class Reverse:
    """The names of one address.

    `confirmed` is the first that leads back to it; '' where none does, None where the DNS failed to
    tell, as `failure` says.
    """

    address: str
    names: tuple[str, ...] = ()
    confirmed: str | None = ""
    failure: str = ""

    @property
    def name(self) -> str:
        """The name to show: a confirmed one before another one, '' where there is none."""
        return self.confirmed or next(iter(self.names), "")

    def as_json(self) -> dict[str, object]:
        """The address as plain values."""
        return {
            "address": self.address,
            "ptr": printable(self.name) or None,
            "confirmed": None if self.confirmed is None else bool(self.confirmed),
        }


async def reverse_of(address: str, resolver: Resolver) -> Reverse:
    """What `address`, which must be one, is called; every name is asked for its addresses."""
    place = ip_address(address)
    answer = await resolver.query(place.reverse_pointer, "PTR")
    if answer.failed:
        return Reverse(str(place), confirmed=None, failure=answer.failure)
    names = tuple(sorted({normalised(n) for n in answer.records if is_queryable(n)}))
    kind = "A" if place.version == 4 else "AAAA"
    forward = await asyncio.gather(*(resolver.query(n, kind) for n in names[:MAX_NAMES]))
    confirmed: str | None = _confirmed(place, forward)
    failure = next((found.failure for found in forward if found.failed), "")
    if not confirmed and failure:
        confirmed = None
    return Reverse(str(place), names, confirmed, failure if confirmed is None else "")


def _confirmed(place: Address, forward: list[Answer]) -> str:
    return next((found.name for found in forward if place in found.addresses), "")


def looks_generic(name: str, address: str) -> bool:
    """Whether `name` is made from the address, or from words for lines of homes and offices.

    Filters take such hosts for machines that nobody set up to send mail.
    """
    name = normalised(name)
    place = ip_address(address)
    if isinstance(place, IPv4Address):
        numbers = [str(octet) for octet in place.packed]
        groups = [part.lstrip("0") or "0" for part in re.findall(r"\d+", name)]
        made = any(_follow(part, groups) for part in (numbers, numbers[::-1], numbers[1:][::-1]))
        made = made or place.packed.hex() in name
    else:
        made = place.packed.hex()[-16:].lstrip("0") in re.sub(r"[-.:]", "", name)
        made = made and int(place) & 0xFFFFFFFF > 0xFFFF
    # Whoever is called so, mail.pool.example, has chosen it.
    return made or bool(_WORDS.search(name.rsplit(".", 2)[0] if name.count(".") > 1 else ""))


def _follow(part: list[str], groups: list[str]) -> bool:
    """Whether the numbers of `part` follow each other in `groups`."""
    width = len(part)
    return any(groups[start : start + width] == part for start in range(len(groups) - width + 1))
