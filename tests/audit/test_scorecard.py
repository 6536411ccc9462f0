"""The scorecard with what was seen of real mail, which goes before what records promise."""

import asyncio

import pytest

from mactl.audit import audit_domain
from mactl.audit.evidence import Evidence
from mactl.audit.scorecard.card import score
from mactl.audit.scorecard.requirements import Known, Result
from tests.audit.cases import pages_for, zone_for
from tests.audit.peers import means_of


@pytest.fixture
def known(keys):
    """What is known of the healthy domain, with evidence."""
    report = asyncio.run(audit_domain("example.com", means_of(zone_for({}, keys), pages_for({}))))

    def of(evidence: Evidence) -> Known:
        return Known("example.com", report.spf, report.dkim, report.dmarc, None, evidence)

    return of


def results(known: Known, provider: str = "gmail") -> dict[str, Result]:
    return {line.requirement: line.judged.result for line in score(known).providers[provider]}


PROPER = Evidence(
    seen_in="message.eml",
    spf=True,
    dkim=True,
    dkim_bits=2048,
    dmarc=True,
    reverse=True,
    tls=True,
    one_click=True,
    spam_rate=0.0004,
    unsubscribe_days=1,
)


def test_with_all_the_evidence_nothing_stays_invisible(known):
    assert set(results(known(PROPER)).values()) == {Result.PASS}


@pytest.mark.parametrize(
    ("requirement", "seen"),
    [
        ("spf", Evidence(spf=False)),
        ("dkim", Evidence(dkim=False)),
        ("dkim-1024-bits", Evidence(dkim_bits=768)),
        ("alignment", Evidence(dmarc=False)),
        ("forward-and-reverse-dns", Evidence(reverse=False)),
        ("tls", Evidence(tls=False)),
        ("spam-rate", Evidence(spam_rate=0.003)),
        ("one-click-unsubscribe", Evidence(one_click=False)),
        ("unsubscribe-within-2-days", Evidence(unsubscribe_days=3)),
    ],
)
def test_what_was_seen_goes_before_what_records_promise(known, requirement, seen):
    found = results(known(PROPER.and_also(seen)))

    assert [name for name, result in found.items() if result is Result.FAIL] == [requirement]


def test_a_message_that_fails_one_of_two_still_has_the_other(known):
    assert results(known(Evidence(spf=False)))["spf-or-dkim"] is Result.PASS
    assert results(known(Evidence(spf=False, dkim=False)))["spf-or-dkim"] is Result.FAIL


def test_an_ed25519_key_is_not_too_short(known):
    assert results(known(Evidence(dkim_bits=256)))["dkim-1024-bits"] is Result.PASS


def test_evidence_adds_up_and_says_where_it_is_from():
    both = Evidence("a.eml", spf=True, tls=True).and_also(Evidence("b.eml", spf=False, dkim=True))

    assert both == Evidence("a.eml and b.eml", spf=False, dkim=True, tls=True)


def test_yahoo_asks_for_what_gmail_does_and_microsoft_for_authentication(known):
    card = score(known(PROPER))

    assert card.providers["gmail"] == card.providers["yahoo"]
    asked = [line.requirement for line in card.providers["microsoft"]]
    assert asked == ["spf", "dkim", "dmarc", "alignment"]
    assert card.fails("microsoft") == ()
