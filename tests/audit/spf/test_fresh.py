"""The record to begin with, where a domain has none."""

import pytest

from mactl.audit.dns import Answer, Outcome
from mactl.audit.spf.fresh import fresh_record, how_to_begin

DOMAIN = "example.com"


def mx(*records: str, outcome: Outcome = Outcome.RECORDS) -> Answer:
    return Answer(DOMAIN, "MX", outcome, records)


@pytest.mark.parametrize("outcome", [Outcome.SERVFAIL, Outcome.REFUSED, Outcome.TIMEOUT])
def test_who_may_take_mail_is_not_told_to_forbid_all_of_it(outcome):
    failed = mx(outcome=outcome)

    assert fresh_record(failed) == "v=spf1 mx ~all"
    assert how_to_begin(DOMAIN, failed) == f"publish 'v=spf1 mx ~all' as TXT at {DOMAIN}"


def test_who_takes_no_mail_forbids_all_of_it():
    assert fresh_record(mx("0 ")) == "v=spf1 -all"
    assert how_to_begin(DOMAIN, mx("0 ")) == f"publish 'v=spf1 -all' as TXT at {DOMAIN}"


def test_who_has_no_mx_is_asked_whether_it_sends():
    nowhere = mx(outcome=Outcome.NODATA)

    assert fresh_record(nowhere) == "v=spf1 -all"
    assert fresh_record(nowhere, signs=True) == "v=spf1 a ~all"
    assert "if it sends no mail" in how_to_begin(DOMAIN, nowhere)


def test_a_service_that_takes_the_mail_is_let_send_it():
    assert fresh_record(mx("1 smtp.google.com")) == "v=spf1 include:_spf.google.com ~all"
