"""What codes and words mean for the address."""

import pytest

from mactl.feedback.report import Cause, Kind
from mactl.feedback.status import judge_delay, judge_failure
from mactl.refusals import tells_of_refusal

ADDRESS, MAILBOX, SENDER = Cause.ADDRESS, Cause.MAILBOX, Cause.SENDER

CODES = {
    **dict.fromkeys(["5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.1.0", "5.2.1"], ADDRESS),
    **dict.fromkeys(["5.2.2", "5.2.0", "5.3.0", "5.3.2", "5.4.1", "5.4.4", "5.4.7"], MAILBOX),
    **dict.fromkeys(["4.1.1", "4.2.1", "4.2.2", "4.3.1", "4.4.1", "4.4.7", "4.0.0"], MAILBOX),
    **dict.fromkeys(["5.1.7", "5.1.8", "5.1.9", "5.2.3", "5.3.4", "5.6.0", "5.6.1"], SENDER),
    **dict.fromkeys(["5.7.0", "5.7.1", "5.7.26", "4.7.0", "4.7.1", "4.6.5"], SENDER),
}


@pytest.mark.parametrize("code", CODES)
def test_a_code_is_about_the_address_the_mailbox_or_the_sender(code: str) -> None:
    verdict = judge_failure(code, "")

    assert verdict.cause is CODES[code]
    assert verdict.status == code
    assert verdict.kind is (Kind.HARD if verdict.cause is ADDRESS else Kind.SOFT)


WORDS = {
    "smtp; 550 5.1.1 <ann@example.com> user unknown": ADDRESS,
    "X-Postfix; unknown user: \"ann\"": ADDRESS,
    "smtp; 550 no such user here": ADDRESS,
    "smtp; 550 Requested action not taken: mailbox unavailable": ADDRESS,
    "smtp; 551 the account has been disabled": ADDRESS,
    "smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found": ADDRESS,
    "554 This user doesn't have a yahoo.test account": ADDRESS,
    "Unrouteable address": ADDRESS,
    "smtp; 552 mailbox is full": MAILBOX,
    "smtp; 550 over quota": MAILBOX,
    "the recipient's inbox is out of storage space": MAILBOX,
    "the host is away": MAILBOX,
    "": MAILBOX,
    "smtp; 554 rejected as spam, user unknown": SENDER,
    "smtp; 550 192.0.2.1 is listed at bl.test": SENDER,
    "smtp; 550 rejected for policy reasons": SENDER,
    "smtp; 554 5.7.9 not accepted for DMARC reasons": SENDER,
    "smtp; 552 message too large": SENDER,
    "smtp; 550 relaying denied": SENDER,
}  # fmt: skip


@pytest.mark.parametrize("said", WORDS)
@pytest.mark.parametrize("status", [None, "", "5.0.0", "5.5.0", "5.x.x", "failed"])
def test_where_the_code_tells_nothing_the_words_do(status: str | None, said: str) -> None:
    assert judge_failure(status, said).cause is WORDS[said]


def test_the_same_words_mean_less_where_the_reply_is_for_now() -> None:
    assert judge_failure(None, "smtp; 550 mailbox unavailable").cause is ADDRESS
    assert judge_failure(None, "smtp; 450 mailbox unavailable").cause is MAILBOX


@pytest.mark.parametrize("said", ["552 5.2.2 over quota", "550 quota exceeded: mailbox is full"])
def test_a_full_mailbox_is_not_gone_whatever_the_code_says(said: str) -> None:
    assert judge_failure("5.1.1", said).cause is MAILBOX


def test_the_status_counts_before_what_was_said() -> None:
    assert judge_failure("5.7.1", "smtp; 550 5.1.1 user unknown").cause is SENDER
    assert judge_failure("5.4.1", "smtp; 550 5.1.1 user unknown").cause is MAILBOX


@pytest.mark.parametrize("text", ["version 4.2.1.7", "192.5.1.1", "15.1.1", "on 1.12.2026"])
def test_a_number_with_dots_is_not_always_a_code(text: str) -> None:
    assert judge_failure(None, text).status is None


def test_what_is_late_is_soft_and_its_own_cause() -> None:
    verdict = judge_delay("4.4.1 (no answer)")

    assert (verdict.kind, verdict.cause, verdict.status) == (Kind.SOFT, Cause.DELAY, "4.4.1")


@pytest.mark.parametrize(
    ("said", "tells"),
    [
        ("550 nobody", True),
        ("(#5.1.1)", True),
        ("quota exceeded", True),
        ("no such user", True),
        ("2.0.0 fine", False),
        ("We regret.", False),
    ],
)
def test_whether_a_text_says_why(said: str, tells: bool) -> None:
    assert tells_of_refusal(said) is tells
