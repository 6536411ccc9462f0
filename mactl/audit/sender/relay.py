"""The relay that mail goes out by: its addresses, and what names it in an SPF record."""

import asyncio
from ipaddress import ip_address

from mactl.audit.addresses import is_private
from mactl.audit.dns import Resolver
from mactl.audit.envelope import Envelope
from mactl.audit.providers import recognise

MOST_ADDRESSES = 4  # of a relay that are looked at


async def relay_addresses(relay: str, resolver: Resolver) -> list[str]:
    """The public addresses of a host, or the one that `relay` is.

    A relay in a network of its own passes mail on from another address: that can't be told from here.
    """
    try:
        found = [str(ip_address(relay))]
    except ValueError:
        answers = await asyncio.gather(*(resolver.query(relay, kind) for kind in ("A", "AAAA")))
        found = [address for answer in answers for address in answer.records]
    return [address for address in found if not is_private(address)][:MOST_ADDRESSES]


async def relay_envelopes(
    relay: str, return_domain: str, resolver: Resolver
) -> tuple[Envelope, ...]:
    """Mail with a return path at `return_domain`, from each address of the relay."""
    if not relay:
        return ()
    sender, term = f"postmaster@{return_domain}", spf_term(relay)
    addresses = await relay_addresses(relay, resolver)
    return tuple(Envelope(address, sender, relay=relay, term=term) for address in addresses)


def spf_term(relay: str) -> str:
    """What lets `relay` send, in an SPF record."""
    for provider in recognise([relay]):
        if provider.spf_term:
            return provider.spf_term
    try:
        address = ip_address(relay)
    except ValueError:
        return f"a:{relay}" if "." in relay else "mx"
    return f"ip{address.version}:{address}"
