"""The zones of tests/cases/audit as a real authoritative server serves them, over UDP and TCP.

All are served by one Knot, each below a name of its own that the audit never sees.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import dns.flags
import dns.message
import dns.query
import pytest

from mactl.audit import Answer, Resolver, audit_domain, system_resolver
from tests.audit.cases import cases, means_for, scope_of, zone_for
from tests.audit.keys import public_keys
from tests.audit.knot import Knot, knot
from tests.audit.peers import Zone
from tests.audit.promises import listed

pytestmark = pytest.mark.debian("knot")


class Below:
    """Asks for every name below `suffix`, and shows answers as if that were not there."""

    def __init__(self, resolver: Resolver, suffix: str) -> None:
        self._resolver = resolver
        self._suffix = f".{suffix}"

    async def query(self, name: str, rdtype: str, *, unchecked: bool = False) -> Answer:
        answer = await self._resolver.query(name + self._suffix, rdtype, unchecked=unchecked)
        records = answer.records
        if rdtype in ("MX", "CNAME", "NS", "PTR"):
            records = tuple(record.removesuffix(self._suffix) for record in records)
        alias = answer.canonical.removesuffix(self._suffix)
        return replace(answer, name=name, records=records, canonical=alias)

    def at(self, address: str) -> Resolver:
        return Below(self._resolver.at(address), self._suffix[1:])


def _can_be_served(case: dict[str, Any]) -> bool:
    """A server that works never fails, and keeps nothing beside an alias; no case is a zone of its own."""
    told = (*case.get("json", {}), *case.get("findings", ()))
    if {"dnssec", "bogus", "every_server"} & case.keys() or any("dnssec" in one for one in told):
        return False
    zone = zone_for(case, public_keys())
    entries = zone.names.values()
    return not zone.servers and all(
        all(isinstance(records, list) for records in entry.values())
        and ("CNAME" not in entry or len(entry) == 1)
        and not any("/" in record for record in entry.get("MX", ()))  # its zone files have no such
        for entry in entries
    )


SERVED = [param for param in cases() if _can_be_served(param.values[0])]
_NAMES = {param.id: f"case{number}.zone" for number, param in enumerate(SERVED)}
_LONG, _LONG_TEXT = "long.zone", "v=spf1 " + "ip4:198.51.100.1 " * 200 + "-all"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Knot]:
    zones: dict[str, Zone] = {
        _NAMES[param.id]: zone_for(param.values[0], public_keys()) for param in SERVED
    }
    zones[_LONG] = Zone().txt("example.com", _LONG_TEXT)
    with knot(tmp_path_factory.mktemp("knot"), zones) as running:
        yield running


@pytest.mark.parametrize("case", SERVED)
def test_a_real_server_leads_to_the_same_findings(
    case: dict[str, Any], server: Knot, request: pytest.FixtureRequest
) -> None:
    name = _NAMES[request.node.callspec.id]

    async def run() -> Any:
        means = means_for(case, Below(system_resolver(server.address), name))
        scope = replace(scope_of(case), deadline=30)
        return await audit_domain(case.get("domain", "example.com"), means, scope)

    report = asyncio.run(run())

    found = sorted({finding.id for finding in report.findings})
    assert found == sorted(case.get("findings", [])), listed(report.findings)


def test_what_is_too_long_for_a_datagram_comes_over_tcp(server: Knot) -> None:
    name = f"example.com.{_LONG}"
    host, _, port = server.address.partition(":")
    asked = dns.message.make_query(name, "TXT", use_edns=True, payload=1232)
    over_udp = dns.query.udp(asked, host, port=int(port), timeout=5)

    answer = asyncio.run(system_resolver(server.address).query(name, "TXT"))

    assert over_udp.flags & dns.flags.TC and not over_udp.answer
    assert answer.records == (_LONG_TEXT,)


def test_there_are_at_least_150_faulty_zones_of_which_most_are_served() -> None:
    faulty = [param for param in cases() if param.values[0].get("findings")]
    served = [param for param in SERVED if param.values[0].get("findings")]

    assert len(faulty) >= 150 and len(served) >= 0.8 * len(faulty)
