"""SPF for one client: the envelope as people write it, and the record that would let it send."""

import asyncio
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mactl.audit import MemoResolver
from mactl.audit.envelope import Envelope, checked_envelope, given_envelopes
from mactl.audit.sender.relay import relay_addresses, relay_envelopes
from mactl.audit.spf.check import allowing, check_client, gravest_check
from mactl.audit.spf.evaluate import Result
from mactl.audit.spf.record import parse_spf
from mactl.audit.spf.trace import MAX_STEPS
from mactl.errors import UsageError
from tests.audit.peers import Zone


@pytest.mark.parametrize(
    ("ip", "mail_from", "helo", "envelope"),
    [
        ("192.0.2.1", None, None, Envelope("192.0.2.1")),
        (" 192.0.2.1 ", None, None, Envelope("192.0.2.1")),
        ("2001:DB8:0::1", None, None, Envelope("2001:db8::1")),
        ("[2001:db8::1]", None, None, Envelope("2001:db8::1")),
        ("::ffff:192.0.2.1", None, None, Envelope("192.0.2.1")),
        ("192.0.2.1", "a+b@EXAMPLE.com.", None, Envelope("192.0.2.1", "a+b@example.com")),
        ("192.0.2.1", "<a@b@example.com>", None, None),
        ("192.0.2.1", "<>", "Mail.Example.com", Envelope("192.0.2.1", "", "mail.example.com")),
        ("192.0.2.1", "a@bücher.example", None, Envelope("192.0.2.1", "a@xn--bcher-kva.example")),
        ("192.0.2.1", None, "localhost", Envelope("192.0.2.1", None, "localhost")),
        ("192.0.2.1", None, "[192.0.2.1]", Envelope("192.0.2.1", None, "[192.0.2.1]")),
        ("192.0.2.1", None, "[IPv6:::1]", Envelope("192.0.2.1", None, "[IPv6:::1]")),
        ("192.0.2", None, None, None),
        ("192.0.2.1/24", None, None, None),
        ("fe80::1%eth0", None, None, None),
        ("mail.example.com", None, None, None),
        ("192.0.2.1", "example.com", None, None),
        ("192.0.2.1", "a b@example.com", None, None),
        ("192.0.2.1", "a@192.0.2.1", None, None),
        ("192.0.2.1", "<>", None, None),
        ("192.0.2.1", None, "a_b..c", None),
        ("192.0.2.1", None, "[mail]", None),
        ("192.0.2.1", None, "\x1b[2J", None),
    ],
)
def test_an_envelope_is_taken_as_people_write_it_or_told_how_to(ip, mail_from, helo, envelope):
    if envelope is not None:
        assert checked_envelope(ip, mail_from, helo) == envelope
        return
    with pytest.raises(UsageError) as slip:
        checked_envelope(ip, mail_from, helo)
    assert slip.value.hint and "\x1b" not in slip.value.message


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=40))
def test_no_text_makes_more_than_a_usage_error_of_an_envelope(ip, mail_from, helo):
    for texts in ((ip, None, None), ("192.0.2.1", mail_from, None), ("192.0.2.1", None, helo)):
        try:
            checked_envelope(*texts)
        except UsageError:
            continue


def test_what_is_said_of_a_client_needs_its_address():
    assert given_envelopes(None, None, None) == ()
    assert given_envelopes("192.0.2.1", None, None) == (Envelope("192.0.2.1"),)
    with pytest.raises(UsageError, match="--helo"):
        given_envelopes(None, None, "mail.example.com")
    with pytest.raises(UsageError, match="--mail-from"):
        given_envelopes(None, "a@example.com", "mail.example.com")


def check(zone: Zone, envelope: Envelope) -> Any:
    return asyncio.run(check_client(envelope, "example.com", MemoResolver(zone)))


def test_the_domain_that_is_audited_sends_where_nobody_is_named(zone):
    zone.txt("example.com", "v=spf1 ip4:192.0.2.1 -all")

    found = check(zone, Envelope("192.0.2.1"))

    assert found.result is Result.PASS and found.mail_from == "postmaster@example.com"
    assert found.helo is None


