"""What was probably meant by the slips of real SPF records, and by records that are none."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mactl.audit import MemoResolver
from mactl.audit.kinds import MOST_OF_A_KIND
from mactl.audit.spf.absent import meant_as_spf, repaired
from mactl.audit.spf.audit import audit_spf
from mactl.audit.spf.record import MAX_GUESSES, parse_spf
from mactl.audit.spf.slips import suggestion
from mactl.audit.spf.terms import is_term
from tests.audit.peers import Zone

SIGNS = [*'+-~?:=/.,; "\t*@', "\xe2\x80\x9c", "\xc2\xa0", "%{i}", "https://", "24"]
WORDS = ["ip4", "ip6", "include", "all", "a", "mx", "redirect", "example.com", "192.0.2.1", "::1"]
PIECES = st.sampled_from([*SIGNS, *WORDS])
SLIPS = st.lists(PIECES, min_size=1, max_size=7).map("".join)


@pytest.mark.parametrize(
    ("slip", "meant"),
    [
        ("ipv4:192.0.2.1", "ip4:192.0.2.1"),
        ("ip:192.0.2.0/24", "ip4:192.0.2.0/24"),
        ("ip:2001:db8::/32", "ip6:2001:db8::/32"),
        ("ip4:2001:db8::1", "ip6:2001:db8::1"),
        ("ip6:192.0.2.1", "ip4:192.0.2.1"),
        ("ip4-192.0.2.1", "ip4:192.0.2.1"),
        ("-a:192.0.2.1", "-ip4:192.0.2.1"),
        ("mx:2001:db8::1", "ip6:2001:db8::1"),
        ("192.0.2.1", "ip4:192.0.2.1"),
        ("2001:db8::1", "ip6:2001:db8::1"),
        ("ip4:mail.example.com", "a:mail.example.com"),
        ("ip4:192.0.2", "ip4:192.0.2.0/24"),
        ("ip4:192.0.2.x", "ip4:192.0.2.0/24"),
        ("-ip4:192.0.2.0/255.255.0.0", "-ip4:192.0.0.0/16"),
        ("ip4:192.0.2.6-9", "ip4:192.0.2.6/31 ip4:192.0.2.8/31"),
        ("ip4:192.0.2.9-192.0.2.6", ""),
        ("ip4:0.0.0.1-255.255.255.254", ""),
        ("redirect:example.com", "redirect=example.com"),
        ("-redirect:example.com", "redirect=example.com"),
        ("--all", "-all"),
        ("-all.", "-all"),
        ("~all;", "~all"),
        ("-al", "-all"),
        ("~ALLL", "~all"),
        ("_spf.example.com", "include:_spf.example.com"),
        ("exist:%{i}.example.com", "exists:%{i}.example.com"),
        ("include:example.com/24", "include:example.com"),
        ("\xe2\x88\x92all", "-all"),
        ('\\"-all\\"', "-all"),
        ("mx-all", "mx -all"),
        ("ip4:192.0.2.1ip4:192.0.2.2-all", "ip4:192.0.2.1 ip4:192.0.2.2 -all"),
        ("192.0.2.1,192.0.2.2", "ip4:192.0.2.1 ip4:192.0.2.2"),
        ("-ip4:192.0.2.1;192.0.2.2", "-ip4:192.0.2.1 -ip4:192.0.2.2"),
        ("nonsense", ""),
        ("ip4:192.0.2.300", ""),
        ("ip4:192.0.2.0/24/24", ""),
        ("all/24", ""),
        ("-" * 5000 + "!", ""),
    ],
)
def test_common_slips_are_told_what_was_meant(slip, meant):
    (fault,) = parse_spf(f"v=spf1 {slip}").faults

    assert fault.suggestion == meant


@pytest.mark.parametrize(
    ("legal", "meant"),
    [
        ("include:a.test-all", "include:a.test -all"),
        ("include:a.testinclude:b.test", "include:a.test include:b.test"),
        ("include:a.test,include:b.test", "include:a.test include:b.test"),
        ("include:a.test,b.test", "include:a.test include:b.test"),
        ("include:ann@a.test", "include:a.test"),
        ("include:a.test", ""),
        ("redirect=a.test", ""),
        ("exists:%{l,-}.a.test", ""),
    ],
)
def test_a_legal_term_that_leads_nowhere_may_have_been_meant_otherwise(legal, meant):
    assert is_term(legal)
    assert suggestion(legal, is_term) == meant


@pytest.mark.parametrize(
    "text",
    [
        "include: a.test -all",
        "include:  a.test -all",
        "include: a.test - all",
        "include= a.test ~ all",
        "+ include:a.test -all",
    ],
)
def test_what_a_space_has_torn_apart_is_one_fault(text):
    record = parse_spf(f"v=spf1 {text}")

    assert all(fault.suggestion for fault in record.faults)
    assert not parse_spf(record.rewritten()).faults
    assert "a.test" in record.rewritten() and record.rewritten()[-4:] in ("-all", "~all")


@given(SLIPS)
def test_what_is_suggested_is_legal_and_can_be_shown(slip):
    meant = suggestion(slip, is_term)

    assert all(map(is_term, meant.split()))
    assert all(" " <= character <= "~" for character in meant)


@given(st.lists(SLIPS, max_size=4))
def test_a_record_whose_faults_are_all_explained_is_mended_by_what_was_meant(slips):
    record = parse_spf(" ".join(("v=spf1", *slips)))

    if all(fault.suggestion for fault in record.faults):
        mended = parse_spf(record.rewritten())
        assert all("a second" in fault.message for fault in mended.faults)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("v=spf1;mx;-all", "v=spf1 mx -all"),
        ("v=spf1mx -all", "v=spf1 mx -all"),
        ("V = SPF1 mx -all", "v=spf1 mx -all"),
        ("v:spf1 mx -all", "v=spf1 mx -all"),
        ("v=spf1.0 mx -all", ""),
        ("vspf1 mx -all", "v=spf1 mx -all"),
        ("spf=1 mx -all", "v=spf1 mx -all"),
        ("v=spf1-all", "v=spf1 -all"),
        ("TXT v=spf1 mx -all", "v=spf1 mx -all"),
        ("'v=spf1 mx -all'", "v=spf1 mx -all"),
        ("v=spf1\tmx\t-all", "v=spf1 mx -all"),
        ("\xef\xbb\xbfv=spf1 mx -all", "v=spf1 mx -all"),
        ("v=spf1,nonsense", ""),
    ],
)
def test_a_record_that_is_none_is_told_what_was_meant(text, meant):
    assert meant_as_spf(text)
    assert repaired(text) == meant


@pytest.mark.parametrize(
    "text",
    ["", "v=DMARC1; p=none", "spf2.0/pra mx -all", "google-site-verification=spf1", "sender=spf"],
)
def test_other_records_are_not_taken_for_spf(text):
    assert not meant_as_spf(text)


@pytest.mark.parametrize(
    "terms", ["a ", "a:b.test ", "inlcude:b.test ", "x=y ", "include:b.test ", "- ", "mx/8 "]
)
def test_a_record_of_thousands_of_terms_is_told_of_in_few_words(terms):
    zone = Zone.of({"example.com": "v=spf1 " + terms * (60_000 // len(terms))})

    audit = asyncio.run(audit_spf("example.com", MemoResolver(zone)))

    kinds = {finding.id for finding in audit.findings}
    assert len(audit.findings) <= MOST_OF_A_KIND * len(kinds)
    assert len(zone.asked) < 20
    record = audit.record
    assert record is not None
    assert sum(1 for fault in record.faults if fault.suggestion) <= MAX_GUESSES


@pytest.mark.parametrize("between", [" ", "=", " =", " v", "v "])
def test_blanks_without_number_take_no_time(between):
    text = "v" + between * 30_000 + " v=spf1 a -all"

    assert meant_as_spf(text)
    assert not parse_spf(repaired(text) or "v=spf1 -all").faults


def test_records_that_are_megabytes_together_are_cut_short():
    many = "v=spf1 " + "ip4:192.0.2.1 " * 4000 + "-all"
    zone = Zone.of({f"n{number}.test": many for number in range(40)})
    zone.txt(
        "example.com", " ".join(("v=spf1", *(f"include:{name}" for name in zone.names), "-all"))
    )

    audit = asyncio.run(audit_spf("example.com", MemoResolver(zone)))

    assert "250,000 characters" in next(f.message for f in audit.findings if f.id == "spf-cut")
