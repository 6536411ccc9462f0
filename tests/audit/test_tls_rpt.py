"""TLS-RPT records: the vectors of others, and what their grammar leaves open."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mactl.audit.tls_rpt.record import is_tls_rpt, parse_tls_rpt


def test_records_are_taken_and_refused_as_by_others(suites):
    entries = json.loads((suites / "mox-records" / "tlsrpt.json").read_text(encoding="utf-8"))

    found = [is_tls_rpt(e["input"]) and not parse_tls_rpt(e["input"]).faults for e in entries]
    assert found == [entry["ok"] for entry in entries] and len(found) >= 20


@pytest.mark.parametrize(
    ("address", "host", "fault"),
    [
        ("mailto:tls@Example.com", "example.com", ""),
        ("mailto:tls%2Brpt@example.com", "example.com", ""),
        ("https://example.com/v1/tls", "example.com", ""),
        ("HTTPS://example.com", "example.com", ""),
        ("mailto:example.com", "", "it is no e-mail address"),
        ("http://example.com/", "", "reports go by mailto: or https:, not by http:"),
        ("https:///tls", "", "it names no host"),
        ("https://[::1/tls", "", "it names no host"),
    ],
)
def test_an_address_is_one_that_reports_can_go_to_or_says_why_not(address, host, fault):
    (found,) = parse_tls_rpt(f"v=TLSRPTv1; rua={address}").rua

    assert (found.host, found.fault) == (host, fault)


def test_a_second_rua_adds_to_the_first():
    record = parse_tls_rpt("v=TLSRPTv1;rua=mailto:a@a.test;rua=mailto:b@b.test,https://c.test/")

    assert [address.host for address in record.rua] == ["a.test", "b.test", "c.test"]


TEXTS = st.text(max_size=80) | st.from_regex(
    r"v=TLSRPTv1 ?; ?rua=(mailto:[a-z]{1,5}@[a-z]{1,5}\.test ?,? ?){1,3}(; ?[a-z=]{1,9}){0,2}[ ;]?",
    fullmatch=True,
)


@given(TEXTS)
def test_a_record_that_is_written_again_means_the_same(text):
    record = parse_tls_rpt(text)

    assert record.faults or parse_tls_rpt(str(record)) == record
