"""Messages as files hold them, and the fields that people and receivers write."""

import asyncio
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mactl.audit.message.audit import audit_message
from mactl.audit.message.mail import LARGEST, read_message
from mactl.audit.message.origin import origin_of
from mactl.audit.message.results import parse_received_spf, parse_results
from mactl.audit.message.words import Word, without_comments, words_of
from mactl.errors import UnreadableInput
from tests.audit.letters import signed
from tests.audit.peers import Zone, means_of
from tests.conftest import examples

MESSAGE = (
    b"From: a@example.com\r\nSubject: =?utf-8?q?Caf=C3=A9?=\r\n more\r\n\r\nFrom here\r\nbody\r\n"
)


@pytest.mark.parametrize(
    "octets",
    [
        MESSAGE,
        MESSAGE.replace(b"\r\n", b"\n"),
        b"\xef\xbb\xbf" + MESSAGE,
        b"\r\n" + MESSAGE,
        b"From a@example.com Fri Nov 20 11:00:00 2026\n"
        + MESSAGE.replace(b"\r\n", b"\n").replace(b"From here", b">From here"),
    ],
    ids=["CRLF", "LF", "byte order mark", "empty line first", "mbox"],
)
def test_a_message_is_the_same_however_it_is_kept(octets: bytes) -> None:
    message = read_message(octets, "file")

    assert message.signed.body == b"From here\r\nbody\r\n"
    assert message.subject == "Café more"
    assert message.author_domains == ("example.com",)


@pytest.mark.parametrize(
    ("octets", "why"),
    [
        (b"", "not a message"),
        (b"hello world\n", "not a message"),
        (b"%PDF-1.7\n\x00", "not a message"),
        (
            b"From a Fri Nov 20 11:00:00 2026\n" * 2 + b"\n\nFrom b Fri Nov 20 11:00:00 2026\n",
            "several",
        ),
        (b"From: a@b\n" + b"x" * LARGEST, "larger than 32 MB"),
    ],
    ids=["nothing", "text", "PDF", "mbox of two", "huge"],
)
def test_what_is_no_message_is_refused_with_a_hint(octets: bytes, why: str) -> None:
    with pytest.raises(UnreadableInput, match=why) as refused:
        read_message(octets, "file")

    assert refused.value.hint


@pytest.mark.parametrize(
    ("value", "authors"),
    [
        ("a@example.com", ["a@example.com"]),
        ("<a@example.com>", ["a@example.com"]),
        ("Ann <a@example.com>", ["a@example.com"]),
        ('"b@example.org" <a@example.com>', ["a@example.com"]),
        ("b@example.org <a@example.com>", ["a@example.com"]),
        ('"a@b"@example.com', ["a_b@example.com"]),
        ("a@example.com (b@example.org)", ["a@example.com"]),
        ("(a (nested\\) comment) here) a @ example . com", ["a@example.com"]),
        ("a@example.com, b@example.org", ["a@example.com", "b@example.org"]),
        ("Team: a@example.com, b@example.org;", ["a@example.com", "b@example.org"]),
        ("Team:;", []),
        ("", []),
        ("nobody", ["nobody"]),
        ('"Acme, Inc." <a@example.com>', ["a@example.com"]),
        ('"unclosed <a@example.com>', ["_unclosed__a_example.com_"]),
    ],
)
def test_the_authors_are_those_that_a_receiver_sees(value: str, authors: list[str]) -> None:
    message = read_message(f"From: {value}\nTo: x@example.net\n\n".encode(), "file")

    assert [a.lstrip("_") for a in message.authors] == [a.lstrip("_") for a in authors]


@pytest.mark.parametrize(
    ("hops", "ip"),
    [
        (
            [
                "from a.receiver.test ([192.0.2.9]) by b.receiver.test",
                "from c.test ([192.0.2.1]) by a.receiver.test",
            ],
            "192.0.2.1",
        ),
        (
            [
                "from a.foo.co.uk ([192.0.2.9]) by b.bar.co.uk",
                "from x ([192.0.2.1]) by a.foo.co.uk",
            ],
            "192.0.2.9",
        ),
        (
            [
                "from a.foo.co.uk ([192.0.2.9]) by b.foo.co.uk",
                "from x ([192.0.2.1]) by a.foo.co.uk",
            ],
            "192.0.2.1",
        ),
        (["from a.test ([192.0.2.9]) by b.a.test"], "192.0.2.9"),
        (
            [
                "from x (h.receiver.test [192.0.2.9]) by b.receiver.test",
                "from c ([192.0.2.1]) by h.receiver.test",
            ],
            "192.0.2.1",
        ),
    ],
)
def test_hosts_of_the_receiver_are_not_the_client(hops: list[str], ip: str) -> None:
    lines = "".join(f"Received: {hop}\n" for hop in hops)
    message = read_message(f"{lines}From: a@b.test\n\n".encode(), "file")

    assert origin_of(message, None).ip == ip


def test_words_of_a_field_are_told_apart() -> None:
    assert [w for w in words_of('a "b;\\"c" (d (e) f) g') if w[1].strip()] == [
        (Word.TEXT, "a "),
        (Word.QUOTED, 'b;"c'),
        (Word.COMMENT, "d (e) f"),
        (Word.TEXT, " g"),
    ]


