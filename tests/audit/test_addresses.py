"""Which addresses nobody outside can be reached at."""

from ipaddress import ip_network

import pytest

from mactl.audit.addresses import is_private


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0", "10.0.0.1", "100.64.0.1", "127.0.0.1", "169.254.169.254", "172.31.0.1", "192.0.0.8",
        "192.168.0.1", "198.19.0.1", "224.0.0.1", "255.255.255.255", "::", "::1", "::7f00:1",
        "::ffff:8.8.8.8", "64:ff9b::7f00:1", "64:ff9b:1::1", "100::1", "2001::1", "2002:a00:1::1",
        "::ffff:0:7f00:1", "5f00::1", "fc00::1", "fe80::1", "fec0::1", "ff02::1",
    ],
)  # fmt: skip
def test_private(address):
    assert is_private(address)


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8", "192.0.2.1", "198.51.100.1", "203.0.113.1", "172.32.0.1", "2001:db8::1",
        "2606:4700::1", "64:ff9b::808:808", "2002:808:808::1",
    ],
)  # fmt: skip
def test_public(address):
    assert not is_private(address)


def test_a_network_is_private_where_all_of_it_is():
    private = ["10.0.0.0/8", "10.1.0.0/16", "2002:a00::/24", "2002:7f00::/24", "fc00::/8"]
    mixed = ["0.0.0.0/0", "8.0.0.0/6", "2002::/16", "::/0", "2002::/20"]

    assert [text for text in private if not is_private(ip_network(text))] == []
    assert [text for text in mixed if is_private(ip_network(text))] == []
