"""The names of an address that resolve back to it (RFC 7208 5.5)."""

from ipaddress import IPv4Address, IPv6Address

from mactl.audit.dns import Resolver
from mactl.audit.names import is_queryable

MAX_PTR_NAMES = 10  # RFC 7208 4.6.4: the rest is ignored


async def validated_names(
    address: IPv4Address | IPv6Address, resolver: Resolver
) -> list[str] | None:
    """Those that both ways agree on; None where the address surely has no name at all."""
    answer = await resolver.query(address.reverse_pointer, "PTR")
    if answer.absent:
        return None
    validated = []
    for name in answer.records[:MAX_PTR_NAMES]:
        if is_queryable(name):
            forward = await resolver.query(name, "A" if address.version == 4 else "AAAA")
            if address in forward.addresses:
                validated.append(name)
    return validated
