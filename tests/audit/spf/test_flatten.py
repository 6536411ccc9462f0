"""The shorter record that is proposed: it says what the long one says, and costs less."""

import asyncio
from ipaddress import ip_address, ip_network
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mactl.audit import MemoResolver, check_host
from mactl.audit.spf import evaluate
from mactl.audit.spf.audit import SpfAudit, audit_spf
from mactl.audit.spf.fixes import MAX_LENGTH
from mactl.audit.spf.flatten import Flattened
from mactl.audit.spf.record import parse_spf
from tests.audit.peers import Zone
from tests.conftest import examples

HOSTS: dict[str, Any] = {
    "one.test": {"A": "192.0.2.1", "AAAA": "2001:db8::1", "MX": "10 two.test"},
    "two.test": {"A": ["192.0.2.2", "192.0.2.3"], "MX": ["10 one.test", "20 six.test"]},
    "six.test": {"AAAA": ["2001:db8:6::1", "2001:db8:6::2"]},
}
NAMES = [f"n{number}.test" for number in range(7)]
NETWORKS = [
    "ip4:192.0.2.0/29",
    "ip4:192.0.2.4",
    "ip4:198.51.100.0/24",
    "ip6:2001:db8:6::/48",
    "ip6:2001:db8::1",
]


@st.composite
def forests(draw: st.DrawFn) -> dict[str, Any]:
    """Records of n0.test to n6.test, each leading only to later ones, n0.test to many."""
    forest: dict[str, Any] = dict(HOSTS)
    for index, name in enumerate(NAMES):
        later = NAMES[index + 1 :]
        terms = [*NETWORKS, "a:one.test", "a:two.test/30", "mx:two.test//126", "a:gone.test"]
        terms += ["mx:one.test", "a:six.test/24//48", *["exists:%{i}.one.test"] * (index == 0)]
        terms += [f"include:{other}" for other in later] * 3
        texts = st.builds(
            "{}{}".format,
            st.sampled_from([*[""] * 12, *"~-?"]),
            st.sampled_from(terms),
        )
        ends = ["", "-all", "~all", "?all", *(f"redirect={other}" for other in later)]
        body = draw(st.lists(texts, min_size=3 if index == 0 else 0, max_size=9))
        forest[name] = " ".join(("v=spf1", *body, draw(st.sampled_from(ends))))
    return forest


addresses = st.one_of(
    st.sampled_from(["192.0.2.0/28", "198.51.100.0/31", "2001:db8::/126", "2001:db8:6::/125"])
    .map(ip_network)
    .flatmap(lambda network: st.sampled_from(list(network))),
    st.ip_addresses(),
)


def flattened(zone: Zone) -> tuple[SpfAudit, Flattened | None]:
    audit = asyncio.run(audit_spf("n0.test", MemoResolver(zone)))
    return audit, audit.flattened


def with_records(zone: Zone, shorter: Flattened) -> Zone:
    other = Zone()
    other.names = {name: dict(entries) for name, entries in zone.names.items()}
    for name, value in shorter.records:
        other.txt(name, value)
    return other


@settings(max_examples=examples(300))
@given(forests(), st.lists(addresses, min_size=1, max_size=12))
def test_every_address_has_the_result_that_it_had_without_the_limit(forest, clients):
    zone = Zone.of(forest)
    _, shorter = flattened(zone)
    if shorter is None:
        return
    after = with_records(zone, shorter)

    async def result(where: Zone, client: Any) -> str:
        check = await check_host(str(client), "x@n0.test", "helo.test", MemoResolver(where))
        return check.result

    for client in clients:
        with (
            patch.object(evaluate, "MAX_LOOKUPS", 10**9),
            patch.object(evaluate, "MAX_VOID_LOOKUPS", 10**9),
        ):
            before = asyncio.run(result(zone, client))
        with patch.object(evaluate, "MAX_VOID_LOOKUPS", 10**9):
            assert asyncio.run(result(after, client)) == before, (str(client), shorter)


