"""Decisions on who is who stand in the state, and what they do there."""

import pandas as pd
import pytest
from sqlalchemy import select

from mactl.errors import UsageError
from mactl.store.commit import Changes, commit_run
from mactl.store.decisions import (
    DecisionKind,
    add_merge,
    add_split,
    cancel_waiting,
    know_contact,
    part_history,
    read_decisions,
    share_opt_outs,
    undo,
)
from mactl.store.identities import aliases_mark, read_aliases, read_merges
from mactl.store.ids import enrollment_id
from mactl.store.state import State
from mactl.store.suppressions import Suppression, add_suppressions, find_suppressions, suppress_hash
from mactl.store.tables import enrollments
from tests.store.making import NOW, begun, commit, enrollment, queue, statuses


@pytest.fixture
def known(state: State) -> State:
    """The state knows ann by two keys, then bob."""
    aliases = pd.DataFrame(
        [("id:1", "a"), ("email:ann", "a"), ("email:bob", "b")], columns=["alias", "contact"]
    )
    contacts = pd.DataFrame(
        [("a", "1", None), ("b", "bob", None)], columns=["id", "key", "merged_into"]
    )
    commit_run(state, begun(), Changes(contacts=contacts, aliases=aliases))
    return state


def whose(state: State) -> dict[str, str]:
    with state.reading() as connection:
        frame = read_aliases(connection)
    return dict(zip(frame["alias"], frame["contact"], strict=True))


def mark(state: State) -> list[int]:
    with state.reading() as connection:
        return aliases_mark(connection)


def split(state: State) -> int:
    with state.writing() as connection:
        know_contact(connection, "z", "ann", ())
        return add_split(connection, "a", "z", {"email:ann"}, {"email:ann"}, NOW, "two people")


def test_a_merge_leads_all_keys_to_the_older_contact_until_it_is_undone(known: State) -> None:
    before = mark(known)
    with known.writing() as connection:
        add_merge(connection, "a", "b", NOW, "one person")
    assert set(whose(known).values()) == {"a"}
    merged = mark(known)
    with known.writing() as connection:
        (decision,) = read_decisions(connection)
        undo(connection, decision, NOW + 60, "no")
    assert whose(known)["email:bob"] == "b"
    with known.reading() as connection:
        (decision,) = read_decisions(connection)
        assert read_merges(connection) == {}
    assert (decision.kind, decision.why, decision.undone_at, decision.undone_why) == (
        DecisionKind.MERGE,
        "one person",
        NOW + 60,
        "no",
    )
    assert len({tuple(before), tuple(merged), tuple(mark(known))}) == 3


def test_a_split_gives_keys_to_a_new_contact_as_old_as_the_split(known: State) -> None:
    split(known)
    commit_run(
        known,
        begun(),
        Changes(aliases=pd.DataFrame([("email:cy", "c")], columns=["alias", "contact"])),
    )
    with known.reading() as connection:
        rows = read_aliases(connection).to_numpy(na_value=None).tolist()

    assert rows == [
        ["id:1", "a", False, None],
        ["email:bob", "b", False, None],
        ["email:ann", "z", True, "a"],
        ["email:cy", "c", False, None],
    ]


def test_a_split_that_is_undone_leads_back(known: State) -> None:
    split(known)
    with known.writing() as connection:
        undo(connection, read_decisions(connection)[0], NOW, None)

    assert whose(known) == {"id:1": "a", "email:ann": "a", "email:bob": "b"}
    with known.reading() as connection:
        assert read_merges(connection) == {"z": "a"}


def test_who_is_merged_again_after_a_split_is_parted_from_nobody(known: State) -> None:
    split(known)
    with known.writing() as connection:
        add_merge(connection, "a", "z", NOW, None)
        frame = read_aliases(connection)

    assert set(frame["contact"]) == {"a", "b"}
    assert frame["parted_from"].isna().all()


def test_nobody_is_merged_whom_the_state_does_not_know(state: State) -> None:
    with pytest.raises(UsageError), state.writing() as connection:
        add_merge(connection, "a", "b", NOW, None)


def test_what_was_begun_counts_for_who_leaves_and_goes_on_with_who_stays(state: State) -> None:
    mine = [
        enrollment(),
        enrollment(
            id="old", occurrence="0", status="completed", ended_at=NOW - 5, entered_at=NOW - 9
        ),
    ]
    commit_run(state, begun(), Changes(enrollments=pd.DataFrame(mine)))
    with state.writing() as connection:
        for _ in range(2):  # no more for being told twice
            part_history(connection, {"contact-ann"}, "z", NOW)
        rows = connection.execute(
            select(enrollments.c.id, enrollments.c.status, enrollments.c.ended_at)
            .where(enrollments.c.contact == "z")
            .order_by(enrollments.c.occurrence)
        ).all()
        left = connection.execute(
            select(enrollments.c.status).where(enrollments.c.contact == "contact-ann")
        ).scalars()
        assert sorted(left) == ["active", "completed"]
    assert [tuple(row) for row in rows] == [
        (enrollment_id("welcome", "z", "0"), "merged", NOW - 5),
        (enrollment_id("welcome", "z", "1"), "merged", NOW),
    ]


def test_only_what_was_begun_since_counts_where_that_is_asked(state: State) -> None:
    commit_run(state, begun(), Changes(enrollments=pd.DataFrame([enrollment()])))
    with state.writing() as connection:
        assert part_history(connection, {"contact-ann"}, "z", NOW, since=NOW) == 0


def test_only_what_waits_for_these_addresses_is_taken_back(state: State) -> None:
    queue(state, "ann", "bob")
    with state.writing() as connection:
        count = cancel_waiting(connection, ["contact-ann", "contact-bob"], ["bob@example.com"], NOW)

    assert count == 1
    assert sorted(statuses(state).values()) == ["cancelled", "queued"]


def reasons(state: State, address: str) -> dict[str, str]:
    with state.reading() as connection:
        return find_suppressions(connection, [address]).get(address, {})


@pytest.mark.parametrize(
    ("source", "shared"),
    [("command", True), ("unsubscribe", True), ("bounce", False), ("send", False)],
)
def test_what_people_said_holds_for_all_their_addresses(
    state: State, source: str, shared: bool
) -> None:
    with state.writing() as connection:
        add_suppressions(connection, [Suppression("a@example.com", "stop", source, 1, "offers")])
        keys = ["a@example.com", "b@example.com"]
        for _ in range(2):
            share_opt_outs(connection, keys, DecisionKind.MERGE, NOW, state.secret)

    told = {"offers": "stop (as of a@example.com)"} if shared else {}
    assert reasons(state, "b@example.com") == told


def test_a_hidden_address_is_an_opt_out_too(state: State) -> None:
    with state.writing() as connection:
        suppress_hash(connection, Suppression("a@example.com", "stop", "command", 1))
        keys = ["a@example.com", "b@example.com"]
        assert share_opt_outs(connection, keys, DecisionKind.SPLIT, NOW, state.secret) == 1
    assert "" in reasons(state, "b@example.com")


def test_a_domain_is_no_ones_opt_out(state: State) -> None:
    with state.writing() as connection:
        add_suppressions(connection, [Suppression("@rival.example", "rival", "command", 1)])
        keys = ["a@rival.example", "b@example.com"]
        assert share_opt_outs(connection, keys, DecisionKind.MERGE, NOW, state.secret) == 0


def test_a_run_writes_beside_a_decision(state: State) -> None:
    commit(state)
    assert mark(state) == [0, 0, 0, 0]
