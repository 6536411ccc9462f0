"""The ledger of consents, in both databases: what a hand changes in it is noticed, and an erasure is none of it."""

from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update

from mactl.consent.chain import Head
from mactl.consent.entry import CONTENT, Entry
from mactl.store.consents import (
    append_consents,
    erase_consents,
    keep_wordings,
    read_consents,
    read_head,
    read_ledger,
    read_wordings,
    verify_consents,
)
from mactl.store.state import State
from mactl.store.tables import consent_keys, consents, contacts, meta, wordings
from tests.consent.making import DAY, NOW, granted, withdrawn


def enter(state: State, *entries: Entry) -> None:
    with state.writing() as connection:
        append_consents(connection, entries)


def faults(state: State, *seen: Head) -> list[str]:
    with state.reading() as connection:
        _, found = verify_consents(connection, seen)
        return [f"{fault.number}: {fault.what}" for fault in found]


def head_of(state: State) -> Head:
    with state.reading() as connection:
        return read_head(connection)


@pytest.fixture
def filled(state: State) -> State:
    """Five entries on three people, entered in two goes."""
    enter(state, granted(), granted("bob"), withdrawn("bob", at=NOW))
    enter(state, granted("cas", topic="news"), granted(at=NOW))
    return state


def test_what_was_entered_is_whole_and_read_back(filled: State) -> None:
    assert faults(filled) == []
    with filled.reading() as connection:
        told = read_consents(connection)
        table = read_ledger(connection)
    assert [(entry["number"], entry["contact"], entry["state"]) for entry in told] == [
        (1, "ann", "granted"), (2, "bob", "granted"), (3, "bob", "withdrawn"), (4, "cas", "granted"),
        (5, "ann", "granted"),
    ]  # fmt: skip
    assert {name: told[1][name] for name in CONTENT} == {
        name: getattr(granted("bob"), name) for name in CONTENT
    }
    assert table.column("number").to_pylist() == [1, 2, 3, 4, 5]
    assert table.column("complete").to_pylist() == [True, True, False, True, True]


EDITED = "it was edited: it is not what was committed to"
UNLINKED = "its link does not lead here from the entry before it"


@pytest.mark.parametrize("column", [name for name in CONTENT if name != "contact"])
def test_every_column_that_is_edited_is_noticed(filled: State, column: str) -> None:
    is_number = column in ("at", "corrects", "recorded_at")
    with filled.writing() as connection:
        changed = update(consents).where(consents.c.number == 2)
        connection.execute(changed.values({column: 1 if is_number else "another"}))

    assert faults(filled) == [f"2: {EDITED}"]


def test_an_entry_given_to_somebody_else_is_noticed(filled: State) -> None:
    with filled.writing() as connection:
        of_bob = update(consents).where(consents.c.number == 3)
        connection.execute(of_bob.values(contact="ann"))
    assert faults(filled) == [f"3: {EDITED}"]


def test_an_entry_that_was_deleted_is_noticed(filled: State) -> None:
    with filled.writing() as connection:
        connection.execute(delete(consents).where(consents.c.number == 3))
    assert faults(filled) == ["4: entry 3 is missing before it", f"4: {UNLINKED}"]


def test_the_last_entries_deleted_are_noticed(filled: State) -> None:
    with filled.writing() as connection:
        connection.execute(delete(consents).where(consents.c.number > 3))
    assert faults(filled) == ["3: the ledger ends here; the state says that it ends at entry 5"]


def test_an_entry_moved_to_another_place_is_noticed(filled: State) -> None:
    with filled.writing() as connection:
        for old, new in ((2, 9), (4, 2), (9, 4)):
            connection.execute(update(consents).where(consents.c.number == old).values(number=new))
    found = faults(filled)
    assert f"2: {UNLINKED}" in found
    assert f"4: {UNLINKED}" in found


def test_an_entry_put_in_is_noticed(filled: State) -> None:
    with filled.writing() as connection:
        row = dict(
            connection.execute(select(consents).where(consents.c.number == 5)).mappings().one()
        )
        connection.execute(insert(consents).values({**row, "number": 6}))
    assert f"6: {UNLINKED}" in faults(filled)


def test_a_chain_made_anew_is_noticed_by_whoever_kept_a_head(filled: State) -> None:
    seen = head_of(filled)
    with filled.writing() as connection:
        connection.execute(delete(consents))
        connection.execute(delete(meta).where(meta.c.name == "consents"))
        append_consents(
            connection, [granted(), granted("bob"), granted("cas"), granted(), granted()]
        )

    assert faults(filled) == []
    assert faults(filled, seen) == [f"5: it is not the {seen.link[:16]}… that was seen before"]


