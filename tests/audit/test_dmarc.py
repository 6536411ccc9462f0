"""DMARC records for any text, and the tree walk on the examples of RFC 9989 4.10."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mactl.audit.dmarc.audit import audit_dmarc
from mactl.audit.dmarc.judge import judge_record
from mactl.audit.dmarc.record import is_dmarc, looks_like_dmarc, parse_dmarc
from mactl.audit.dmarc.walk import walk_names, walk_tree

octets = st.text(st.characters(max_codepoint=255), max_size=60)
values = st.sampled_from(["none", "Quarantine", "reject", "", "y", "n", "s", "1:d", "50", "rejct"])
tags = st.builds(
    "{}={}".format,
    st.sampled_from(["p", "sp", "NP", "t", "psd", "adkim", "aspf", "fo", "pct", "ri", "x"]),
    values,
)
uris = st.sampled_from(
    [
        "mailto:d@example.com",
        "mailto:d@example.com!5m",
        "d@example.com",
        "https://a.test",
        "mailto:",
    ]
)
reports = st.lists(uris, max_size=3).map(",".join).map("rua={}".format)
records = st.lists(st.one_of(tags, reports, octets), max_size=8).map(
    lambda pieces: ";".join(("v=DMARC1", *pieces))
)


@given(records)
def test_no_text_makes_the_parser_raise(text):
    record = parse_dmarc(text)
    list(judge_record("example.com", record))


@given(records)
def test_a_record_means_the_same_after_it_is_printed(text):
    record = parse_dmarc(text)
    printed = parse_dmarc(str(record))
    for name in ("p", "sp", "np", "psd", "testing", "adkim", "aspf", "fo", "pct", "rua", "ruf"):
        assert getattr(printed, name) == getattr(record, name)


@given(records)
def test_a_rewritten_record_has_no_fault_left(text):
    rewritten = parse_dmarc(parse_dmarc(text).rewritten())

    assert rewritten.p is not None and not rewritten.bad_policies and not rewritten.bad_tags
    assert not any(uri.fault or uri.size_limit for uri in (*rewritten.rua, *rewritten.ruf))


@given(octets)
def test_any_text_is_a_record_or_none(text):
    is_dmarc(text)
    looks_like_dmarc(text)


@pytest.mark.parametrize(
    ("text", "is_record"),
    [
        ("v=DMARC1", True),
        ("v=DMARC1;p=none", True),
        ("V = DMARC1 ; p=none", True),
        ("v=DMARC1 p=none", False),
        ("v=DMARC10;p=none", False),
        ("v=dmarc1;p=none", False),
        (" v=DMARC1;p=none", False),
        ("p=none;v=DMARC1", False),
        ("", False),
    ],
)
def test_a_record_begins_with_its_version(text, is_record):
    assert is_dmarc(text) is is_record


def test_a_name_of_thirteen_labels_is_walked_as_in_the_rfc():
    assert walk_names("a.b.c.d.e.f.g.h.i.j.mail.example.com") == (
        "a.b.c.d.e.f.g.h.i.j.mail.example.com",
        "g.h.i.j.mail.example.com",
        "h.i.j.mail.example.com",
        "i.j.mail.example.com",
        "j.mail.example.com",
        "mail.example.com",
        "example.com",
        "com",
    )


@pytest.mark.parametrize("labels", range(1, 30))
def test_a_walk_takes_at_most_eight_questions_and_ends_at_the_top(labels):
    names = walk_names(".".join(["x"] * (labels - 1) + ["com"]))

    assert len(names) == min(labels, 8) and names[-1] == "com"


@pytest.mark.parametrize(
    ("published", "organization"),
    [
        ({"mail.example.com": "", "example.com": ""}, "example.com"),
        ({"mail.example.com": "; psd=n", "example.com": ""}, "mail.example.com"),
        ({"com": "; psd=y"}, "example.com"),
        ({"example.com": "; psd=y", "com": ""}, "mail.example.com"),
        ({"com": ""}, "com"),
        ({}, "a.mail.example.com"),
    ],
)
def test_the_organizational_domain_is_that_of_the_rfc(zone, published, organization):
    for name, psd in published.items():
        zone.txt(f"_dmarc.{name}", f"v=DMARC1; p=none{psd}")

    walk = asyncio.run(walk_tree("a.mail.example.com", zone))

    assert walk.organizational_domain == organization


def test_the_steps_end_where_a_receiver_stops(zone):
    zone.txt("_dmarc.example.com", "v=DMARC1; p=reject; psd=n").txt("_dmarc.com", "v=DMARC1")

    walk = asyncio.run(walk_tree("mail.example.com", zone))

    assert [step.domain for step in walk.steps] == ["mail.example.com", "example.com"]


def test_whether_the_domain_exists_is_asked_where_it_is_not_known(zone):
    zone.txt("_dmarc.example.com", "v=DMARC1; p=reject; np=none")

    absent = asyncio.run(audit_dmarc("gone.example.com", zone))
    zone.put("gone.example.com", "A", "192.0.2.1")
    present = asyncio.run(audit_dmarc("gone.example.com", zone))

    assert (absent.policies.this, present.policies.this) == ("none", "reject")
