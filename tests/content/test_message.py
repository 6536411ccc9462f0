"""The bytes of a message, with the standard library's `email` as the referee."""

import email
import email.policy
from datetime import UTC, datetime, timedelta, timezone
from email.header import decode_header, make_header
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mactl.content.headers import BadHeader
from mactl.content.message import build_message
from mactl.content.render import Rendered
from tests.conftest import examples

DATE = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
ARGUMENTS: dict[str, Any] = {
    "from_": "Acme <news@acme.example>",
    "to": "ann@example.com",
    "message_id": "<0123456789abcdef@acme.example>",
    "date": DATE,
}
any_text = st.text(st.characters(exclude_categories=["Cs"]))
breaking = st.sampled_from(["\r\n", "\n", "\r", "\0", "\x0b", "\x85", "\u2028", "\x7f"])


def build(
    subject: str = "Hello", html: str = "<p>Hi</p>\n", text: str = "Hi\n", **more: Any
) -> bytes:
    return build_message(Rendered(subject, "", html, text), **{**ARGUMENTS, **more})


def parse(message: bytes) -> EmailMessage:
    parsed = email.message_from_bytes(message, policy=email.policy.default)
    assert isinstance(parsed, EmailMessage)
    assert not parsed.defects
    return parsed


def parts(message: EmailMessage) -> tuple[str, str]:
    """The plain text and the HTML, decoded."""
    assert message.get_content_type() == "multipart/alternative"
    text, html = message.iter_parts()
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert not text.defects and not html.defects
    decoded = (part.get_payload(decode=True) for part in (text, html))
    plain, page = (data.decode() for data in decoded if isinstance(data, bytes))
    return plain, page


def assert_sendable(message: bytes) -> None:
    """RFC 5322 2.1.1, RFC 5321 4.1.1.4: lines of at most 998 bytes that end in CRLF, and nothing but ASCII."""
    lines = message.split(b"\r\n")
    assert lines[-1] == b""
    assert all(len(line) <= 998 for line in lines)
    assert not any(b"\r" in line or b"\n" in line or b"\0" in line for line in lines)
    assert message.isascii()


