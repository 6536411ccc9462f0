"""Addresses that mail on the internet can't come from, and that nothing may be fetched from."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

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
            "192.168.0.0/16",
            "224.0.0.0/3",
            "::/127",
            "::ffff:0:0/96",
            "fc00::/7",
            "fe80::/10",
            "ff00::/8",
        ),
    )
)


def is_private(place: str | Address | Network) -> bool:
    """Whether an address, or all of a network, is of a private, local or multicast range.

    Raises ValueError where a text is no address.
    """
    if isinstance(place, str):
        place = ip_address(place)
    network = ip_network(place)
    return any(_inside(network, private) for private in _PRIVATE)


def _inside(network: Network, other: Network) -> bool:
    if isinstance(network, IPv4Network):
        return isinstance(other, IPv4Network) and network.subnet_of(other)
    return isinstance(other, IPv6Network) and network.subnet_of(other)
