"""What an answer tells by itself."""

import pytest

from mactl.audit.dns import Answer, Outcome


def mx(*records: str) -> Answer:
    return Answer("example.com", "MX", Outcome.RECORDS, records)


@pytest.mark.parametrize("records", [["0 "], ["0 ."], ["10 "]])
def test_a_single_mx_for_the_root_is_a_null_mx(records):
    assert mx(*records).is_null_mx


@pytest.mark.parametrize("records", [[], ["0 ", "0 "], ["0 ", "10 mail.example.com"]])
def test_no_record_and_several_are_no_null_mx(records):
    assert not mx(*records).is_null_mx


def test_addresses_are_those_of_both_families_and_nothing_else():
    answer = Answer("example.com", "A", Outcome.RECORDS, ("192.0.2.1", "nobody", "2001:db8::1"))

    assert list(map(str, answer.addresses)) == ["192.0.2.1", "2001:db8::1"]


def test_the_best_exchange_comes_first():
    found = mx("20 b.example.com", "10 c.example.com", "9 a.example.com").exchanges

    assert [host for _, host in found] == ["a.example.com", "c.example.com", "b.example.com"]