def with_line_ends(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")


@given(any_text, any_text)
@example("a" * 2000 + " " * 100 + "\n.\n..\nFrom me\n \n", "é" * 5000)
@example("--=_0123\n", "=20 = \t\n\r\n\r.")
def test_both_parts_come_back_as_they_went(text: str, html: str) -> None:
    message = build(text=text, html=html)

    assert_sendable(message)
    assert parts(parse(message)) == (with_line_ends(text), with_line_ends(html))


def one_line(text: str) -> str:
    return "".join(" " if c in "\r\n\0" or not c.isprintable() else c for c in text).strip()


@given(any_text.map(one_line))
@example("Ünïcödé " * 40)
@example("😀" * 60)
@example("plain words " * 30)
@example("x" * 500)
@example("=?utf-8?q?no?=")
@example("a  b   c " * 20)
@example("Re: Ähm, 50 % – „quoted“ (comment) <a@b>, ?=_")
def test_a_subject_reads_as_it_was_written(subject: str) -> None:
    message = build(subject)

    assert_sendable(message)
    assert all(len(line) <= 78 for line in message.partition(b"\r\n\r\n")[0].split(b"\r\n"))
    found = parse(message)["Subject"]
    assert found == subject.strip()
    assert not found.defects


@given(any_text.map(one_line))
@example('Jansen, "Ann" <x> \\ (y)')
@example("Ann  Jansen")
@example("Zoë " * 30 + "x")
@example("=?utf-8?q?Ann?=")
@example("Acme" * 50)
def test_a_name_reads_as_it_was_written(name: str) -> None:
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')

    message = build(from_=f'"{quoted}" <news@acme.example>', to=f'"{quoted}" <ann@example.com>')

    assert_sendable(message)
    parsed = parse(message)
    for header, address in (("From", "news@acme.example"), ("To", "ann@example.com")):
        assert not parsed[header].defects
        (found,) = parsed[header].addresses
        assert found.addr_spec == address
        # Python 3.11 keeps the blanks between encoded words in a name; RFC 2047 6.2 drops them.
        raw = email.message_from_bytes(message)[header]
        in_words = "=?" in raw
        shown = (
            str(make_header(decode_header(raw.rpartition("<")[0].strip())))
            if in_words
            else found.display_name
        )
        assert shown == name


VALUES_OF_HEADERS = st.one_of(
    st.tuples(any_text, breaking, any_text).map("".join),
    st.sampled_from(
        ["Ann\r\nBcc: x@evil.example", "a@b.example\nBcc: x", "x\r\n\r\n<b>body</b>", "\ud800"]
    ),
)


@settings(max_examples=examples(200))
@given(
    st.sampled_from(
        ["subject", "from_", "to", "reply_to", "message_id", "language", "feedback_id"]
    ),
    VALUES_OF_HEADERS,
)
def test_no_value_starts_a_header_of_its_own(argument: str, value: str) -> None:
    with pytest.raises(BadHeader) as caught:
        build(**{argument: value})

    assert "\r" not in str(caught.value) and "\n" not in str(caught.value)


@given(VALUES_OF_HEADERS)
def test_no_address_to_unsubscribe_starts_a_header_of_its_own(value: str) -> None:
    for uri in (value, f"https://x.example/{value}", f"mailto:u@x.example?subject={value}"):
        with pytest.raises(BadHeader):
            build(unsubscribe=(uri,))


@given(VALUES_OF_HEADERS)
def test_no_further_header_starts_one_of_its_own(value: str) -> None:
    with pytest.raises(BadHeader):
        build(headers={"X-Campaign": value})
    with pytest.raises(BadHeader):
        build(headers={f"X-{value}": "x"})


@given(any_text, any_text | st.emails(), any_text.map(one_line))
def test_whatever_is_accepted_has_the_headers_it_should_have(
    subject: str, to: str, name: str
) -> None:
    try:
        message = build(
            subject, to=to, from_=f"{name} <news@acme.example>", feedback_id="a:b:c:acme"
        )
    except BadHeader:
        return

    assert_sendable(message)
    assert parse(message).keys() == [
        "From", "To", "Subject", "Date", "Message-ID", "Feedback-ID", "MIME-Version", "Content-Type",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("address", "sent"),
    [
        ("ann@example.com", "ann@example.com"),
        (" ann+tag@sub.example.com ", "ann+tag@sub.example.com"),
        ("Ann <ann@example.com>", "Ann <ann@example.com>"),
        ("Ann Jansen<ann@example.com>", "Ann Jansen <ann@example.com>"),
        ("ann@bücher.example", "ann@xn--bcher-kva.example"),
        ("ann@faß.example", "ann@xn--fa-hia.example"),
        ("<ann@example.com>", "ann@example.com"),
        ('"" <ann@example.com>', "ann@example.com"),
    ],
)
def test_addresses_go_out_in_ascii(address: str, sent: str) -> None:
    assert f"\r\nTo: {sent}\r\n".encode() in build(to=address)


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("zoë@example.com", "needs SMTPUTF8 before the @"),
        ("ann", "is not an address"),
        ("", "is not an address"),
        ("@example.com", "is not an address"),
        ("ann@", "has no domain"),
        ("ann@-x.example", "has no domain"),
        ("ann@[192.0.2.1]", "has no domain"),
        ("ann@exa mple.com", "has no domain"),
        ("a b@example.com", "has a local part that is not plain"),
        ("ann..b@example.com", "has a local part that is not plain"),
        ("ann@example.com, bob@example.com", "has a local part that is not plain"),
        ("Ann <ann@example.com>, Bob <bob@example.com>", "is not"),
        ("Ann <ann@example.com> <bob@example.com>", "is not"),
        ("x" * 65 + "@example.com", "has a local part that is not plain"),
        ("ann@bü" + "x" * 64 + ".example", "has no domain"),
    ],
)
def test_what_no_server_takes_is_refused(address: str, why: str) -> None:
    with pytest.raises(BadHeader) as caught:
        build(to=address)
    assert caught.value.header == "To"
    if why != "is not":
        assert why in str(caught.value)


