"""The ledger of actions: who holds what, and what may become of it."""

import json
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import select, update

from mactl.store.actions import (
    ActionKind,
    ActionLedger,
    ActionOutcome,
    add_actions,
    count_waiting_actions,
    read_action_events,
)
from mactl.store.ids import send_id
from mactl.store.ledger import Expired
from mactl.store.state import State
from mactl.store.tables import SendStatus, actions
from mactl.store.worker import Worker
from tests.store.making import NOW

LEASE = 60
ONE, OTHER = Worker("one", "this boot"), Worker("other", "this boot")
EVERY_KIND = tuple(ActionKind)


def action(name: str = "a", **other: Any) -> dict[str, Any]:
    return {
        "id": send_id("enrollment", name),
        "enrollment": "enrollment",
        "recipe": "welcome",
        "version": 1,
        "step": name,
        "contact": "contact-ann",
        "kind": "webhook",
        "target": "crm",
        "body": json.dumps({"json": {"hello": name}, "latest_at": NOW + 1000}),
        "status": "queued",
        "due_at": NOW,
        **other,
    }


def add(state: State, *rows: dict[str, Any], run: int = 1) -> int:
    with state.writing() as connection:
        return add_actions(connection, pd.DataFrame(rows), run)


def standing(state: State) -> dict[str, str]:
    with state.reading() as connection:
        rows = connection.execute(select(actions.c.step, actions.c.status))
        return {row.step: row.status for row in rows}


def stand(state: State, name: str, **values: Any) -> None:
    with state.writing() as connection:
        connection.execute(update(actions).where(actions.c.step == name).values(values))


@pytest.fixture
def ledger(state: State) -> Any:
    with ActionLedger(state, ONE, LEASE) as opened:
        yield opened


@pytest.fixture
def other(state: State) -> Any:
    with ActionLedger(state, OTHER, LEASE) as opened:
        yield opened


def test_an_action_that_is_there_stays_as_it_is(state: State) -> None:
    assert add(state, action()) == 1
    stand(state, "a", status="sent")
    assert add(state, action(target="erp"), run=2) == 0
    assert standing(state) == {"a": "sent"}
    assert add(state) == 0


def test_the_most_overdue_of_the_wanted_kinds_are_claimed_first(
    state: State, ledger: ActionLedger
) -> None:
    add(
        state,
        action("late", due_at=NOW - 5),
        action("later", due_at=NOW - 1),
        action("then", due_at=NOW + 1),
        action("note", kind="notify", due_at=NOW - 9),
    )
    assert [one.step for one in ledger.claim(9, NOW, [ActionKind.WEBHOOK])] == ["late", "later"]
    assert [one.step for one in ledger.claim(9, NOW, EVERY_KIND)] == ["note"]
    assert [one.step for one in ledger.claim(9, NOW + 1, EVERY_KIND)] == ["then"]


@pytest.mark.parametrize("status", [status.value for status in SendStatus])
def test_only_what_is_queued_or_deferred_can_be_claimed(
    state: State, ledger: ActionLedger, status: str
) -> None:
    add(state, action())
    stand(state, "a", status=status)
    with state.reading() as connection:
        waiting = count_waiting_actions(connection, NOW)
    claimed = ledger.claim(9, NOW, EVERY_KIND)
    assert len(claimed) == waiting == (status in ("queued", "deferred"))


def test_two_workers_never_claim_the_same(
    state: State, ledger: ActionLedger, other: ActionLedger
) -> None:
    add(state, *(action(name) for name in "abcdefgh"))
    first, second = ledger.claim(5, NOW, EVERY_KIND), other.claim(5, NOW, EVERY_KIND)
    assert sorted(one.step for one in (*first, *second)) == list("abcdefgh")


def test_a_claim_carries_its_body_and_is_marked_by_its_worker_alone_while_it_lasts(
    state: State, ledger: ActionLedger, other: ActionLedger
) -> None:
    add(state, action("a"), action("b"))
    one, two = ledger.claim(2, NOW, EVERY_KIND)
    assert one.body == {"json": {"hello": one.step}, "latest_at": NOW + 1000}
    assert not other.mark_sending(one.id, NOW)
    assert ledger.mark_sending(one.id, NOW)
    assert not ledger.mark_sending(one.id, NOW)
    assert not ledger.mark_sending(two.id, NOW + LEASE)


