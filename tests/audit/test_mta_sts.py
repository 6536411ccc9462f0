"""MTA-STS records and policies: the vectors of others, and what their grammar leaves open."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mactl.audit.mta_sts.policy import mx_matches, parse_sts_policy
from mactl.audit.mta_sts.record import is_sts, parse_sts_record


def vectors(suites, func):
    entries = json.loads((suites / "mox-records" / "mtasts.json").read_text(encoding="utf-8"))
    return [(entry["input"], entry["ok"]) for entry in entries if entry["func"] == func]


def test_records_are_taken_and_refused_as_by_others(suites):
    checked = vectors(suites, "TestRecord")

    found = [is_sts(text) and not parse_sts_record(text).faults for text, _ in checked]
    assert found == [ok for _, ok in checked] and len(found) >= 18


def test_policies_are_taken_and_refused_as_by_others(suites):
    checked = vectors(suites, "TestParsePolicy")

    found = [not parse_sts_policy(text.encode()).faults for text, _ in checked]
    assert found == [ok for _, ok in checked] and len(found) >= 24


@pytest.mark.parametrize(
    ("pattern", "host", "matches"),
    [
        ("mail.example.com", "MAIL.example.com.", True),
        ("*.example.com", "mail.example.com", True),
        ("*.Example.com", "mail.example.COM", True),
        ("*.example.com", "example.com", False),
        ("*.example.com", "a.mail.example.com", False),
        ("*.example.com", ".example.com", False),
        ("mail.example.com", "x.mail.example.com", False),
    ],
)
def test_a_star_stands_for_exactly_one_label(pattern, host, matches):
    assert mx_matches(pattern, host) is matches


def test_of_a_field_that_comes_twice_the_first_counts():
    policy = parse_sts_policy(
        b"version: STSv1\nmode: none\nmode: enforce\nmax_age: 1\nmax_age: 2\n"
    )

    assert (policy.mode, policy.max_age, policy.faults) == ("none", 1, ())
    assert parse_sts_record("v=STSv1; id=a; id=b").id == "a"


def test_unknown_fields_with_any_text_are_ignored():
    policy = parse_sts_policy("version: STSv1\nmode: none\nmax_age: 1\nnote: süß: a b\n".encode())

    assert policy.faults == ()


def test_line_ends_of_windows_are_line_ends():
    lines = b"version: STSv1", b"mode: enforce", b"mx: a.test", b"max_age: 604800"

    assert parse_sts_policy(b"\r\n".join(lines)) == parse_sts_policy(b"\n".join(lines) + b"\n")


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_no_body_is_too_odd_to_be_judged(body):
    policy = parse_sts_policy(body)

    assert policy.faults or parse_sts_policy(str(policy).encode()) == policy


@given(
    st.sampled_from(["enforce", "testing"]),
    st.integers(0, 31557600),
    st.lists(st.from_regex(r"(\*\.)?[a-z]{1,9}\.test", fullmatch=True), min_size=1, max_size=4),
)
def test_a_policy_that_is_written_again_means_the_same(mode, max_age, mx):
    text = "".join([f"max_age:{max_age}\r\n", *(f"mx:{host} \n" for host in mx)])
    policy = parse_sts_policy(f"{text}mode: {mode}\nversion: STSv1".encode())

    assert policy.faults == () and parse_sts_policy(str(policy).encode()) == policy


@given(
    st.from_regex(
        r"v=STSv1 ?; ?id=[a-zA-Z0-9]{1,32}(; ?[a-z]{1,9}=[a-z]{1,9}){0,3}[ ;]?", fullmatch=True
    )
)
def test_a_record_that_is_written_again_means_the_same(text):
    record = parse_sts_record(text)

    assert parse_sts_record(str(record)) == record and not record.faults