def test_one_click_is_as_rfc_8058_has_it() -> None:
    https = "https://acme.example/u/" + "t0ken" * 60
    message = build(unsubscribe=(https, "mailto:u@acme.example?subject=t0ken"), one_click=True)

    head = message.partition(b"\r\n\r\n")[0]
    assert (
        f"\r\nList-Unsubscribe: <{https}>,\r\n <mailto:u@acme.example?subject=t0ken>\r\n".encode()
        in head
    )
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in head
    assert_sendable(message)

    only_mail = build(unsubscribe=("mailto:u@acme.example",))
    assert b"List-Unsubscribe: <mailto:u@acme.example>" in only_mail and b"-Post" not in only_mail
    with pytest.raises(BadHeader, match="RFC 8058"):
        build(unsubscribe=("mailto:u@acme.example",), one_click=True)


@pytest.mark.parametrize(
    "uri",
    ["http://x.example", "https://x.example/a b", "https://x.example/é", "https://x.example/>", "javascript:x",
     "https://x.example/" + "x" * 1000],
)  # fmt: skip
def test_an_address_to_unsubscribe_is_a_uri(uri: str) -> None:
    with pytest.raises(BadHeader):
        build(unsubscribe=(uri,))


def test_the_same_arguments_make_the_same_bytes() -> None:
    berlin = DATE.astimezone(timezone(timedelta(hours=1)))

    assert build() == build() == build(date=berlin)
    assert build() != build(message_id="<other@acme.example>")
    assert b"\r\nDate: Tue, 01 Dec 2026 09:00:00 +0000\r\n" in build(date=berlin)
    with pytest.raises(BadHeader, match="has no time zone"):
        build(date=datetime(2026, 12, 1))


def test_further_headers_and_what_mactl_writes_itself() -> None:
    message = parse(
        build(
            headers={"X-Campaign": "renewal", "Precedence": "bulk"},
            auto_submitted=True,
            language="nl-NL",
        )
    )

    assert (message["X-Campaign"], message["Precedence"]) == ("renewal", "bulk")
    assert (message["Auto-Submitted"], message["Content-Language"]) == ("auto-generated", "nl-NL")
    assert "Auto-Submitted" not in parse(build())
    for name in ("Subject", "bcc", "Content-Type", "Return-Path"):
        with pytest.raises(BadHeader, match="mactl writes itself"):
            build(headers={name: "x"})
    with pytest.raises(BadHeader):
        build(headers={"X-Long": "x" * 1000})
    with pytest.raises(BadHeader):
        build(headers={"X Y": "x"})


def test_email_message_says_the_same() -> None:
    theirs = EmailMessage(policy=email.policy.SMTP)
    theirs["From"], theirs["To"] = "Zoë van Acme <news@acme.example>", "Ann <ann@example.com>"
    theirs["Subject"] = "Grüße – 50 %"
    theirs.set_content("Plain – text\n")
    theirs.add_alternative("<p>Html – é</p>\n", subtype="html")

    ours = parse(
        build("Grüße – 50 %", "<p>Html – é</p>\n", "Plain – text\n",
              from_="Zoë van Acme <news@acme.example>", to="Ann <ann@example.com>")
    )  # fmt: skip
    referee = parse(theirs.as_bytes())

    for header in ("From", "To", "Subject", "MIME-Version"):
        assert ours[header] == referee[header]
    assert parts(ours) == parts(referee)


@pytest.mark.parametrize(
    ("text", "encoding"), [("é" * 10 + "x" * 500, "quoted-printable"), ("日本語" * 50, "base64")]
)
def test_each_part_has_the_shorter_encoding(text: str, encoding: str) -> None:
    first, _ = parse(build(text=text)).iter_parts()

    assert first["Content-Transfer-Encoding"] == encoding


def test_lone_surrogates_are_refused_in_a_body() -> None:
    with pytest.raises(BadHeader, match="is not text"):
        build(text="a \ud800 b")
