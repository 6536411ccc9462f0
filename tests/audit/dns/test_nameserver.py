"""Name servers as people write them."""

import pytest

from mactl.audit import system_resolver
from mactl.audit.dns.nameserver import Transport, parse_nameserver
from mactl.errors import UsageError

PLAIN, TLS, HTTPS = Transport.PLAIN, Transport.TLS, Transport.HTTPS


@pytest.mark.parametrize(
    ("text", "transport", "address", "port", "name"),
    [
        ("192.0.2.53", PLAIN, "192.0.2.53", 53, "192.0.2.53"),
        (" 192.0.2.53:5353 ", PLAIN, "192.0.2.53", 5353, "192.0.2.53"),
        ("2001:db8::53", PLAIN, "2001:db8::53", 53, "2001:db8::53"),
        ("[2001:db8::53]:5353", PLAIN, "2001:db8::53", 5353, "2001:db8::53"),
        ("tls://192.0.2.53", TLS, "192.0.2.53", 853, "192.0.2.53"),
        ("TLS://192.0.2.53:8853#dns.example.com", TLS, "192.0.2.53", 8853, "dns.example.com"),
        ("tls://[2001:db8::53]/", TLS, "2001:db8::53", 853, "2001:db8::53"),
        ("https://192.0.2.53", HTTPS, "192.0.2.53", 443, "192.0.2.53"),
        ("https://[2001:db8::53]:8443/q", HTTPS, "2001:db8::53", 8443, "2001:db8::53"),
    ],
)
def test_a_name_server_is_named_in_many_ways(text, transport, address, port, name):
    named = parse_nameserver(text)

    assert (named.transport, named.address, named.port, named.name) == (
        transport,
        address,
        port,
        name,
    )


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://192.0.2.53", "https://192.0.2.53:443/dns-query"),
        ("https://192.0.2.53/", "https://192.0.2.53:443/"),
        ("https://192.0.2.53/dns-query{?dns}", "https://192.0.2.53:443/dns-query"),
        ("https://localhost:8443/q", "https://localhost:8443/q"),
        ("https://[2001:db8::53]/q", "https://[2001:db8::53]:443/q"),
    ],
)
def test_the_address_over_https(text, url):
    assert parse_nameserver(text).url == url


@pytest.mark.parametrize(
    "text",
    [
        "",
        ":53",
        "192.0.2.1:0",
        "192.0.2.1:65536",
        "192.0.2.1:dns",
        "[::1",
        "[::1]x",
        "no such.test",
        "tls://",
        "tls://192.0.2.1:x",
        "http://192.0.2.1",
        "udp://192.0.2.1",
        "https://",
        "https://[",
        "https://ann:secret@192.0.2.1/dns-query",
        "https://192.0.2.1/dns-query?ct",
        "https://192.0.2.1/dns-query#dns.example.com",
        "https://192.0.2.1/dns\u00e9",
    ],
)
def test_an_impossible_name_server_is_a_usage_error_with_a_hint(text):
    with pytest.raises(UsageError) as refused:
        system_resolver(text)

    assert refused.value.hint


@pytest.mark.parametrize(
    ("text", "private"), [("127.0.0.1:5353", True), ("10.0.0.1", True), ("192.0.2.1", False)]
)
def test_the_own_network_is_known(text, private):
    assert parse_nameserver(text).private is private
