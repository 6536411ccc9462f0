"""Records that are built to keep whoever looks at them busy."""

import asyncio
from typing import Any

from mactl.audit import MemoResolver, Scope, audit_domain
from mactl.audit.mending import propose
from mactl.audit.spf.audit import SpfAudit, audit_spf
from mactl.audit.spf.evaluate import check_host
from mactl.audit.spf.gather import MAX_ADDRESSES
from tests.audit.peers import Zone, means_of

FAN = 10
LEVELS = 22


def addresses(count: int) -> list[str]:
    return [f"203.0.{number // 250}.{number % 250}" for number in range(count)]


def fan(leaf: str) -> Zone:
    """Records that include one another in 10^22 ways."""
    zone = Zone.of({f"l{LEVELS}.test": leaf, "example.com": " ".join(_to(0))})
    for level in range(LEVELS):
        zone.txt(f"l{level}.test", " ".join(_to(level + 1)))
    return zone


def _to(level: int) -> list[str]:
    return ["v=spf1", *[f"include:l{level}.test"] * FAN, "-all"]


def audited(zone: Zone) -> SpfAudit:
    return asyncio.run(audit_spf("example.com", MemoResolver(zone)))


def ids(audit: Any) -> set[str]:
    return {finding.id for finding in audit.findings}


def test_records_that_include_one_another_in_endless_ways_are_each_judged_once():
    audit = audited(fan("v=spf1 -all"))

    assert audit.tree.lookups > FAN**LEVELS
    assert "spf-too-many-lookups" in ids(audit)


def test_what_mends_such_records_is_found_as_fast():
    async def proposed() -> Any:
        means = means_of(fan("v=spf1 -all"))
        audit = await audit_domain("example.com", means)
        return await propose(audit, means, Scope())

    assert "spf-too-many-lookups" not in ids(asyncio.run(proposed()).audit)


def test_thousands_of_terms_for_a_host_at_thousands_of_addresses_share_them():
    zone = Zone.of({"example.com": {"TXT": "v=spf1" + " a" * 20_000, "A": addresses(4000)}})

    audit = audited(zone)

    assert len({id(branch.networks) for branch in audit.tree.branches}) == 1
    assert "2,000 terms that look up" in next(
        f.message for f in audit.findings if f.id == "spf-cut"
    )


def test_one_host_with_every_prefix_length_is_not_listed_for_each():
    lengths = " ".join(f"a/{four}//{six}" for four in range(33) for six in range(128))
    zone = Zone.of({"example.com": {"TXT": f"v=spf1 {lengths}", "A": addresses(4000)}})

    audit = audited(zone)

    assert len({network for branch in audit.tree.branches for network in branch.networks}) <= 20_000


def test_of_many_hosts_with_many_addresses_only_so_many_are_looked_at():
    hosts = " ".join(f"a:h{number}.test" for number in range(60))
    zone = Zone.of({"example.com": f"v=spf1 {hosts} -all"})
    for number in range(60):
        zone.put(f"h{number}.test", "A", addresses(1000))

    audit = audited(zone)

    listed = sum(len(branch.networks) for branch in audit.tree.branches)
    assert listed <= MAX_ADDRESSES
    assert "10,000 addresses" in next(f.message for f in audit.findings if f.id == "spf-cut")


def test_a_client_is_found_among_thousands_of_addresses():
    zone = Zone.of({"example.com": {"TXT": "v=spf1 a/30 -all", "A": addresses(4000)}})

    async def result(ip: str) -> str:
        return (await check_host(ip, "x@example.com", "", MemoResolver(zone))).result

    assert asyncio.run(result("203.0.9.251")) == "pass"
    assert asyncio.run(result("203.0.16.0")) == "fail"
    assert asyncio.run(result("2001:db8::1")) == "fail"
