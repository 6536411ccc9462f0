"""What mails are taken for, and what they prove."""

from typing import Any

import pytest

from mactl.clock import parse_instant, to_epoch, zone_named
from mactl.feedback.judge import judge_mail
from mactl.store.tokens import Tokens
from tests.feedback.mails import SEND, TOKENS, cases, filled

CASES = cases()
ENDS = {"as it stands": b"\n", "as it travels": b"\r\n"}


@pytest.mark.parametrize("ends", ENDS.values(), ids=ENDS)
@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_mail_is_taken_for_what_it_is(case: dict[str, Any], ends: bytes) -> None:
    expected = dict(case["expect"])
    report = judge_mail(filled(case["mail"]).replace(b"\n", ends), TOKENS)

    assert report.sends == ((SEND,) if expected.pop("sends") else ())
    at = expected.pop("at", None)
    if at is not None:
        assert report.at == to_epoch(parse_instant(at.isoformat(), zone_named("UTC")))
    found = {name: getattr(report, name) for name in expected}
    assert {name: None if v is None else str(v) for name, v in found.items()} == {
        name: str(value) for name, value in expected.items()
    }
    assert report.reason


def test_another_states_tokens_prove_nothing_here() -> None:
    for case in CASES:
        assert judge_mail(filled(case["mail"], Tokens(b"another secret")), TOKENS).sends == ()