@given(forests())
def test_it_costs_what_it_says_and_less_than_before(forest):
    zone = Zone.of(forest)
    audit, shorter = flattened(zone)
    if shorter is None:
        return

    again, _ = flattened(with_records(zone, shorter))

    assert again.tree.lookups == shorter.lookups <= 10
    assert shorter.lookups < audit.tree.lookups
    assert all(not parse_spf(value).faults for _, value in shorter.records)
    assert all(len(value) <= MAX_LENGTH for _, value in shorter.records[1:])


def audit_of(records: dict[str, Any]) -> SpfAudit:
    return asyncio.run(audit_spf("example.com", MemoResolver(Zone.of({**HOSTS, **records}))))


def includes(count: int, each: str = "v=spf1 ip4:198.51.100.{} -all") -> dict[str, Any]:
    record = " ".join(("v=spf1", *(f"include:s{n}.test" for n in range(count)), "~all"))
    return {
        "example.com": record,
        **{f"s{n}.test": each.replace("{}", str(n)) for n in range(count)},
    }


def test_nothing_is_proposed_far_from_the_limit():
    assert audit_of(includes(8)).flattened is None


def test_near_the_limit_as_little_is_replaced_as_leaves_some_to_spare():
    shorter = audit_of(includes(9)).flattened

    assert shorter is not None and shorter.lookups == 7
    assert [replaced.term for replaced in shorter.replaced] == [
        "include:s0.test",
        "include:s1.test",
    ]
    assert shorter.record.startswith("v=spf1 ip4:198.51.100.0/31 include:s2.test")


def test_the_dearest_goes_first():
    records = includes(6) | {
        "s5.test": "v=spf1 include:a.test include:b.test include:c.test a:one.test -all",
        **{f"{name}.test": "v=spf1 ip4:203.0.113.9 -all" for name in "abc"},
    }

    shorter = audit_of(records).flattened

    assert shorter is not None and [r.term for r in shorter.replaced] == ["include:s5.test"]
    assert "ip4:192.0.2.1 ip4:203.0.113.9 ip6:2001:db8::1 include:s0.test" in shorter.record


def test_terms_that_match_nothing_or_nothing_new_go_before_any_is_replaced():
    records = includes(7)
    records["example.com"] = records["example.com"].replace(
        " ~all", " include:S0.test. a:gone.test exists:gone.test ~all"
    )

    shorter = audit_of(records).flattened

    assert shorter is not None and shorter.replaced == ()
    assert shorter.left_out == ("include:S0.test.", "a:gone.test", "exists:gone.test")
    assert shorter.lookups == 7


@pytest.mark.parametrize(
    "record",
    [
        "v=spf1 exists:%{i}.one.test -all",
        "v=spf1 ptr -all",
        "v=spf1 +all",
        "v=spf1 include:%{d2}.gone.test -all",
        "v=spf1 -ip4:192.0.2.0/24 ip4:192.0.2.9 -all",
        "v=spf1 ip4:192.0.2.300 -all",
        "v=spf1 include:gone.test -all",
        "v=spf1 include:example.com -all",
        "v=spf1 a:down.test -all",
        "v=spf1 a:%{d} -all",
    ],
)
def test_an_include_that_is_no_plain_set_of_addresses_is_never_replaced(record):
    zone = {"down.test": "SERVFAIL", **includes(11, record)}

    assert audit_of(zone).flattened is None


def test_a_term_that_fails_other_addresses_than_pass_later_does_no_harm():
    shorter = audit_of(includes(9, "v=spf1 -ip4:203.0.113.0/24 ip4:198.51.100.{} -all")).flattened

    assert shorter is not None and "203.0.113" not in shorter.record


