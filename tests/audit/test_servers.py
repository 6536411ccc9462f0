"""The servers of a zone over real sockets: two that differ, one that is silent, one that refuses."""

import asyncio
from collections.abc import Iterator
from copy import deepcopy

import pytest

from mactl.audit import MemoResolver, system_resolver
from mactl.audit.servers.audit import ServersAudit, audit_servers
from tests.audit.peers import DnsServer, Zone

SOA = "ns1.example.com. hostmaster.example.com. {} 7200 3600 1209600 300"
QUESTIONS = [("example.com", "TXT"), ("_dmarc.example.com", "TXT"), ("example.com", "MX")]


@pytest.fixture
def zone() -> Zone:
    return Zone.of(
        {
            "example.com": {
                "SOA": [SOA.format(1)],
                "NS": ["ns1.example.com", "ns2.example.com"],
                "TXT": "v=spf1 -all",
                "MX": "10 mail.example.com",
            },
            "_dmarc.example.com": "v=DMARC1; p=reject",
            "ns1.example.com": {"A": "127.0.0.1"},
            "ns2.example.com": {"A": "127.0.0.2"},
        }
    )


@pytest.fixture
def other(zone) -> Iterator[Zone]:
    yield deepcopy(zone)


def audited(zone: Zone, other: Zone) -> ServersAudit:
    """What is found where one server has `zone`, and the other one, at the same port, `other`."""
    with DnsServer(zone) as one, DnsServer(other, "127.0.0.2", one.port):

        async def run() -> ServersAudit:
            resolver = MemoResolver(system_resolver(one.address, 0.5))
            return await audit_servers("example.com", QUESTIONS, resolver)

        return asyncio.run(run())


def told(audit: ServersAudit) -> set[str]:
    """What was found, but for the addresses of this machine, which nobody else reaches."""
    return {finding.id for finding in audit.findings} - {
        "servers-private-address",
        "servers-one-network",
    }


def test_servers_that_agree_are_told_from_those_that_differ(zone, other):
    assert told(audited(zone, other)) == set()

    other.txt("_dmarc.example.com", "v=DMARC1; p=none").put("example.com", "SOA", [SOA.format(2)])
    audit = audited(zone, other)

    assert told(audit) == {"servers-differ", "servers-serial"}
    assert [difference.name for difference in audit.differences] == ["_dmarc.example.com"]
    assert {server.serial for server in audit.servers} == {1, 2}


@pytest.mark.parametrize(("failure", "state"), [("REFUSED", "lame"), ("TIMEOUT", "silent")])
def test_a_server_without_the_zone_is_told(zone, other, failure, state):
    other.names.clear()
    other.put("*.com", "*", failure).put("com", "*", failure)

    audit = audited(zone, other)

    assert {server.address: server.state for server in audit.servers} == {
        "127.0.0.1": "serves",
        "127.0.0.2": state,
    }
