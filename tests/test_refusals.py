"""What servers say when they refuse, and what it means."""

from typing import Any

import pytest
import yaml

from mactl.delivery.slowing import asks_for
from mactl.delivery.transport import Reply, Stage
from mactl.refusals import judge_refusal
from tests.conftest import ROOT

REPLIES = yaml.safe_load((ROOT / "tests/cases/replies.yaml").read_text(encoding="utf-8"))


def reply_of(case: dict[str, Any]) -> Reply:
    code, _, text = case["reply"].partition(" ")
    return Reply(int(code), text, Stage[case.get("stage", "RCPT")])


@pytest.mark.parametrize("case", REPLIES, ids=[case["reply"][:60] for case in REPLIES])
def test_a_reply_tells_what_the_refusal_is_about(case: dict[str, Any]) -> None:
    reply = reply_of(case)

    assert reply.refusal.kind == case["kind"]
    assert reply.refusal.detail == case.get("detail")
    assert reply.blames_address is (case["kind"] == "address" and reply.code >= 500)
    asked = asks_for(reply)
    assert (asked and str(asked)) == case.get("slower")


def test_the_cases_are_many_and_of_every_kind() -> None:
    assert len(REPLIES) >= 60
    assert {case["kind"] for case in REPLIES} == {
        "address", "mailbox", "policy", "content", "system", "protocol",
    }  # fmt: skip


@pytest.mark.parametrize("case", REPLIES, ids=[case["reply"][:60] for case in REPLIES])
def test_a_bounce_that_repeats_a_reply_means_the_same(case: dict[str, Any]) -> None:
    """A relay that takes a message and is refused later reports the words that we would have heard."""
    if case.get("stage") == "MAIL" or " " not in case["reply"] or not reply_of(case).enhanced:
        return  # the code of a reply counts only where it is one
    refusal = judge_refusal(None, f"smtp; {case['reply']}")

    assert refusal.kind == case["kind"]
