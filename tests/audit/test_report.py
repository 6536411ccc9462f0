"""A whole audit: over real sockets, without DNS, and over zones that mean harm."""

import asyncio
import json
import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mactl.audit import CATALOGUE, Scope, Verdict, audit_domain, system_resolver
from mactl.audit.manual import EXPLAINED
from mactl.errors import UsageError
from tests.audit.cases import HEALTHY, healthy_means
from tests.audit.keys import with_keys
from tests.audit.peers import Zone, means_of
from tests.conftest import examples

_SOURCES = r"RFC \d+|BIMI draft|SVG Tiny PS draft|VMC draft|Mark certificate requirements"


@pytest.fixture
def zone(keys) -> Zone:
    return Zone.of(with_keys(HEALTHY, keys))


def audit(server, domain="example.com", timeout=2.0, **options):
    async def run():
        resolver = system_resolver(server.address, timeout)
        return await audit_domain(domain, healthy_means(resolver), Scope(**options))

    return asyncio.run(run())


def test_a_healthy_domain_passes_over_real_sockets(dns_server):
    report = audit(dns_server)

    assert report.findings == () and report.verdict is Verdict.PASS
    assert not report.no_dns


def test_no_question_is_asked_twice(dns_server):
    report = audit(dns_server)
    questions = [
        (name, rdtype) for name, rdtype, transport in dns_server.asked if transport == "udp"
    ]

    assert len(questions) == len(set(questions)) == report.asked


def test_a_long_record_arrives_over_tcp_and_is_judged(zone, dns_server):
    addresses = " ".join(f"ip4:198.51.100.{number}" for number in range(120))
    zone.txt("example.com", f"v=spf1 {addresses} +all")

    report = audit(dns_server)

    assert ("example.com", "TXT", "tcp") in dns_server.asked
    assert report.finding("spf-pass-all").reference == "RFC 7208 5.1"


@pytest.mark.parametrize(
    ("failure", "verdict", "no_dns"),
    [("SERVFAIL", "error", ""), ("REFUSED", "error", "refused"), ("TIMEOUT", "error", "timeout")],
)
def test_no_dns_at_all_is_told_from_a_server_that_fails(zone, dns_server, failure, verdict, no_dns):
    zone.names.clear()
    for name in ("example.com", "com"):
        zone.put(f"*.{name}", "*", failure).put(name, "*", failure)

    report = audit(dns_server, timeout=0.3)

    assert (report.verdict, report.no_dns) == (verdict, no_dns)


def test_a_dead_name_server_costs_one_lifetime(zone, dns_server):
    zone.names.clear()
    zone.put("*.com", "*", "TIMEOUT").put("com", "*", "TIMEOUT")
    started = time.monotonic()

    report = audit(dns_server, timeout=0.5)

    assert report.no_dns and time.monotonic() - started < 2


def test_the_report_is_json_with_its_promised_keys(dns_server):
    report = json.loads(json.dumps(audit(dns_server).as_json()))

    assert {"domain", "verdict", "findings", "spf", "dkim", "dmarc", "bimi"} <= report.keys()
    assert {"status", "record", "lookups", "void_lookups", "all", "tree"} <= report["spf"].keys()
    assert report["dkim"]["selectors"]["mail"].items() >= {
        ("status", "pass"),
        ("type", "rsa"),
        ("bits", 2048),
    }
    dmarc = {"status", "record", "record_domain", "policy", "policy_rfc7489", "testing", "walk"}
    assert dmarc <= report["dmarc"].keys()
    assert report["dmarc"]["policy"] == dict.fromkeys(("this", "subdomain", "absent"), "reject")
    assert {"status", "eligible", "logo", "certificate"} <= report["bimi"].keys()
    assert {"status", "hosts", "null"} <= report["mx"].keys()
    assert {"status", "record", "id", "policy"} <= report["mta_sts"].keys()
    assert report["mta_sts"]["policy"].keys() == {"mode", "max_age", "mx"}
    assert {"status", "record", "rua"} <= report["tls_rpt"].keys()
    assert {"status", "state", "algorithms", "expires"} <= report["dnssec"].keys()
    assert report["scorecard"].keys() == {"gmail", "yahoo", "microsoft"}
    line = {"requirement", "result", "why", "source", "findings"}
    assert all(found.keys() == line for found in report["scorecard"]["gmail"])
    assert not {"servers", "reverse"} & report.keys()