def test_what_was_refused_for_now_comes_back_in_its_time_and_counts_its_tries(
    state: State, ledger: ActionLedger
) -> None:
    add(state, action())
    (one,) = ledger.claim(1, NOW, EVERY_KIND)
    # Refused before it was begun: the way was shut.
    assert ledger.settle(one, ActionOutcome(SendStatus.DEFERRED, "shut", NOW + 300), NOW)
    assert ledger.claim(1, NOW + 299, EVERY_KIND) == []
    (one,) = ledger.claim(1, NOW + 300, EVERY_KIND)
    assert one.attempts == 1
    ledger.mark_sending(one.id, NOW + 300)
    assert ledger.settle(one, ActionOutcome(SendStatus.DEFERRED, "busy", NOW + 900), NOW + 300)
    (one,) = ledger.claim(1, NOW + 900, EVERY_KIND)
    assert one.attempts == 2
    assert not ledger.settle(one, ActionOutcome(SendStatus.SENT), NOW + 900)  # it was not begun
    ledger.mark_sending(one.id, NOW + 900)
    assert ledger.settle(one, ActionOutcome(SendStatus.SENT, "ok"), NOW + 900)
    assert standing(state) == {"a": "sent"}


def test_what_was_not_begun_goes_back(state: State, ledger: ActionLedger) -> None:
    add(state, action("a"), action("b"))
    one, _ = ledger.claim(2, NOW, EVERY_KIND)
    ledger.mark_sending(one.id, NOW)
    assert ledger.release() == 1
    assert sorted(standing(state).values()) == ["queued", "sending"]


@pytest.mark.parametrize(
    ("kind", "then"),
    [("webhook", "queued"), ("notify", "unknown"), ("task", "unknown"), ("export", "unknown")],
)
def test_what_a_dead_worker_was_doing_is_repeated_where_that_does_no_harm_else_in_doubt(
    state: State, ledger: ActionLedger, other: ActionLedger, kind: str, then: str
) -> None:
    add(state, action("begun", kind=kind), action("claimed", kind=kind))
    for one in ledger.claim(2, NOW, EVERY_KIND):
        if one.step == "begun":
            ledger.mark_sending(one.id, NOW)
    assert other.expire(NOW + LEASE - 1) == Expired(0, 0)
    found = other.expire(NOW + LEASE)
    assert standing(state) == {"begun": then, "claimed": "queued"}
    assert (found.queued, found.unknown) == ((2, 0) if then == "queued" else (1, 1))


@pytest.mark.parametrize("kept_in", ["sqlite"], indirect=True)
def test_a_restart_of_the_machine_leaves_every_claim_in_doubt_that_may_not_be_repeated(
    state: State, ledger: ActionLedger
) -> None:
    """Where the state is on that machine."""
    add(state, action("call"), action("note", kind="notify"))
    ledger.claim(2, NOW, EVERY_KIND)
    with ActionLedger(state, Worker("other", "another boot"), LEASE) as after:
        assert after.expire(NOW) == Expired(1, 1)
    assert standing(state) == {"call": "queued", "note": "unknown"}


def test_doubt_ends_where_it_is_seen_that_it_was_done(state: State, ledger: ActionLedger) -> None:
    add(state, action("a", kind="export", target="exports/hot.csv"), action("b", kind="export"))
    stand(state, "a", status="unknown")
    ((id, target, _),) = ledger.in_doubt(ActionKind.EXPORT)
    assert target == "exports/hot.csv"
    assert ledger.prove_sent([id, send_id("enrollment", "b")], "its row is there", NOW) == 1
    assert standing(state) == {"a": "sent", "b": "queued"}


def test_what_was_done_is_told_as_events_but_tasks_tell_themselves(state: State) -> None:
    kinds = {"a": "notify", "b": "export", "c": "webhook", "d": "task", "e": "notify"}
    add(state, *(action(name, kind=kind, target=f"to-{name}") for name, kind in kinds.items()))
    for number, name in enumerate("abcd"):
        stand(state, name, status="sent", settled_at=NOW + number)
    with state.reading() as connection:
        told = read_action_events(connection)
    assert told["event"].tolist() == ["notified", "exported", "webhook_called"]
    assert told["at"].tolist() == [NOW, NOW + 1, NOW + 2]
    assert told["source_id"].tolist() == [f"action:{send_id('enrollment', n)}" for n in "abc"]
    assert json.loads(told["properties"][0]) == {"to": "to-a", "recipe": "welcome", "step": "a"}
    assert set(told["contact"]) == {"contact-ann"}


def test_nothing_done_is_nothing_told(state: State) -> None:
    with state.reading() as connection:
        told = read_action_events(connection)
    assert list(told.columns) == ["contact", "event", "at", "source_id", "properties"]
    assert told.empty
