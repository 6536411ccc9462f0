"""Pausing and cancelling in the state: exact books, whatever workers do at the same moment."""

import pandas as pd
import pytest
from sqlalchemy import select

from mactl.store.actions import ActionKind, ActionLedger, count_waiting_actions
from mactl.store.commit import Changes, commit_run
from mactl.store.ledger import Ledger, Outcome, QueuedSend, count_waiting, waiting_channels
from mactl.store.overrides import (
    cancel_recipe,
    foresee_cancel,
    knows_recipe,
    pause_recipe,
    read_overrides,
    resume_recipe,
)
from mactl.store.state import State
from mactl.store.tables import SendStatus, Standing, enrollments, overrides
from mactl.store.worker import new_worker
from tests.store.making import (
    EVERY_STATUS,
    NOW,
    begun,
    enrollment,
    queue,
    row_of,
    stand,
    statuses,
)
from tests.store.test_actions import action, add, standing

LATER = NOW + 60


def pause(state: State, recipe: str = "welcome") -> int:
    with state.writing() as connection:
        return pause_recipe(connection, recipe, "a typo", LATER)


def resume(state: State, recipe: str = "welcome") -> str | None:
    with state.writing() as connection:
        return resume_recipe(connection, recipe)


def cancel(state: State, recipe: str = "welcome") -> dict[str, int]:
    with state.writing() as connection:
        return dict(cancel_recipe(connection, recipe, None, LATER))


def claim(ledger: Ledger, now: int = LATER) -> list[QueuedSend]:
    return ledger.claim(10, now)


def everyone(state: State) -> list[str]:
    """Queues a send to somebody of each status; their names are the statuses."""
    queue(state, *EVERY_STATUS)
    for status in EVERY_STATUS:
        stand(state, status, status=status)
    return EVERY_STATUS


def test_nothing_of_a_paused_recipe_is_claimed_and_all_of_it_when_it_goes_on(state: State) -> None:
    queue(state, "ann", "bob")
    queue(state, "cas", recipe="other")

    assert pause(state) == 2
    with Ledger(state, new_worker()) as ledger:
        assert [send.address for send in claim(ledger)] == ["cas@example.com"]
        assert resume(state) == "paused"
        assert {send.address for send in claim(ledger)} == {"ann@example.com", "bob@example.com"}


def test_a_deferred_send_of_a_paused_recipe_waits_too(state: State) -> None:
    queue(state, "ann")
    stand(state, "ann", status=SendStatus.DEFERRED, hold_until=NOW)

    assert pause(state) == 1
    with state.reading() as connection:
        assert (count_waiting(connection, LATER), waiting_channels(connection, LATER)) == (0, [])
    resume(state)
    with state.reading() as connection:
        assert count_waiting(connection, LATER) == 1


def test_a_pause_takes_back_what_is_claimed_and_leaves_what_has_begun(state: State) -> None:
    queue(state, "ann", "bob")
    with Ledger(state, new_worker()) as ledger:
        ann, bob = sorted(claim(ledger), key=lambda send: send.address)
        assert ledger.mark_sending(ann.id, LATER)
        assert pause(state) == 1

        assert not ledger.mark_sending(bob.id, LATER)
        assert ledger.settle(ann, Outcome(SendStatus.SENT), LATER)
    assert statuses(state) == {"ann": "sent", "bob": "queued"}


def test_what_was_claimed_while_somebody_paused_does_not_begin(state: State) -> None:
    queue(state, "ann")
    pause(state)
    with Ledger(state, new_worker()) as ledger:
        # As a server's snapshot has it: the claim did not see the pause, nor the pause the claim.
        stand(
            state, "ann",
            status=SendStatus.CLAIMED, worker=ledger.worker.name, lease_until=LATER + 900,
        )  # fmt: skip
        assert not ledger.mark_sending(row_of(state)["id"], LATER)
        ledger.release()

    assert statuses(state) == {"ann": "queued"}


@pytest.mark.parametrize("status", EVERY_STATUS)
def test_a_pause_changes_no_status_but_that_of_claims(state: State, status: str) -> None:
    queue(state, "ann")
    stand(state, "ann", status=status)
    pause(state)

    assert statuses(state) == {"ann": "queued" if status == "claimed" else status}


