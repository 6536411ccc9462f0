"""Names of addresses: which were made from them, and how many of them are asked about."""

import asyncio
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mactl.audit.reverse.names import MAX_NAMES, looks_generic, reverse_of


@pytest.mark.parametrize(
    ("name", "address", "generic"),
    [
        ("mail.example.com", "192.0.2.1", False),
        ("mail-192.example.com", "192.0.2.1", False),
        ("mx1.out2.example.com", "198.51.100.2", False),
        ("1-2-0-192.static.isp.test", "192.0.2.1", True),
        ("host-192-0-2-1.isp.test", "192.0.2.1", True),
        ("192.0.2.1.isp.test", "192.0.2.1", True),
        ("192-000-002-001.isp.test", "192.0.2.1", True),
        ("1.2.0.dsl.isp.test", "192.0.2.1", True),
        ("c0000201.isp.test", "192.0.2.1", True),
        ("pool.isp.test", "192.0.2.1", True),
        ("mail.pool.example", "192.0.2.1", False),
        ("cable.example", "192.0.2.1", False),
        ("DYN-7.isp.test", "192.0.2.1", True),
        ("dynamo.example.com", "192.0.2.1", False),
        ("carpool.example.com", "192.0.2.1", False),
        ("2001-db8-0-0-1234-5678-9abc-def0.isp.test", "2001:db8::1234:5678:9abc:def0", True),
        ("mail.example.com", "2001:db8::1234:5678:9abc:def0", False),
        ("mail.example.com", "2001:db8::25", False),
    ],
)
def test_names_that_were_made_from_an_address_are_told(name, address, generic):
    assert looks_generic(name, address) is generic


@given(st.ip_addresses(v=4))
def test_every_address_with_dashes_is_generic(address):
    assert looks_generic(f"x{str(address).replace('.', '-')}.isp.test", str(address))


@given(st.text(max_size=60), st.ip_addresses())
def test_no_name_is_too_odd_to_be_judged(name, address):
    assert looks_generic(name, str(address)) in (True, False)


def test_a_thousand_names_of_one_address_are_not_all_asked_about(zone):
    pointer = ip_address("192.0.2.1").reverse_pointer
    zone.put(pointer, "PTR", [f"h{number}.test" for number in range(1000)])

    found = asyncio.run(reverse_of("192.0.2.1", zone))

    assert found.confirmed == "" and len(zone.asked) == 1 + MAX_NAMES


def test_a_name_that_can_not_be_asked_for_is_none(zone):
    zone.put(ip_address("192.0.2.1").reverse_pointer, "PTR", ["x" * 64 + ".test", "", "a..b"])

    assert asyncio.run(reverse_of("192.0.2.1", zone)).names == ()


def test_a_name_whose_address_the_dns_fails_on_is_unknown_unless_another_leads_back(zone):
    zone.put(ip_address("192.0.2.1").reverse_pointer, "PTR", ["a.test", "b.test"])
    zone.servfail("a.test")
    assert asyncio.run(reverse_of("192.0.2.1", zone)).confirmed is None

    zone.put("b.test", "A", "192.0.2.1")
    assert asyncio.run(reverse_of("192.0.2.1", zone)).confirmed == "b.test"


def test_the_order_of_answers_changes_nothing(zone):
    pointer = ip_address("192.0.2.1").reverse_pointer
    zone.put("a.test", "A", "192.0.2.1").put("b.test", "A", "192.0.2.1")
    found = []
    for names in (["a.test", "b.test"], ["b.test", "a.test"]):
        zone.put(pointer, "PTR", names)
        found.append(asyncio.run(reverse_of("192.0.2.1", zone)))

    assert found[0] == found[1]
