"""The SPF test suite for RFC 7208 that others wrote: 203 cases of check_host()."""

import asyncio
from typing import Any

import pytest
import yaml

from mactl.audit import MemoResolver, check_host
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