def test_qualifiers_keep_their_meaning_and_their_order():
    records = includes(8)
    records["example.com"] = (
        "v=spf1 ?include:s0.test -include:s1.test include:s2.test mx:two.test include:s3.test "
        "~include:s4.test include:s5.test include:s6.test include:s7.test ~all"
    )
    records["s3.test"] = "v=spf1 include:s4.test ?ip4:198.51.100.9 -all"

    shorter = audit_of(records).flattened

    assert shorter is not None and shorter.record == (
        "v=spf1 ?ip4:198.51.100.0 -include:s1.test ip4:198.51.100.4 include:s2.test mx:two.test "
        "~include:s4.test include:s5.test include:s6.test include:s7.test ~all"
    )


DYNAMIC = "v=spf1 exists:%{i}.{}.test -all"  # in place of such a term no addresses can stand


def with_a_long_list() -> dict[str, Any]:
    many = " ".join(f"ip4:198.51.{n}.0/24" for n in range(0, 120, 2))
    return includes(4, DYNAMIC) | {
        "s0.test": "v=spf1 include:a.test include:b.test include:c.test include:d.test -all",
        **{f"{name}.test": f"v=spf1 {many} -all" for name in "abcd"},
    }


def test_a_long_list_goes_to_records_of_its_own_as_few_as_do():
    shorter = audit_of(with_a_long_list()).flattened

    assert shorter is not None and shorter.lookups == 8
    assert [name for name, _ in shorter.records] == [
        "example.com",
        "_spf1.example.com",
        "_spf2.example.com",
    ]
    assert all(len(value) <= MAX_LENGTH for _, value in shorter.records)
    assert "include:_spf1.example.com include:_spf2.example.com" in shorter.record


def test_a_name_that_is_there_already_is_left_alone():
    records = with_a_long_list()
    records["_spf1.example.com"] = "v=spf1 ip4:192.0.2.200 -all"

    shorter = audit_of(records).flattened

    assert shorter is not None and "_spf2.example.com" in dict(shorter.records)
    assert "_spf1.example.com" not in dict(shorter.records)


def test_a_redirect_is_resolved_where_the_costs_are_below_it():
    records = includes(11)
    records["_spf.other.test"] = records["example.com"].replace(" ~all", " a mx ~all")
    records["example.com"] = "v=spf1 redirect=_spf.other.test"

    shorter = audit_of(records).flattened

    assert shorter is not None and shorter.replaced[0].term == "redirect=_spf.other.test"
    assert "a:_spf.other.test" in (*shorter.left_out, *shorter.record.split())
    assert shorter.record.endswith("~all") and shorter.lookups == 7


def test_a_broken_record_is_mended_first():
    records = includes(11)
    records["example.com"] += " ip4:192.0.2.300"

    assert audit_of(records).flattened is None


def test_the_report_names_the_record_and_what_to_renew():
    audit = audit_of(includes(11))
    (finding,) = audit.findings
    told: Any = audit.as_json()["flattened"]

    assert finding.id == "spf-too-many-lookups" and finding.hint is not None
    assert (
        f"publish '{told['record']}' as TXT at example.com, which needs 7 lookups" in finding.hint
    )
    assert "'include:s3.test' come to today: renew it whenever that changes" in finding.hint
    assert told["records"] == [{"name": "example.com", "value": told["record"]}]
    assert told["replaced"][0] == {"term": "include:s0.test", "networks": ["198.51.100.0/32"]}


def test_addresses_of_both_families_are_kept():
    records = {
        "example.com": "v=spf1 " + "include:s0.test " * 2 + "a:one.test mx:two.test "
        "include:s1.test include:s2.test include:s3.test include:s4.test include:s5.test "
        "include:s6.test include:s7.test -all",
        **{f"s{n}.test": "v=spf1 exists:%{i}.list.test -all" for n in range(2)},
        **{f"s{n}.test": "v=spf1 ip4:203.0.113.7 -all" for n in range(2, 8)},
    }

    shorter = audit_of(records).flattened

    assert shorter is not None
    assert {str(n) for r in shorter.replaced if r.term == "a:one.test" for n in r.networks} <= {
        str(ip_network(ip_address(text))) for text in ("192.0.2.1", "2001:db8::1")
    }
