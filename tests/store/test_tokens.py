"""Tokens read back to their send, and to nothing else."""

import re
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mactl.store.tokens import Tokens

TOKENS = Tokens(bytes(range(32)))
OTHERS = Tokens(bytes(32))
SENDS = st.uuids().map(str)


@given(SENDS)
def test_every_token_reads_back_to_its_send(send: str) -> None:
    assert TOKENS.read_message_id(TOKENS.message_id(send, "example.com")) == send
    assert TOKENS.read_return_path(TOKENS.return_path(send)) == send
    assert TOKENS.read_unsubscribe(TOKENS.unsubscribe(send)) == send


@given(SENDS)
def test_tokens_fit_where_they_are_written(send: str) -> None:
    assert re.fullmatch(r"<[A-Za-z0-9_-]{38}@example\.com>", TOKENS.message_id(send, "example.com"))
    assert re.fullmatch(r"[a-z2-7]{45}", TOKENS.return_path(send))  # 64 at most: RFC 5321 4.5.3.1.1
    assert re.fullmatch(r"[A-Za-z0-9_-]{38}", TOKENS.unsubscribe(send))


@given(SENDS)
def test_a_return_path_survives_a_server_that_changes_its_case(send: str) -> None:
    assert TOKENS.read_return_path(TOKENS.return_path(send).upper()) == send


@given(SENDS)
def test_a_token_for_one_purpose_is_no_good_for_another(send: str) -> None:
    token = TOKENS.message_id(send, "example.com").strip("<>").partition("@")[0]
    assert TOKENS.read_unsubscribe(token) is None
    assert TOKENS.read_message_id(f"<{TOKENS.unsubscribe(send)}@example.com>") is None


@given(SENDS)
def test_a_token_of_another_state_is_refused(send: str) -> None:
    assert TOKENS.read_unsubscribe(OTHERS.unsubscribe(send)) is None
    assert TOKENS.read_return_path(OTHERS.return_path(send)) is None


@given(SENDS, st.integers(0, 37), st.sampled_from("AZaz09-_"))
def test_a_token_with_another_character_is_refused(send: str, place: int, other: str) -> None:
    token = TOKENS.unsubscribe(send)
    changed = token[:place] + other + token[place + 1 :]
    assert TOKENS.read_unsubscribe(changed) == (send if changed == token else None)


@given(st.text())
def test_no_text_makes_a_reader_stumble(text: str) -> None:
    assert TOKENS.read_unsubscribe(text) is None
    assert TOKENS.read_return_path(text) is None
    assert TOKENS.read_message_id(text) is None


@pytest.mark.parametrize("junk", ["!", " ", "==", "é"])
def test_a_token_with_junk_in_it_is_refused(junk: str) -> None:
    token = TOKENS.unsubscribe(str(uuid.UUID(int=1)))
    assert TOKENS.read_unsubscribe(token[:5] + junk + token[5:]) is None
