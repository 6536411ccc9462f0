"""The relay that mail goes out by: its addresses, and what names it in an SPF record."""

from ipaddress import ip_address

from mactl.audit.addresses import Address, is_address, is_private
from mactl.audit.dns import Resolver
from mactl.audit.envelope import Envelope
from mactl.audit.mx.hosts import addresses_of
from mactl.audit.providers import recognise

MOST_ADDRESSES = 4  # of a relay that are looked at


async def relay_addresses(relay: str, resolver: Resolver) -> list[str]:
    """The public addresses of a host, or the one that `relay` is.

    A relay in a network of its own passes mail on from another address: that can't be told from here.
    """
    if is_address(relay):
        found: tuple[Address, ...] = (ip_address(relay),)
    else:
        found, _, _ = await addresses_of(relay, resolver)
    return [str(place) for place in found if not is_private(place)][:MOST_ADDRESSES]


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
    if is_address(relay):
        address = ip_address(relay)
        return f"ip{address.version}:{address}"
    return f"a:{relay}" if "." in relay else "mx"