def test_a_finding_in_json_has_its_effect_fix_and_reference(zone, dns_server):
    zone.txt("example.com", "v=spf1 mx ptr -all")

    (finding,) = audit(dns_server).as_json()["findings"]

    assert finding == {
        "id": "spf-ptr",
        "severity": "warning",
        "standard": "spf",
        "message": "example.com uses 'ptr'",
        "effect": CATALOGUE["spf-ptr"].effect,
        "fix": "publish 'v=spf1 mx -all' as TXT at example.com",
        "reference": "RFC 7208 5.5",
    }


def test_an_include_that_cannot_be_resolved_is_a_dns_failure_not_an_absent_record(zone, dns_server):
    zone.txt("example.com", "v=spf1 include:_spf.relay.test -all").servfail("_spf.relay.test")

    assert audit(dns_server).finding("spf-temperror").reference == "RFC 7208 4.4"


def test_findings_come_gravest_first(zone, dns_server):
    zone.txt("example.com", "v=spf1 ptr +all").txt("_dmarc.example.com", "v=DMARC1; p=reject")

    ranks = [finding.severity.rank for finding in audit(dns_server).findings]

    assert ranks == sorted(ranks, reverse=True) == [2, 1, 0]


def test_a_finding_that_is_not_there_is_a_key_error(dns_server):
    with pytest.raises(KeyError):
        audit(dns_server).finding("spf-missing")


@pytest.mark.parametrize("options", [{"domain": "jo@example.com"}, {"selectors": ["a b"]}])
def test_a_mistake_in_what_was_asked_is_a_usage_error_before_any_question(dns_server, options):
    with pytest.raises(UsageError):
        audit(dns_server, **options)

    assert dns_server.asked == []


def test_the_catalogue_explains_every_kind_in_one_form():
    for id, kind in EXPLAINED.items():
        assert id == kind.id and re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", id)
        assert (
            not kind.title[0].islower() and not kind.title.endswith(".") and "\n" not in kind.title
        )
        assert kind.effect.endswith(".") and "\n" not in kind.effect
        assert re.match(rf"({_SOURCES}) [A-Z0-9][0-9.]*$|M3AAWG parked domains$", kind.reference)


def test_the_kinds_of_a_standard_carry_its_name():
    prefixes = {id.partition("-")[0] for id in CATALOGUE}
    standards = {"spf", "dkim", "dmarc", "bimi", "mx", "mta", "tls", "dnssec"}
    others = {"domain", "null", "reverse", "helo", "servers", "subdomain", "parked"}
    others |= {"message", "one", "report"}  # of a message and of reports

    assert prefixes == standards | others


NAMES = ("example.com", "a.test", "b.test", "_dmarc.example.com", "mail._domainkey.example.com")
WORDS = """
    v=spf1 include:a.test include:b.test redirect=a.test a:b.test mx -all +all ptr ip4:0.0.0.0/0
    exists:%{i}.a.test include:%{d} % v=DMARC1; p=reject; sp=none; psd=y; t=y; np=; v=BIMI1; a=; ;;
    rua=mailto:x@b.test; v=DKIM1; k=rsa; p=AAAA; l=https://a.test/a.svg; = " \\
"""
HARMFUL = ("\x1b[2J", "\r\n", "\x9b31m", "l=https://a.test/\x07.svg;", "\xe2\x80\xae")
PIECES = st.sampled_from([*WORDS.split(), *HARMFUL])
TEXTS = st.lists(PIECES, max_size=6).map(" ".join)
ENTRIES = st.one_of(
    TEXTS,
    st.lists(TEXTS, max_size=3),
    st.sampled_from(["SERVFAIL", "TIMEOUT", "REFUSED"]),
    st.sampled_from([{"MX": ["0 "]}, {"MX": "1 a.test"}, {"CNAME": "a.test"}, {"A": "192.0.2.1"}]),
)
HOSTILE = st.dictionaries(
    st.sampled_from(
        [*NAMES, "*.example.com", "default._bimi.example.com", "_domainkey.example.com"]
    ),
    ENTRIES,
)


@settings(max_examples=examples(200))
@given(HOSTILE)
def test_no_zone_can_crash_hang_or_speak_to_the_terminal(entries):
    zone = Zone.of(entries)

    report = asyncio.run(audit_domain("example.com", means_of(zone)))

    text = json.dumps(report.as_json(), ensure_ascii=False)
    assert all(" " <= character <= "~" or character == "…" for character in text)
    assert len(zone.asked) <= 400
