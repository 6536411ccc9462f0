"""What changed between two reports of one domain."""

import asyncio

import pytest

from mactl.audit import audit_domain
from mactl.audit.changes import carried_on, changes_between
from tests.audit.cases import HEALTHY
from tests.audit.keys import with_keys
from tests.audit.peers import Zone, means_of


@pytest.fixture
def report(keys):
    """The report of the healthy domain with some of its names changed."""

    def of(**names):
        zone = Zone.of(with_keys(HEALTHY | names, keys))
        return asyncio.run(audit_domain("example.com", means_of(zone))).as_json()

    return of


def test_the_same_zone_has_not_changed(report):
    assert not changes_between(report(), report())


def test_another_record_is_a_change_of_facts(report):
    relaxed = "v=DMARC1; p=quarantine; rua=mailto:dmarc@example.com"

    changes = changes_between(report(), report(**{"_dmarc.example.com": relaxed}))

    told = {change.what: (change.before, change.after) for change in changes.facts}
    assert told["dmarc.policy.this"] == ("reject", "quarantine")
    assert told["dmarc.record"][1] == relaxed


def test_a_key_that_is_gone_is_told_by_its_selector(report):
    changes = changes_between(report(), report(**{"mail._domainkey.example.com": None}))

    assert [c.after for c in changes.facts if c.what == "dkim.selectors.mail"] == [None]
    assert {finding["id"] for finding in changes.new} >= {"dkim-none"}


def test_what_was_mended_is_gone(report):
    broken = report(**{"_dmarc.example.com": None})

    changes = changes_between(broken, report())

    assert [finding["id"] for finding in changes.gone] == ["dmarc-missing", "bimi-not-eligible"]
    assert changes.new == ()


def test_other_numbers_in_a_finding_are_no_new_finding(report):
    def with_key(bits: str):
        return report(**{"mail._domainkey.example.com": f"v=DKIM1; p={{rsa{bits}}}"})

    changes = changes_between(with_key("1024"), with_key("1536"))

    assert changes.new == changes.gone == ()
    assert [c.what for c in changes.facts] == ["dkim.selectors.mail.bits"]


def test_a_second_finding_of_a_kind_is_new(report):
    def with_selectors(*names: str):
        record = "v=DKIM1; p={rsa1024}"
        return report(**{f"{name}._domainkey.example.com": record for name in names})

    changes = changes_between(with_selectors("mail"), with_selectors("mail", "s1"))

    assert [finding["id"] for finding in changes.new] == ["dkim-key-short"]


def test_a_dns_that_fails_has_changed_nothing(report):
    failing = report(**{"_dmarc.example.com": "SERVFAIL"})

    assert not changes_between(report(), failing)


def test_what_the_dns_failed_to_tell_is_kept_as_it_was(report):
    before = report(**{"_dmarc.example.com": "v=DMARC1; p=none"})
    failing = report(**{"_dmarc.example.com": "SERVFAIL"})

    kept = carried_on(before, failing)

    assert kept["dmarc"] == before["dmarc"] and kept["spf"] == failing["spf"]
    assert not changes_between(before, kept)


def test_all_is_new_of_a_domain_that_was_not_audited_before(report):
    now = report(**{"_dmarc.example.com": None})

    changes = changes_between(None, now)

    assert changes.is_first and list(changes.new) == now["findings"]
