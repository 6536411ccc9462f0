"""What a received message shows for the scorecard of its author domain."""

import asyncio

import pytest

from mactl.audit import Scope, audit_domain
from mactl.audit.evidence import Evidence
from mactl.audit.message.evidence import evidence_of
from tests.audit.cases import means_for
from tests.audit.keys import with_keys
from tests.audit.letters import public_halves
from tests.audit.message.cases import ZONE, audit
from tests.audit.peers import Zone

NAMED = {"1.2.0.192.in-addr.arpa": {"PTR": "mail.example.com"}}
UNSIGNED = {"sign": [], "above": "Return-Path: <a@evil.test>\n"}


def seen_in(case, keys, **names) -> Evidence:
    zone = Zone.of(with_keys(ZONE | names, keys | public_halves()))
    return asyncio.run(evidence_of(audit(case, keys), zone))


def test_a_good_message_shows_all_but_its_transport_and_what_comes_after(keys):
    assert seen_in({}, keys, **NAMED) == Evidence(
        seen_in="the message",
        spf=True,
        dkim=True,
        dkim_bits=2048,
        dmarc=True,
        reverse=True,
        one_click=True,
    )


@pytest.mark.parametrize(
    ("case", "name"),
    [
        ({"change": {"Winter sale": "Summer sale"}}, "dkim"),
        ({"headers": {"List-Unsubscribe-Post": None}}, "one_click"),
        (UNSIGNED, "dmarc"),
    ],
)
def test_what_is_wrong_with_a_message_shows(case, name, keys):
    assert getattr(seen_in(case, keys, **NAMED), name) is False


def test_what_a_message_does_not_tell_stays_open(keys):
    seen = seen_in(UNSIGNED, keys)

    assert (seen.spf, seen.reverse, seen.dkim_bits, seen.tls) == (None, None, None, None)


def test_the_scorecard_of_its_domain_and_no_other_is_held_against_a_message(keys):
    seen = seen_in({}, keys, **NAMED)
    zone = Zone.of(with_keys(ZONE, keys | public_halves()))

    def alignment(domain: str) -> str:
        scope = Scope(seen=((domain, seen),))
        report = asyncio.run(audit_domain("example.com", means_for({}, zone), scope)).as_json()
        return next(
            line["result"]
            for line in report["scorecard"]["gmail"]
            if line["requirement"] == "alignment"
        )

    assert (alignment("example.com"), alignment("example.org")) == ("pass", "not_visible")
