"""The servers that a zone names: whoever owns the zone chose their addresses."""

import asyncio

import pytest

from mactl.audit import Outcome, system_resolver
from tests.audit.dns.wires import LOOPBACK, reply, txt, udp


def test_a_private_address_is_not_asked_for_a_stranger():
    async def run() -> None:
        resolver = system_resolver("192.0.2.1")
        for address in ("127.0.0.1", "10.0.0.1", "::1", "fe80::1", "169.254.169.254", "224.0.0.1"):
            answer = await resolver.at(address).query("example.com", "SOA")
            assert answer.outcome is Outcome.UNREACHABLE and "private" in answer.detail

    asyncio.run(run())


def test_nor_where_the_system_says_whom_to_ask(monkeypatch):
    monkeypatch.setattr("mactl.audit.dns.system._addresses_of_system", lambda: [LOOPBACK])

    answer = asyncio.run(system_resolver().at(LOOPBACK).query("example.com", "SOA"))

    assert answer.outcome is Outcome.UNREACHABLE


def test_a_zone_that_is_tried_out_is_asked_on_the_port_of_its_server():
    async def run() -> None:
        async with udp(lambda wire: [txt(wire)]) as peer:
            resolver = system_resolver(f"{LOOPBACK}:{peer.port}")
            answer = await resolver.at(LOOPBACK).query("example.com", "TXT")
            assert answer.records == ("found",)
            assert not peer.asked[0][2] & 1, "recursion is not wanted"

    asyncio.run(run())


@pytest.mark.parametrize("rdtype", ["SOA", "NS"])
def test_a_server_that_refers_elsewhere_refuses(rdtype):
    async def run() -> None:
        refers = "example.com. NS ns.example.net."
        async with udp(lambda wire: [reply(wire, authority=[refers])]) as peer:
            resolver = system_resolver(f"{LOOPBACK}:{peer.port}")
            answer = await resolver.at(LOOPBACK).query("www.example.com", rdtype)
            assert answer.outcome is Outcome.REFUSED and "ns.example.net" in answer.detail

    asyncio.run(run())
