"""Mail comes from anybody: whatever it is, there is an answer, and it takes little memory."""

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mactl.feedback.judge import judge_mail
from mactl.feedback.mail import LARGEST, Mail
from mactl.feedback.report import Kind
from tests.feedback.mails import SEND, TOKENS, cases, filled, mail_named

HARD = filled(mail_named("notifications: Postfix, no such user"))
MAILS = [filled(case["mail"]) for case in cases()]


@given(st.binary(max_size=2_000))
def test_any_bytes_have_an_answer_and_prove_nothing(data: bytes) -> None:
    assert judge_mail(data, TOKENS).sends == ()


@given(st.sampled_from(MAILS), st.integers(0), st.integers(0, 255), st.integers(0))
def test_a_damaged_mail_has_an_answer(mail: bytes, place: int, octet: int, end: int) -> None:
    place, end = place % len(mail), end % len(mail)
    damaged = mail[:place] + bytes([octet]) + mail[place + 1 :]

    assert judge_mail(damaged, TOKENS).reason
    assert judge_mail(mail[:end], TOKENS).reason
    assert judge_mail(mail[end:], TOKENS).reason


@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                ["From", "To", "Subject", "Date", "Received", "Content-Type", "Return-Path", "References", "Sender",
                 "Content-Transfer-Encoding", "Auto-Submitted", "X-Failed-Recipients", "In-Reply-To"]
            ),
            st.one_of(
                st.text(st.characters(exclude_characters="\r\n"), max_size=60),
                st.sampled_from(
                    ["multipart/report; boundary=b", "multipart/report; boundary*=x''b", "text/plain; charset=\"%\"",
                     "message/delivery-status", "message/rfc822", "message/feedback-report", "text/html; charset*0=u",
                     "<>", "=?utf-8?B?!?=", "=?nonsense?Q?=FF?=", "base64", "uuencode", "(", "x; Tue, 99 Foo 2026"]
                ),
            ),
        ),
        max_size=12,
    ),
    st.text(max_size=300),
)  # fmt: skip
def test_any_headers_have_an_answer(headers: list[tuple[str, str]], body: str) -> None:
    head = "".join(f"{name}: {value}\r\n" for name, value in headers)
    mail = f"{head}\r\n--b\r\n{head}\r\n{body}\r\n--b--\r\n".encode("utf-8", "surrogatepass")

    assert judge_mail(mail, TOKENS).sends == ()


@pytest.mark.parametrize(
    ("mail", "reason"),
    [
        (b"", "it is empty"),
        (b"\r\n \n", "it is empty"),
        (b"\x00\xff\xfe" * 100, "it is no mail"),
        (b"just a note", "it is no mail"),
        (b"From: a\n" + b"Content-Type: message/rfc822\n\n" * 9_000, "its parts are nested too deeply"),
    ],
    ids=["nothing", "blanks", "noise", "no headers", "nested messages"],
)  # fmt: skip
def test_what_cannot_be_read_is_said(mail: bytes, reason: str) -> None:
    report = judge_mail(mail, TOKENS)

    assert (report.kind, report.reason, report.is_damaged) == (Kind.NONE, reason, True)


@pytest.mark.parametrize(
    "charset", ["x-unknown", "utf-8", "iso-2022-jp", "utf-7", "\udcff", "idna"]
)
def test_odd_charsets_and_8_bit_headers_change_nothing(charset: str) -> None:
    head, _, rest = HARD.partition(b"Content-Type: text/plain; charset=us-ascii")
    name = charset.encode("utf-8", "surrogateescape")
    mail = b"Subject: \xe9\xff t=?%s?Q?=E9=FF?=\n" % name + head
    mail += b"Content-Type: text/plain; charset=%s" % name + rest.replace(
        b"bad news", b"\xe9\xff\x80"
    )

    report = judge_mail(mail, TOKENS)

    assert (report.kind, report.sends) == (Kind.HARD, (SEND,))


def test_a_report_with_a_huge_attachment_is_read_by_its_beginning() -> None:
    mail = HARD.replace(b"Welcome.", b"A" * 50_000_000)
    tracemalloc.start()
    try:
        report = judge_mail(mail, TOKENS)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert (report.kind, report.sends) == (Kind.HARD, (SEND,))
    assert peak < 20 * LARGEST


@pytest.mark.parametrize(
    "mail",
    [
        b"Content-Type: multipart/mixed; boundary=a\n\n" + b"--a\n\n" * LARGEST,
        b'Content-Type: multipart/mixed; x="' + b";a" * LARGEST,
        b"Content-Type: multipart/mixed" + b";\n x=1" * LARGEST,
        b"From: a\rContent-Type: multipart/mixed" + b';"' * LARGEST,
        b"Subject: " + b"=?a?q?" * LARGEST,
        b"Content-Type: text/html\n\n" + b"<" * LARGEST,
    ],
    ids=["parts", "a parameter", "folded parameters", "a bare CR", "encoded words", "tags"],
)
def test_what_is_made_to_keep_a_parser_busy_does_not(mail: bytes) -> None:
    """Without its limits this would take minutes to hours."""
    assert judge_mail(b"From: a\n" + mail, TOKENS).kind is Kind.NONE


def test_a_mail_of_a_thousand_parts_is_cut_and_not_refused() -> None:
    mail = Mail(b"From: a\nContent-Type: multipart/mixed; boundary=a\n\n" + b"--a\n\nx\n" * 5_000)

    assert 900 < len(mail.parts) <= 1_001