def test_a_cancel_takes_back_what_has_not_begun_and_counts_all_of_it(state: State) -> None:
    before = everyone(state)
    taken_back = {"held", "queued", "claimed", "deferred"}

    told = cancel(state)

    assert statuses(state) == {
        status: "cancelled" if status in taken_back else status for status in before
    }
    assert told == {
        "people": 0, "messages": 4, "actions": 0, "sent": 1, "sending": 1, "unknown": 1,
    }  # fmt: skip
    kept = row_of(state, "claimed")
    assert (kept["worker"], kept["lease_until"], kept["hold_until"]) == (None, None, None)
    assert (kept["reason"], kept["settled_at"]) == ("the recipe was cancelled", LATER)


def test_what_a_cancel_would_come_to_is_what_it_comes_to(state: State) -> None:
    everyone(state)
    with state.reading() as connection:
        foreseen = foresee_cancel(connection, "welcome")

    assert foreseen == cancel(state)
    assert cancel(state)["messages"] == 0


def test_a_cancel_ends_the_journeys_of_that_recipe_alone(state: State) -> None:
    people = [
        enrollment("ann"),
        enrollment("bob", status="waiting"),
        enrollment("cas", status="completed", ended_at=NOW),
    ]
    other = enrollment("ann", id="other-enrollment", recipe="other")
    commit_run(state, begun(), Changes(enrollments=pd.DataFrame([*people, other])))

    assert cancel(state)["people"] == 2
    with state.reading() as connection:
        query = select(enrollments.c.contact, enrollments.c.recipe, enrollments.c.status)
        rows = connection.execute(
            query.order_by(enrollments.c.recipe.desc(), enrollments.c.contact)
        )
        assert [tuple(row) for row in rows] == [
            ("contact-ann", "welcome", Standing.LEFT),
            ("contact-bob", "welcome", Standing.LEFT),
            ("contact-cas", "welcome", "completed"),
            ("contact-ann", "other", "active"),
        ]


def test_a_worker_that_holds_a_cancelled_send_sends_it_no_more(state: State) -> None:
    queue(state, "ann")
    with Ledger(state, new_worker()) as ledger:
        (ann,) = claim(ledger)
        assert cancel(state)["messages"] == 1

        assert not ledger.mark_sending(ann.id, LATER)
        assert not ledger.settle(ann, Outcome(SendStatus.SENT), LATER)
    assert statuses(state) == {"ann": "cancelled"}


def test_an_answer_that_comes_after_the_cancel_is_still_the_truth(state: State) -> None:
    queue(state, "ann")
    with Ledger(state, new_worker()) as ledger:
        (ann,) = claim(ledger)
        assert ledger.mark_sending(ann.id, LATER)
        assert cancel(state)["sending"] == 1
        assert ledger.settle(ann, Outcome(SendStatus.SENT), LATER)

    assert statuses(state) == {"ann": "sent"}


def test_actions_of_a_paused_recipe_wait_and_those_of_a_cancelled_one_are_taken_back(
    state: State,
) -> None:
    add(state, action("tell"), action("file", recipe="other"))
    with ActionLedger(state, new_worker()) as ledger:
        pause(state)
        assert [found.step for found in ledger.claim(10, LATER, tuple(ActionKind))] == ["file"]
        resume(state)
        (tell,) = ledger.claim(10, LATER, tuple(ActionKind))
        pause(state)
        assert not ledger.mark_sending(tell.id, LATER)
        with state.reading() as connection:
            assert count_waiting_actions(connection, LATER) == 0

    assert cancel(state)["actions"] == 1
    assert standing(state) == {"tell": "cancelled", "file": "claimed"}


def test_the_latest_word_holds_and_only_a_word_can_be_taken_back(state: State) -> None:
    pause(state)
    cancel(state)
    with state.reading() as connection:
        assert read_overrides(connection) == {"welcome": "archived"}
        row = connection.execute(select(overrides)).one()
    assert (row.reason, row.at) == (None, LATER)
    assert resume(state) == "archived"
    assert resume(state) is None


def test_a_recipe_is_known_by_its_people_its_sends_or_a_word_about_it(state: State) -> None:
    queue(state, "ann", recipe="sender")
    commit_run(state, begun(), Changes(enrollments=pd.DataFrame([enrollment(recipe="entered")])))
    pause(state, "told")

    with state.reading() as connection:
        known = [
            name for name in ("sender", "entered", "told", "x") if knows_recipe(connection, name)
        ]
    assert known == ["sender", "entered", "told"]
