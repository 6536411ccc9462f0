"""DKIM key records, for any text, and the order in which selectors are looked for."""

import asyncio
import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mactl.audit.dkim.audit import audit_dkim
from mactl.audit.dkim.judge import judge_key
from mactl.audit.dkim.record import looks_like_key, parse_dkim_key, repaired
from mactl.audit.providers import PROVIDERS, guessed_selectors, recognise
from mactl.audit.selectors import checked_selectors
from mactl.audit.tags import parse_tags
from mactl.errors import UsageError

octets = st.text(st.characters(max_codepoint=255), max_size=80)
pieces = st.sampled_from(
    ["v=DKIM1", "k=rsa", "k=ed25519", "p=", "p=AAAA", "p=MIIB", "t=y:s", "h=sha256", "s=*", "", "x"]
)
lists = st.lists(st.one_of(pieces, octets), max_size=6).map(";".join)


@given(lists)
def test_no_text_makes_the_parser_raise(text):
    list(judge_key("s1._domainkey.example.com", parse_dkim_key(text)))
    looks_like_key(text)


@given(st.binary(max_size=80))
def test_no_octets_make_the_key_reader_raise(octets):
    key = parse_dkim_key(f"p={base64.b64encode(octets).decode()}")

    assert key.bits == 0 or not key.key_fault


@given(lists)
def test_what_is_proposed_for_a_broken_record_is_a_key(text):
    meant = repaired(text)

    assert not meant or not parse_dkim_key(meant).key_fault
    assert repaired(meant) == meant


@pytest.mark.parametrize("text", ["p={}", 'v=DKIM1\\; p="{}"', "V=dkim1: k=rsa, P={}"])
def test_a_key_is_found_in_what_people_make_of_records(keys, text):
    assert repaired(text.format(keys["rsa2048"])).endswith(f"p={keys['rsa2048']}")


@given(lists)
def test_a_tag_list_means_the_same_after_it_is_printed(text):
    tags = parse_tags(text)

    assert parse_tags(str(tags)).tags == tags.tags


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("test.txt", ["dkim-key-short"]),
        ("test2.txt", ["dkim-key-short"]),
        ("badk.txt", ["dkim-unknown-key-type"]),
        ("badversion.txt", ["dkim-version"]),
        ("test_bad.txt", ["dkim-bad-key"]),
        ("test_tlsrpt.txt", ["dkim-not-for-email", "dkim-key-short"]),
    ],
)
def test_the_keys_of_another_suite_are_judged_alike(suites, file, expected):
    text = (suites / "dkim" / "dkimpy" / file).read_text(encoding="utf-8").strip()

    assert [f.id for f in judge_key("test", parse_dkim_key(text))] == expected


def test_nothing_below_domainkey_is_asked_for_but_what_the_services_show(zone):
    zone.txt("example.com", "v=spf1 -all")

    asyncio.run(audit_dkim("example.com", zone, providers=recognise(["smtp.google.com"])))

    assert [name for name, _ in zone.asked] == [
        "_domainkey.example.com",
        "google._domainkey.example.com",
    ]


def test_the_order_is_domainkey_then_a_random_name_then_the_services_then_the_usual(zone):
    zone.txt("q._domainkey.example.com", "p=")

    asyncio.run(audit_dkim("example.com", zone, providers=recognise(["mx.zoho.eu"])))
    asked = [name.removesuffix("._domainkey.example.com") for name, _ in zone.asked]

    assert asked[0] == "_domainkey.example.com"
    assert len(asked[1]) == 16 and asked[1] not in guessed_selectors(())
    assert asked[2:4] == ["zoho", "zmail"]
    assert asked[4:] == [s for s in guessed_selectors(()) if s not in ("zoho", "zmail")]


def test_without_guessing_only_the_given_selectors_are_asked_for(zone):
    zone.txt("s1._domainkey.example.com", "p=")

    asyncio.run(audit_dkim("example.com", zone, selectors=["s1"], guess=False))

    assert [name for name, _ in zone.asked] == ["s1._domainkey.example.com"]


def test_a_selector_that_was_learned_is_looked_at_and_may_be_gone(zone, keys):
    zone.txt("q7._domainkey.example.com", f"p={keys['rsa1024']}")
    learned = ["Q7", "gone", "a b", "\x1b[31m", *(f"n{number}" for number in range(100))]

    found = asyncio.run(audit_dkim("example.com", zone, learned=learned, guess=False))

    assert [s.name for s in found.selectors] == ["q7"]
    assert [f.id for f in found.findings] == ["dkim-key-short"]
    assert len(zone.asked) == 50


def test_a_server_that_denies_domainkey_and_has_a_key_below_it_is_not_believed(zone, keys):
    zone.txt("google._domainkey.example.com", f"p={keys['rsa2048']}")
    zone.txt("key1._domainkey.example.com", f"p={keys['rsa2048']}")
    denying = _Denying(zone)

    found = asyncio.run(audit_dkim("example.com", denying, providers=recognise(["google.com"])))

    assert [s.name for s in found.usable] == ["google", "key1"]


class _Denying:
    """A server that says NXDOMAIN for a name that only has names below it."""

    def __init__(self, zone) -> None:
        self.zone = zone

    async def query(self, name, rdtype, *, unchecked=False):
        name = "nothing.test" if name.startswith("_domainkey.") else name
        return await self.zone.query(name, rdtype)


@pytest.mark.parametrize(
    "selector", ["", "a b", "s1..x", "-s1", "s1._domainkey.example.com", "a" * 64, "\x1b[31m"]
)
def test_an_impossible_selector_is_a_usage_error_with_a_hint(selector):
    with pytest.raises(UsageError) as refused:
        checked_selectors([selector])

    assert refused.value.hint and "\x1b" not in refused.value.message


def test_selectors_may_have_dots_and_capitals():
    assert checked_selectors(["S1", "eu.news", "s1"]) == ("s1", "eu.news")


def test_every_service_is_recognised_by_its_own_names():
    for provider in PROVIDERS:
        for suffix in provider.suffixes:
            assert provider in recognise([f"mx1.{suffix}"])
            assert provider not in recognise([f"not{suffix}"])