def test_of_several_clients_the_worst_one_is_told_first(zone):
    zone.txt("example.com", "v=spf1 ip4:192.0.2.1 ~ip4:192.0.2.2 -all")

    found = tuple(check(zone, Envelope(f"192.0.2.{n}")) for n in (1, 3, 2))

    assert gravest_check(found).envelope.ip == "192.0.2.3"


def test_a_trace_tells_each_term_in_order_and_how_deep_it_stands(zone):
    zone.txt("example.com", "v=spf1 ip4:192.0.2.1 include:a.test redirect=b.test")
    zone.txt("a.test", "v=spf1 ip4:192.0.2.2 -all").txt("b.test", "v=spf1 ~all")

    trace = check(zone, Envelope("192.0.2.9")).spf.trace

    assert [(step.term, step.depth, step.outcome) for step in trace] == [
        ("ip4:192.0.2.1", 0, "no match"),
        ("include:a.test", 0, "no match"),
        ("ip4:192.0.2.2", 1, "no match"),
        ("-all", 1, "match"),
        ("redirect=b.test", 0, "redirected"),
        ("~all", 1, "match"),
    ]


def test_a_trace_ends_where_an_error_ends_the_check(zone):
    zone.txt("example.com", "v=spf1 include:a.test -all").txt("a.test", "v=spf1 a:b.test -all")
    zone.servfail("b.test")

    trace = check(zone, Envelope("192.0.2.9")).spf.trace

    assert [step.outcome for step in trace] == ["temperror", "temperror"]


def test_a_trace_of_thousands_of_terms_is_cut(zone):
    zone.txt("example.com", "v=spf1 " + "ip4:192.0.2.1 " * 3000 + "-all")

    assert len(check(zone, Envelope("192.0.2.9")).spf.trace) == MAX_STEPS


TERMS = ["ip4:192.0.2.0/28", "-ip4:192.0.2.0/29", "?include:a.test", "include:a.test", "~mx", "a"]
ENDS = ["", "-all", "~all", "+all", "redirect=b.test", "?all exp=c.test", "-all ip4:192.0.2.9"]


@given(st.lists(st.sampled_from(TERMS), max_size=5), st.sampled_from(ENDS), st.integers(0, 20))
def test_the_record_that_is_proposed_lets_the_address_send(terms, end, number):
    client = Envelope(f"192.0.2.{number}")
    zone = Zone.of(
        {
            "example.com": {
                "TXT": " ".join(("v=spf1", *terms, end)),
                "A": "192.0.2.3",
                "MX": "1 mail.test",
            },
            "mail.test": {"A": "192.0.2.17"},
            "a.test": "v=spf1 ip4:192.0.2.4/30 -all",
            "b.test": "v=spf1 ip4:192.0.2.18 -all",
        }
    )
    found = check(zone, client)
    assume(found.result not in (Result.PASS, Result.PERMERROR))

    zone.txt("example.com", allowing(parse_spf(found.record), found))

    assert check(zone, client).result is Result.PASS


def relay(host: str, zone: Zone) -> list[str]:
    return asyncio.run(relay_addresses(host, MemoResolver(zone)))


def test_a_relay_is_looked_at_by_each_of_its_public_addresses(zone):
    zone.put("relay.test", "A", ["203.0.113.1", "10.0.0.1"])
    zone.put("relay.test", "AAAA", ["2001:db8::1", "fd00::1"])

    assert relay("relay.test", zone) == ["203.0.113.1", "2001:db8::1"]
    assert relay("203.0.113.7", zone) == ["203.0.113.7"]
    assert relay("127.0.0.1", zone) == relay("gone.test", zone) == []


def test_a_relay_delivers_with_the_projects_return_path(zone):
    zone.put("relay.test", "A", "203.0.113.1")

    found = asyncio.run(relay_envelopes("relay.test", "bounces.example.com", MemoResolver(zone)))

    assert found == (
        Envelope(
            "203.0.113.1",
            "postmaster@bounces.example.com",
            relay="relay.test",
            term="a:relay.test",
        ),
    )
    assert asyncio.run(relay_envelopes("", "example.com", MemoResolver(zone))) == ()
