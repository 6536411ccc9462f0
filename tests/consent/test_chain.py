"""The construction of the chain, checked against its description with nothing but the standard library."""

import hashlib
import hmac
import json
from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from mactl.consent.chain import Head, Verifying, commit, first_link, link
from mactl.consent.entry import CONTENT, contents_of
from tests.consent.making import granted

KEYS = {"ann": b"a" * 32, "bob": b"b" * 32}


def chain(contacts: Sequence[str], state: str = "s") -> list[list[Any]]:
    """Rows of entries, linked."""
    previous, rows = first_link(state), []
    for number, who in enumerate(contacts, 1):
        row = [getattr(granted(who), name) for name in CONTENT]
        commitment = commit(KEYS[who], contents_of([[number, *row]])[0])
        previous = link(number, previous, commitment)
        rows.append([number, commitment, previous, None, *row])
    return rows


def faults(rows: list[list[Any]], head: Head, state: str = "s") -> list[str]:
    look = Verifying(state, head, KEYS.get)
    return [f"{fault.number}: {fault.what}" for fault in look.faults([rows])]


def test_a_commitment_is_an_hmac_and_a_link_a_hash_as_the_description_says() -> None:
    one, two = chain(["ann", "bob"])
    content = json.dumps([2, *two[4:]], separators=(",\n", ":")).encode()
    commitment = hmac.new(KEYS["bob"], content, hashlib.sha256)
    assert two[1] == commitment.hexdigest()
    linked = b"mactl-consent-link\x00" + (2).to_bytes(8, "big") + bytes.fromhex(one[2])
    assert two[2] == hashlib.sha256(linked + commitment.digest()).hexdigest()


def test_the_same_words_said_twice_have_two_commitments() -> None:
    one, two = chain(["ann", "ann"])
    assert one[4:] == two[4:]
    assert one[1] != two[1]


@given(st.lists(st.sampled_from(["ann", "bob"]), min_size=1, max_size=6), st.data())
def test_no_change_goes_unnoticed(contacts: list[str], data: st.DataObject) -> None:
    rows = chain(contacts)
    head = Head(len(rows), rows[-1][2])
    assert faults(rows, head) == []

    place = data.draw(st.integers(0, len(rows) - 1))
    what = data.draw(st.sampled_from(["edit", "delete", "double", "swap", "empty"]))
    if what == "edit":
        column = data.draw(st.integers(4, len(rows[0]) - 1))
        rows[place][column] = "another" if rows[place][column] != "another" else None
    elif what == "delete":
        del rows[place]
    elif what == "double":
        rows.insert(place, rows[place])
    elif what == "swap":
        other = (
            data.draw(st.integers(0, len(rows) - 1).filter(lambda n: n != place))
            if len(rows) > 1
            else None
        )
        if other is None:
            return
        rows[place][1:], rows[other][1:] = rows[other][1:], rows[place][1:]
    else:
        rows[place][4:] = [None] * len(CONTENT)

    assert faults(rows, head)


def test_the_chain_of_one_state_is_not_that_of_another() -> None:
    rows = chain(["ann"])
    assert faults(rows, Head(1, rows[-1][2]), state="t") == [
        "1: its link does not lead here from the entry before it"
    ]


def test_an_empty_ledger_is_whole() -> None:
    assert faults([], Head(0, "")) == []
