"""Addresses that mail on the internet can't come from, and that nothing may be fetched from."""

from collections.abc import Iterable
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    collapse_addresses,
    ip_address,
    ip_network,
)

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# From the registries of special-purpose addresses (RFC 6890). Documentation ranges are left out:
# nobody is there, nobody is harmed, and examples may be copied.
_PRIVATE: tuple[Network, ...] = tuple(
    map(
        ip_network,
        (
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "224.0.0.0/3",
            "::/96",
            "::ffff:0:0/96",
            "::ffff:0:0:0/96",  # what a translator makes of an IPv4 address (RFC 2765 2.1)
            "64:ff9b:1::/48",
            "100::/64",
            "2001::/32",  # Teredo, which leads to whatever IPv4 address its server says
            "5f00::/16",  # segments of somebody's own network (RFC 9602)
            "fc00::/7",
            "fe80::/10",
            "fec0::/10",
            "ff00::/8",
        ),
    )
)
# Where the bits of an IPv4 address begin in an IPv6 address that leads to it: 6to4 (RFC 3056 2),
# NAT64 (RFC 6052 2.1).
_EMBEDDING = ((IPv6Network("2002::/16"), 16), (IPv6Network("64:ff9b::/96"), 96))


def is_address(text: str) -> bool:
    """Whether `text` is an IPv4 or an IPv6 address, without brackets."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def is_private(place: str | Address | Network) -> bool:
    """Whether an address, or all of a network, is of a private, local or multicast range; so is an
    IPv6 address that only wraps such an IPv4 address.

    Raises ValueError where a text is no address.
    """
    if isinstance(place, str):
        place = ip_address(place)
    network = place if isinstance(place, IPv4Network | IPv6Network) else ip_network(place)
    embedded = _embedded(network)
    return any(_inside(network, private) for private in _PRIVATE) or (
        embedded is not None and is_private(embedded)
    )


def collapsed(networks: Iterable[Network]) -> tuple[Network, ...]:
    """The fewest networks that hold the same addresses, IPv4 first, in order."""
    every = tuple(networks)
    v4 = collapse_addresses(n for n in every if isinstance(n, IPv4Network))
    v6 = collapse_addresses(n for n in every if isinstance(n, IPv6Network))
    return (*v4, *v6)


def _embedded(network: Network) -> IPv4Network | None:
    """The IPv4 network that an IPv6 network wraps, as far as its prefix tells."""
    if isinstance(network, IPv6Network):
        for prefix, start in _EMBEDDING:
            if network.subnet_of(prefix):
                bits = int(network.network_address) >> (96 - start) & 0xFFFFFFFF
                return IPv4Network((bits, min(network.prefixlen - start, 32)), strict=False)
    return None


def _inside(network: Network, other: Network) -> bool:
    if isinstance(network, IPv4Network):
        return isinstance(other, IPv4Network) and network.subnet_of(other)
    return isinstance(other, IPv6Network) and network.subnet_of(other)