def test_what_a_receiver_wrote_is_read_with_its_properties() -> None:
    results = parse_results(
        "mx.test 1; dkim=pass (2048-bit; key) header.d=example.com header.i=@example.com;"
        ' spf=softfail reason="not; listed" smtp.mailfrom=a@example.com; none'
    )

    assert results.by == "mx.test"
    assert [(r.method, r.result) for r in results.results] == [
        ("dkim", "pass"),
        ("spf", "softfail"),
    ]
    assert results.property("dkim", "header.d") == "example.com"
    assert results.property("spf", "smtp.mailfrom") == "a@example.com"
    assert results.of("dkim")[0].comment == "2048-bit; key"


def test_received_spf_is_read_with_its_pairs() -> None:
    pairs = parse_received_spf('Pass (a: b) client-ip=192.0.2.1; envelope-from="a@b.test"; helo=c')

    assert pairs == {
        "result": "pass",
        "client-ip": "192.0.2.1",
        "envelope-from": "a@b.test",
        "helo": "c",
    }


@pytest.mark.parametrize(
    ("received", "ip"),
    [
        ("from a.test (a.test [192.0.2.1]) by b.test", "192.0.2.1"),
        ("from a.test (192.0.2.1) by b.test", "192.0.2.1"),
        ("from [192.0.2.1] by b.test", "192.0.2.1"),
        ("from a.test ([IPv6:2001:db8::1]) by b.test ([203.0.113.1])", "2001:db8::1"),
        ("from a.test (2001:db8::1) by b.test", "2001:db8::1"),
        ("from a.test ([::ffff:192.0.2.1]) by b.test", "192.0.2.1"),
        ("from a.test ([10.0.0.1]) by b.test", None),
        ("from a.test by b.test ([203.0.113.1])", None),
        ("by b.test (203.0.113.1) id 1", None),
        ("(qmail 84124 invoked from network); 7 Mar 2011 19:23:23 -0000", None),
        ("from a.test (a.test [999.1.2.3]) by b.test", None),
    ],
)
def test_the_client_is_found_in_what_servers_write(received: str, ip: str | None) -> None:
    message = read_message(f"Received: {received}\nFrom: a@b.test\n\n".encode(), "file")

    assert origin_of(message, None).ip == ip


@given(st.text(max_size=100))
def test_no_text_makes_the_readers_of_fields_raise(text: str) -> None:
    list(words_of(text))
    without_comments(text)
    parse_results(text)
    parse_received_spf(text)


NAMES = st.sampled_from(
    ["From", "Subject", "DKIM-Signature", "Authentication-Results", "Received-SPF", "Received",
     "Return-Path", "List-Unsubscribe", "List-Unsubscribe-Post", "ARC-Seal"]
)  # fmt: skip
VALUES = st.one_of(
    st.binary(max_size=40),
    st.sampled_from(
        [b"<>", b"a@example.com", b"<https://[x>", b"=?x?q?=ff?=", b"from x ([192.0.2.1]) by y",
         b"mx; spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=@", b"pass client-ip=::1; helo=", b"@,;:<("]
    ),
)  # fmt: skip


@settings(deadline=None, max_examples=examples(150))
@given(st.lists(st.tuples(NAMES, VALUES), max_size=12), st.binary(max_size=60), st.booleans())
def test_no_message_makes_the_audit_raise_or_say_what_a_terminal_obeys(
    fields: list[tuple[str, bytes]], body: bytes, is_signed: bool
) -> None:
    octets = b"To: x@example.net\r\n"
    for name, value in fields:
        octets += name.encode() + b": " + value.replace(b"\n", b"\n ") + b"\r\n"
    octets += b"\r\n" + body
    if is_signed:
        octets = signed(octets, h="From:From")
    report = asyncio.run(audit_message(read_message(octets, "file"), means_of(Zone())))
    told = report.as_json()
    # A subject is in anybody's language; all else may be compared with a name, and is ASCII.
    assert str(told.pop("subject")).isprintable()
    texts = [json.dumps(told, ensure_ascii=False)]
    texts += [f"{finding.message}{finding.hint}" for finding in report.findings]

    assert not [c for text in texts for c in text if not (" " <= c <= "~" or c == "…")]


LONG = {
    "digits": "a" * 16_000,
    "spaces": "a" + " " * 16_000 + "b",
    "brackets": "<" * 16_000,
    "comments": "(" * 16_000,
    "quotes": '"a' * 8_000,
    "pairs": "a=" * 8_000,
    "semicolons": ";" * 16_000,
}


@pytest.mark.parametrize("filling", LONG)
@pytest.mark.parametrize(
    "name", ["From", "Received", "Received-SPF", "Authentication-Results", "DKIM-Signature"]
)
def test_a_field_of_any_length_is_read_to_its_end(name: str, filling: str) -> None:
    """With an expression that takes the square of the time these alone would take a minute."""
    octets = f"{name}: from {LONG[filling]}\nTo: x@example.net\n\n".encode()
    audit = asyncio.run(audit_message(read_message(octets, "file"), means_of(Zone())))

    assert audit.dmarc is not None


def test_a_signature_longer_than_anybody_makes_is_passed_over() -> None:
    field = "DKIM-Signature: v=1; h=" + "from:" * 10_000
    audit = asyncio.run(
        audit_message(
            read_message(f"{field}\nTo: x@example.net\n\n".encode(), "f"), means_of(Zone())
        )
    )

    assert [check.result for check in audit.checks] == ["neutral"]


def test_headers_without_end_are_refused() -> None:
    with pytest.raises(UnreadableInput, match="more than 1 MB of headers"):
        read_message(b"To: x@example.net\n" * 100_000, "file")
