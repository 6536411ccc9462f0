"""The SPF test suite for RFC 7208 that others wrote, 203 cases of check_host(); pyspf is the referee beside it."""

import asyncio
from ipaddress import ip_address
from typing import Any
from unittest.mock import patch

import pytest
import spf
import yaml
from hypothesis import given
from hypothesis import strategies as st

from mactl.audit import MemoResolver, Outcome, check_host
from tests.audit.peers import Zone
from tests.conftest import suites

FILE = suites() / "spf-rfc7208" / "rfc7208-tests.yml"


def scenarios() -> list[Any]:
    if not FILE.is_file():
        return [pytest.param({}, {}, id="absent", marks=pytest.mark.skip(f"no {FILE}"))]
    documents = yaml.safe_load_all(FILE.read_text(encoding="utf-8"))
    return [
        pytest.param(document["zonedata"], case, id=f"{document['description']}: {name}")
        for document in documents
        for name, case in document["tests"].items()
    ]


def zone_from(zonedata: dict[str, list[Any]]) -> Zone:
    """A name's SPF entries stand for TXT records too, unless it has TXT entries of its own."""
    zone = Zone()
    for name, entries in zonedata.items():
        types: dict[str, list[Any]] = {}
        for entry in entries:
            if entry != "TIMEOUT":
                ((rdtype, value),) = entry.items()
                types.setdefault(rdtype, []).append(value)
        if "SPF" in types:
            types.setdefault("TXT", types["SPF"])
        if types.get("TXT") == ["NONE"]:
            del types["TXT"]
        name = name.lower().removesuffix(".")
        zone.names[name] = {rdtype: [_text(rdtype, v) for v in vs] for rdtype, vs in types.items()}
        if "TIMEOUT" in entries:
            zone.names[name]["*"] = "TIMEOUT"
    return zone


def _text(rdtype: str, value: Any) -> str:
    match rdtype:
        case "TXT" | "SPF":
            return "".join(value) if isinstance(value, list) else value
        case "MX":
            return f"{value[0]} {value[1].removesuffix('.')}"
        case _:
            return str(value).removesuffix(".")


@pytest.mark.parametrize(("zonedata", "case"), scenarios())
def test_check_host_agrees_with_the_suite(zonedata, case):
    async def check() -> Any:
        resolver = MemoResolver(zone_from(zonedata))
        return await check_host(str(case["host"]), case["mailfrom"], case["helo"], resolver)

    found = asyncio.run(check())

    allowed = case["result"] if isinstance(case["result"], list) else [case["result"]]
    assert found.result in allowed, found
    if found.result == "fail" and "explanation" in case:
        assert (found.explanation or "DEFAULT").lower() == case["explanation"].lower()


@pytest.mark.skipif(not FILE.is_file(), reason=f"no {FILE}")
def test_the_suite_is_whole():
    assert len(scenarios()) == 203


class Referee:
    """What pyspf says, with the answers of a zone in place of the DNS."""

    def __init__(self, zone: Zone) -> None:
        self.zone = zone

    def look_up(
        self, name: str, rdtype: str, tcpfallback: bool = True, timeout: int = 30
    ) -> list[tuple[tuple[str, str], Any]]:
        outcome, records, _ = self.zone.look_up(name.removesuffix("."), rdtype)
        if outcome not in (Outcome.RECORDS, Outcome.NODATA, Outcome.NXDOMAIN):
            raise spf.TempError(f"DNS {outcome}")
        return [((name, rdtype), self._value(rdtype, record)) for record in records]

    @staticmethod
    def _value(rdtype: str, record: str) -> Any:
        match rdtype:
            case "TXT" | "SPF":
                return (record.encode("latin-1"),)
            case "MX":
                preference, _, host = record.partition(" ")
                return int(preference), host
            case "A" | "AAAA":
                return ip_address(record)
            case _:
                return record

    def result(self, ip: str, mail_from: str, helo: str) -> str:
        with patch.object(spf, "DNSLookup", self.look_up):
            return str(spf.query(i=ip, s=mail_from, h=helo, strict=True).check()[0])


SEVERAL = [param for param in scenarios() if isinstance(param.values[1].get("result"), list)]


@pytest.mark.parametrize(("zonedata", "case"), SEVERAL)
def test_where_the_suite_allows_several_results_ours_is_that_of_pyspf(zonedata, case):
    zone = zone_from(zonedata)
    asked = str(case["host"]), case["mailfrom"], case["helo"]

    ours = asyncio.run(check_host(*asked, MemoResolver(zone))).result

    assert ours == Referee(zone).result(*asked)


BODIES = st.lists(
    st.builds(
        "{}{}".format,
        st.sampled_from(["", "", "-", "~", "?"]),
        st.sampled_from(
            [
                "ip4:192.0.2.0/30",
                "ip4:192.0.2.6",
                "ip6:2001:db8::/126",
                "a:host.test",
                "a:host.test/29//125",
                "mx:host.test",
                "include:one.test",
                "include:two.test",
                "exists:%{i}.list.test",
                "exists:%{l}.%{d2}.list.test",
                "a:%{o}",
            ]
        ),
    ),
    max_size=4,
)
RECORDS = st.builds(
    lambda body, end: " ".join(("v=spf1", *body, end)),
    BODIES,
    st.sampled_from(["", "-all", "~all", "?all", "all", "redirect=two.test", "-all ip4:bad"]),
)
CLIENTS = st.one_of(
    st.integers(0, 8).map("192.0.2.{}".format), st.integers(0, 8).map("2001:db8::{}".format)
)


@given(RECORDS, RECORDS, CLIENTS)
def test_pyspf_comes_to_the_same_result(own, one, client):
    zone = Zone.of(
        {
            "example.com": {"TXT": own, "A": "192.0.2.7", "AAAA": "2001:db8::7"},
            "one.test": one.replace("one.test", "two.test"),
            "two.test": "v=spf1 ip4:192.0.2.5 ip6:2001:db8::5 -all",
            "host.test": {"A": "192.0.2.2", "AAAA": "2001:db8::2", "MX": "1 mail.test"},
            "mail.test": {"A": "192.0.2.3", "AAAA": "2001:db8::3"},
            "192.0.2.4.list.test": {"A": "127.0.0.2"},
            "shop.example.com.list.test": {"A": "127.0.0.2"},
            "shop.one.test.list.test": {"A": "127.0.0.2"},
        }
    )
    asked = client, "shop@example.com", "helo.test"

    ours = asyncio.run(check_host(*asked, MemoResolver(zone))).result

    assert ours == Referee(zone).result(*asked)