def test_a_head_that_was_seen_lies_on_a_chain_that_went_on(filled: State) -> None:
    seen = head_of(filled)
    enter(filled, granted("dee"))
    assert faults(filled, seen) == []
    later = head_of(filled)
    assert faults(filled, Head(7, later.link)) == ["7: 7 entries were seen before, and there are 6"]


def test_a_key_that_is_gone_is_noticed_unless_its_entries_are(filled: State) -> None:
    with filled.writing() as connection:
        connection.execute(delete(consent_keys).where(consent_keys.c.contact == "cas"))
    assert faults(filled) == [
        "4: the key of its contact is missing, so nothing shows that it is what was entered"
    ]


def erase(state: State, contact: str) -> int:
    with state.writing() as connection:
        return erase_consents(connection, contact, NOW, "privacy erase")


def test_whoever_is_erased_leaves_a_chain_that_is_whole(filled: State) -> None:
    before = head_of(filled)

    assert erase(filled, "bob") == 2

    assert faults(filled, before) == []
    enter(filled, granted("bob", at=NOW + DAY))
    assert faults(filled, before) == []
    with filled.reading() as connection:
        assert [entry["number"] for entry in read_consents(connection, "bob")] == [7]
        look, found = verify_consents(connection)
        assert not list(found)
    assert (look.count, look.erased) == (7, 2)


def test_nothing_of_whoever_is_erased_is_left_in_any_table(filled: State) -> None:
    secret = "Robert said yes to this"
    with filled.writing() as connection:
        keep_wordings(connection, {"cd" * 32: secret, "ab" * 32: "Yes"})
    enter(filled, granted("bob", wording="cd" * 32, source="Robert's phone"))

    erase(filled, "bob")

    with filled.reading() as connection:
        for table in (consents, consent_keys, wordings):
            for row in connection.execute(select(table)):
                assert not any("bob" in str(cell) or "Robert" in str(cell) for cell in row)
        assert read_wordings(connection, ["ab" * 32]) == {"ab" * 32: "Yes"}


def test_an_entry_emptied_by_hand_is_no_erasure(filled: State) -> None:
    with filled.writing() as connection:
        emptied: dict[str, Any] = dict.fromkeys(CONTENT)
        connection.execute(update(consents).where(consents.c.number == 3).values(emptied))
    assert faults(filled) == ["5: 1 entries have no content, and mactl erased 0"]


def test_an_erasure_cannot_be_told_to_have_been_greater(filled: State) -> None:
    erase(filled, "ann")
    with filled.writing() as connection:
        emptied: dict[str, Any] = dict.fromkeys(CONTENT)
        connection.execute(update(consents).where(consents.c.number == 3).values(emptied))
        connection.execute(update(consents).where(consents.c.number == 6).values(erased=3))
    assert f"6: {EDITED}" in faults(filled)


def test_half_an_erasure_is_noticed(filled: State) -> None:
    erase(filled, "ann")
    with filled.writing() as connection:
        connection.execute(update(consents).where(consents.c.number == 1).values(source="form"))
    assert faults(filled) == ["1: it is about nobody, and yet it has content"]


def test_whoever_turned_out_to_be_somebody_else_is_read_and_erased_with_them(state: State) -> None:
    with state.writing() as connection:
        rows = [
            {"id": "ann", "key": "ann", "merged_into": None},
            {"id": "anne", "key": "anne", "merged_into": "ann"},
            {"id": "annie", "key": "annie", "merged_into": "anne"},
        ]
        connection.execute(insert(contacts), rows)
    enter(state, granted("ann"), granted("anne"), granted("annie"), granted("bob"))

    with state.reading() as connection:
        assert [entry["contact"] for entry in read_consents(connection, "ann")] == [
            "ann",
            "anne",
            "annie",
        ]
    assert erase(state, "ann") == 3
    assert faults(state) == []


def test_erasing_somebody_of_whom_nothing_stands_changes_nothing(filled: State) -> None:
    before = head_of(filled)
    assert erase(filled, "dee") == 0
    assert head_of(filled) == before


def test_texts_of_any_kind_are_entered_and_verified(state: State) -> None:
    odd = ['"],\n["', "\\", "é", "\u2028", "\U0001f600", "\x7f", "", "'; --"]
    enter(state, *(granted("ann", source=text, place=text) for text in odd))
    assert faults(state) == []
    with state.reading() as connection:
        assert [entry["source"] for entry in read_consents(connection)] == odd


def test_thousands_are_entered_in_one_go(state: State) -> None:
    enter(state, *(granted(f"c{number}", at=number) for number in range(25_000)))
    assert faults(state) == []
    assert head_of(state).number == 25_000
