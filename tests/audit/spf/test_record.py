"""SPF records: what the parser promises for any text, and the records that are proposed."""

import asyncio
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mactl.audit import MemoResolver, check_host
from mactl.audit.spf import evaluate
from mactl.audit.spf.gather import gather_spf
from mactl.audit.spf.macros import EXPLANATION_LETTERS, parse_macro_string
from mactl.audit.spf.record import is_spf, parse_spf
from mactl.audit.spf.terms import Directive
from mactl.audit.spf.tree import build_tree
from tests.audit.peers import Zone
from tests.audit.spf.forests import forests

octets = st.text(st.characters(max_codepoint=255), max_size=80)
names = st.sampled_from(["example.com", "a.test", "_spf.b.test.", "%{d}", "%{ir}.%{v}.c.test"])
qualifiers = st.sampled_from(["", "+", "-", "~", "?"])
cidrs = st.sampled_from(["", "/24", "//64", "/24//64", "/0", "//0"])
directives = st.one_of(
    st.builds("{}{}".format, qualifiers, st.sampled_from(["all", "ALL", "mx", "A", "ptr"])),
    st.builds("{}{}:{}{}".format, qualifiers, st.sampled_from(["a", "Mx"]), names, cidrs),
    st.builds("{}{}:{}".format, qualifiers, st.sampled_from(["include", "exists", "ptr"]), names),
    st.builds("{}ip4:{}".format, qualifiers, st.ip_addresses(v=4)),
    st.builds("{}ip6:{}/{}".format, qualifiers, st.ip_addresses(v=6), st.integers(0, 128)),
)
modifiers = st.one_of(
    st.builds("redirect={}".format, names),
    st.builds("exp={}".format, names),
    st.sampled_from(["moo.cow=x%%y%_z%-", "ra=postmaster", "x=%{c}%{R3r.-}"]),
)
records = st.builds(
    lambda terms: " ".join(("v=spf1", *terms)), st.lists(directives | modifiers, max_size=8)
)


@given(octets)
def test_no_text_makes_the_parser_raise(text):
    parse_spf(f"v=spf1 {text}")
    is_spf(text)


@given(records)
def test_legal_records_have_no_fault_but_doubled_modifiers(text):
    for fault in parse_spf(text).faults:
        assert fault.message.startswith("a second ")


@given(st.one_of(records, octets.map("v=spf1 {}".format)))
def test_a_record_means_the_same_after_it_is_printed(text):
    record = parse_spf(text)
    printed = parse_spf(str(record))

    assert printed.terms == record.terms and not printed.faults


@given(st.one_of(records, octets.map("v=spf1 {}".format)))
def test_a_fault_points_at_its_term(text):
    for fault in parse_spf(text).faults:
        start = fault.column - 1
        assert fault.term in text[max(0, start - len(fault.term)) : start + len(fault.term)]


@given(records)
def test_a_rewritten_record_is_a_record(text):
    record = parse_spf(text)
    ptrs = [t for t in record.terms if isinstance(t, Directive) and t.mechanism == "ptr"]

    rewritten = parse_spf(record.rewritten(without=ptrs, all="~all"))

    assert not rewritten.faults
    assert rewritten.all is not None and rewritten.all.qualifier == "~"
    assert not rewritten.unreachable


# The examples of RFC 7208 7.4, for strong-bad@email.example.com from 192.0.2.3 and 2001:db8::cb01.
VALUES = {
    "s": "strong-bad@email.example.com",
    "l": "strong-bad",
    "o": "email.example.com",
    "d": "email.example.com",
    "i": "192.0.2.3",
    "v": "in-addr",
}


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("%{s}", "strong-bad@email.example.com"),
        ("%{d4}", "email.example.com"),
        ("%{d2}", "example.com"),
        ("%{d1}", "com"),
        ("%{dr}", "com.example.email"),
        ("%{d2r}", "example.email"),
        ("%{l-}", "strong.bad"),
        ("%{lr-}", "bad.strong"),
        ("%{l1r-}", "strong"),
        ("%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"),
        ("%{lr-}.lp.%{ir}.%{v}._spf.%{d2}", "bad.strong.lp.3.2.0.192.in-addr._spf.example.com"),
        ("%%%_%-%{S}", "% %20strong-bad%40email.example.com"),
    ],
)
def test_macros_expand_as_in_the_examples_of_the_rfc(text, expanded):
    assert parse_macro_string(text, EXPLANATION_LETTERS).expand(VALUES) == expanded


@given(forests())
def test_the_tree_counts_what_a_receiver_without_limits_would_count(forest):
    zone = Zone.of({**forest, "host.test": {"A": "192.0.2.1", "MX": "1 host.test"}})

    async def both() -> tuple[int, int, int, int]:
        resolver = MemoResolver(zone)
        tree = build_tree("n0.test", await gather_spf("n0.test", resolver))
        check = await check_host("203.0.113.7", "x@n0.test", "helo.test", resolver)
        return tree.lookups, check.lookups, tree.void_lookups, check.void_lookups

    with (
        patch.object(evaluate, "MAX_LOOKUPS", 10**9),
        patch.object(evaluate, "MAX_VOID_LOOKUPS", 10**9),
    ):
        lookups, received, voids, received_voids = asyncio.run(both())

    assert (lookups, voids) == (received, received_voids)
