"""The ledger of the queue: who holds what, and what may become of it."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from mactl.store.ledger import Expired, Ledger, Outcome, QueuedSend
from mactl.store.state import State
from mactl.store.suppressions import Suppression, add_suppressions, find_suppressions
from mactl.store.tables import FINAL, SendStatus
from mactl.store.worker import Worker, boot_id, has_died, new_worker
from tests.store.making import (
    DAY,
    EVERY_STATUS,
    NOW,
    commit,
    queue,
    row_of,
    send,
    stand,
    statuses,
)

LEASE = 60
ONE, OTHER = Worker("one", "this boot"), Worker("other", "this boot")

Opener = Callable[[Worker], Ledger]


@pytest.fixture
def opened(state: State, request: pytest.FixtureRequest) -> Opener:
    def opened(worker: Worker) -> Ledger:
        ledger = Ledger(state, worker, LEASE)
        request.addfinalizer(ledger.close)
        return ledger

    return opened


@pytest.fixture
def ledger(opened: Opener) -> Ledger:
    return opened(ONE)


@pytest.fixture
def other(opened: Opener) -> Ledger:
    return opened(OTHER)


def names(claimed: list[QueuedSend]) -> list[str]:
    return [each.contact_key.partition("@")[0] for each in claimed]


def claim_one(ledger: Ledger, now: int = NOW) -> QueuedSend:
    (claimed,) = ledger.claim(1, now)
    return claimed


def test_the_queue_is_drained_by_priority_then_due_time_then_id(
    state: State, ledger: Ledger
) -> None:
    commit(
        state,
        send("late", due_at=NOW + 1),
        send("urgent", priority=9, due_at=NOW + 5),
        send("tie1", id="0001"),
        send("tie2", id="0002"),
        send("low", priority=-1, due_at=0),
    )
    assert names(ledger.claim(3, NOW)) == ["urgent", "tie1", "tie2"]
    assert names(ledger.claim(3, NOW)) == ["late", "low"]
    assert ledger.claim(3, NOW) == []


def test_a_deferred_send_is_claimed_in_its_turn_once_its_time_has_come(
    state: State, ledger: Ledger
) -> None:
    commit(state, send("ann"), send("ben", priority=9), send("cas", priority=5))
    stand(state, "ben", status="deferred", hold_until=NOW + 1)
    stand(state, "cas", status="deferred", hold_until=NOW)
    assert names(ledger.claim(1, NOW)) == ["cas"]
    assert names(ledger.claim(9, NOW)) == ["ann"]
    assert names(ledger.claim(9, NOW + 1)) == ["ben"]


@pytest.mark.parametrize("status", EVERY_STATUS)
def test_only_what_is_queued_or_deferred_can_be_claimed(
    state: State, ledger: Ledger, status: str
) -> None:
    queue(state, "ann")
    stand(state, "ann", status=status, hold_until=NOW, worker="somebody", lease_until=NOW - 1)
    assert names(ledger.claim(9, NOW)) == ["ann"] * (status in ("queued", "deferred"))


def test_another_channel_has_another_queue(state: State, ledger: Ledger) -> None:
    commit(state, send("ann"), send("ben", channel="sms"))
    assert names(ledger.claim(9, NOW, "sms")) == ["ben"]
    assert names(ledger.claim(9, NOW)) == ["ann"]


def test_a_claimed_send_carries_all_a_worker_needs(state: State, ledger: Ledger) -> None:
    planned = send(variant="b", merge='{"contact": {"first_name": "Ann"}}')
    commit(state, planned)
    claimed = claim_one(ledger)
    carried = {name: getattr(claimed, name) for name in QueuedSend._fields}
    assert carried == {name: planned.get(name) for name in carried} | {"run": 1, "attempts": 0}
    assert claimed.marketing is True


def test_two_workers_never_claim_the_same(state: State, ledger: Ledger, other: Ledger) -> None:
    queue(state, *"abcdefgh")
    first, second = ledger.claim(5, NOW), other.claim(5, NOW)
    assert sorted(names(first) + names(second)) == list("abcdefgh")


def test_a_claim_says_whose_it_is_and_for_how_long(state: State, ledger: Ledger) -> None:
    queue(state, "ann")
    claim_one(ledger)
    row = row_of(state)
    assert row["status"] == "claimed"
    assert (row["worker"], row["boot"], row["lease_until"]) == ("one", "this boot", NOW + LEASE)


def test_sending_is_marked_once_and_counted(state: State, ledger: Ledger) -> None:
    queue(state, "ann")
    claimed = claim_one(ledger)
    assert ledger.mark_sending(claimed.id, NOW + 10)
    assert not ledger.mark_sending(claimed.id, NOW + 10)
    row = row_of(state)
    assert (row["status"], row["attempts"], row["lease_until"]) == ("sending", 1, NOW + 10 + LEASE)


def test_nobody_marks_what_another_has_claimed(state: State, ledger: Ledger, other: Ledger) -> None:
    queue(state, "ann")
    claimed = claim_one(ledger)
    assert not other.mark_sending(claimed.id, NOW)
    assert row_of(state)["status"] == "claimed"


def test_a_lease_that_ran_out_cannot_be_marked_even_if_nobody_took_over(
    state: State, ledger: Ledger
) -> None:
    queue(state, "ann")
    claimed = claim_one(ledger)
    assert not ledger.mark_sending(claimed.id, NOW + LEASE)
    assert ledger.mark_sending(claimed.id, NOW + LEASE - 1)


def test_an_owner_that_slept_past_its_lease_finds_its_claim_gone(
    state: State, ledger: Ledger, other: Ledger
) -> None:
    """Also where its own clock has not noticed, or stood still."""
    queue(state, "ann")
    claimed = claim_one(ledger)
    assert other.expire(NOW + LEASE) == Expired(queued=1)
    assert names(other.claim(9, NOW + LEASE)) == ["ann"]
    assert not ledger.mark_sending(claimed.id, NOW)
    assert not ledger.settle(claimed, Outcome(SendStatus.SKIPPED, "late"), NOW)
    assert other.mark_sending(claimed.id, NOW + LEASE)


def test_a_lease_runs_out_only_when_it_has(state: State, ledger: Ledger, other: Ledger) -> None:
    queue(state, "ann")
    claim_one(ledger)
    assert other.expire(NOW + LEASE - 1) == Expired()
    assert row_of(state)["status"] == "claimed"


def test_a_renewed_lease_lasts_and_a_lost_one_is_not_renewed(
    state: State, ledger: Ledger, other: Ledger
) -> None:
    queue(state, "ann", "ben")
    ledger.claim(1, NOW)
    assert ledger.renew(NOW + LEASE - 1) == 1
    assert other.expire(NOW + LEASE) == Expired()
    assert ledger.renew(NOW + 2 * LEASE) == 0
    assert other.renew(NOW) == 0


def test_what_was_being_sent_when_the_lease_ran_out_is_unknown(
    state: State, ledger: Ledger, other: Ledger
) -> None:
    queue(state, "ann", "ben", "cas")
    first, second, _ = ledger.claim(3, NOW)
    ledger.mark_sending(first.id, NOW)
    ledger.settle(first, Outcome(SendStatus.SENT), NOW)
    ledger.mark_sending(second.id, NOW)
    assert other.expire(NOW + LEASE) == Expired(queued=1, unknown=1)
    assert sorted(statuses(state).values()) == ["queued", "sent", "unknown"]
    assert other.expire(NOW + LEASE) == Expired()


def test_nobody_waits_for_the_lease_of_a_process_that_died(state: State, opened: Opener) -> None:
    code = "import os; print(os.getpid())"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    dead = opened(Worker(f"{socket.gethostname()}:{ran.stdout.strip()}:0", boot_id()))
    queue(state, "ann", "bob")
    first, _ = dead.claim(2, NOW)
    dead.mark_sending(first.id, NOW)

    assert opened(new_worker()).expire(NOW) == Expired(queued=1, unknown=1)


def test_a_process_that_lives_or_is_elsewhere_is_waited_for() -> None:
    here = socket.gethostname()

    assert not has_died(f"{here}:{os.getpid()}:0", boot_id())
    assert not has_died(f"{here}-2:999999999:0", boot_id())
    assert not has_died(f"{here}:999999999:0", "another boot")
    assert has_died(f"{here}:99999999:0", boot_id())


@pytest.mark.parametrize("kept_in", ["sqlite"], indirect=True)
def test_after_a_restart_every_claim_is_in_doubt(
    state: State, ledger: Ledger, opened: Opener
) -> None:
    """A power loss may have undone the marks of what was sent after the claim, where the state is on that machine."""
    queue(state, "ann", "ben", "cas", "dan")
    first, second, third = ledger.claim(3, NOW)
    for each in (first, second):
        ledger.mark_sending(each.id, NOW)
    ledger.settle(first, Outcome(SendStatus.SENT), NOW)
    restarted = opened(Worker("one again", "next boot"))
    assert restarted.expire(NOW + 1) == Expired(unknown=2)
    assert statuses(state)[names([third])[0]] == "unknown"
    assert sorted(statuses(state).values()) == ["queued", "sent", "unknown", "unknown"]
    assert "restarted" in row_of(state, names([third])[0])["reason"]


@pytest.mark.parametrize("kept_in", ["postgresql"], indirect=True)
def test_a_server_keeps_what_was_committed_whatever_becomes_of_a_workers_machine(
    state: State, ledger: Ledger, opened: Opener
) -> None:
    queue(state, "ann", "ben", "cas")
    first, second, _ = ledger.claim(3, NOW)
    for each in (first, second):
        ledger.mark_sending(each.id, NOW)
    ledger.settle(first, Outcome(SendStatus.SENT), NOW)
    restarted = opened(Worker("one again", "next boot"))
    assert restarted.expire(NOW + LEASE - 1) == Expired()
    assert restarted.expire(NOW + LEASE) == Expired(queued=1, unknown=1)


def test_release_returns_what_was_not_begun(state: State, ledger: Ledger, other: Ledger) -> None:
    queue(state, "ann", "ben", "cas")
    first, *_ = ledger.claim(2, NOW)
    other.claim(1, NOW)
    ledger.mark_sending(first.id, NOW)
    assert ledger.release() == 1
    assert sorted(statuses(state).values()) == ["claimed", "queued", "sending"]
    (back,) = (name for name, status in statuses(state).items() if status == "queued")
    row = row_of(state, back)
    assert (row["worker"], row["boot"], row["lease_until"]) == (None, None, None)


ALLOWED = {
    "sent": {"sending", "unknown"},
    "failed": {"claimed", "sending", "unknown"},
    "unknown": {"sending"},
    "deferred": {"claimed", "sending"},
    "queued": {"claimed", "sending"},
    "held": {"claimed"},
    "skipped": {"claimed"},
}


@pytest.mark.parametrize("outcome", ALLOWED)
def test_a_send_is_settled_only_from_where_that_can_come_of_it(
    state: State, ledger: Ledger, other: Ledger, outcome: str
) -> None:
    """And by nobody but who claimed it. Each send is named for where it stands."""
    queue(state, *EVERY_STATUS)
    claimed = ledger.claim(99, NOW)
    for found in EVERY_STATUS:
        stand(state, found, status=found)
    about = Outcome(SendStatus(outcome), "why")
    assert not [each for each in claimed if other.settle(each, about, NOW)]
    assert statuses(state) == {found: found for found in EVERY_STATUS}

    settled = {
        each.address.partition("@")[0] for each in claimed if ledger.settle(each, about, NOW)
    }
    assert settled == ALLOWED[outcome]
    expected = {found: outcome if found in settled else found for found in EVERY_STATUS}
    assert statuses(state) == expected


@pytest.mark.parametrize("outcome", ALLOWED)
def test_an_outcome_is_written_down_with_its_reason(
    state: State, ledger: Ledger, outcome: str
) -> None:
    queue(state, "ann")
    claimed = claim_one(ledger)
    status = SendStatus(outcome)
    if outcome not in ("held", "skipped"):
        ledger.mark_sending(claimed.id, NOW)
    about = Outcome(status, "why", "cap", "451 4.7.1", "come back later", NOW + 300)
    assert ledger.settle(claimed, about, NOW + 5)
    row = row_of(state)
    assert (row["reason"], row["gate"], row["code"], row["response"], row["hold_until"]) == (
        "why",
        "cap",
        "451 4.7.1",
        "come back later",
        NOW + 300,
    )
    assert row["settled_at"] == (NOW + 5 if status in FINAL else None)
    assert row["lease_until"] is None
    assert row["released_at"] == (None if status is SendStatus.HELD else NOW)


@pytest.mark.parametrize(("late", "becomes"), [("sent", "sent"), ("failed", "failed")])
def test_a_late_answer_ends_the_doubt(
    state: State, ledger: Ledger, other: Ledger, late: str, becomes: str
) -> None:
    queue(state, "ann")
    claimed = claim_one(ledger)
    ledger.mark_sending(claimed.id, NOW)
    other.expire(NOW + LEASE)
    assert statuses(state) == {"ann": "unknown"}
    assert ledger.settle(claimed, Outcome(SendStatus(late)), NOW + LEASE + 1)
    assert statuses(state) == {"ann": becomes}
    assert row_of(state)["reason"] is None


def test_a_late_refusal_for_the_time_being_leaves_the_doubt(
    state: State, ledger: Ledger, other: Ledger
) -> None:
    """The journey may have passed the step by then; nothing goes out behind its back."""
    queue(state, "ann")
    claimed = claim_one(ledger)
    ledger.mark_sending(claimed.id, NOW)
    other.expire(NOW + LEASE)
    late = Outcome(SendStatus.DEFERRED, hold_until=NOW)
    assert not ledger.settle(claimed, late, NOW + LEASE + 1)
    assert statuses(state) == {"ann": "unknown"}


def test_an_address_at_fault_is_suppressed_with_the_outcome(state: State, ledger: Ledger) -> None:
    commit(state, send("ann", address="Ann@Example.com"))
    claimed = claim_one(ledger)
    ledger.mark_sending(claimed.id, NOW)
    ledger.settle(claimed, Outcome(SendStatus.FAILED, suppress="hard bounce"), NOW)
    with state.reading() as connection:
        found = find_suppressions(connection, ["ann@example.com"])
    assert found == {"ann@example.com": {"": "hard bounce"}}


def test_an_address_that_was_suppressed_before_keeps_its_reason(
    state: State, ledger: Ledger
) -> None:
    with state.writing() as connection:
        add_suppressions(connection, [Suppression("ann@example.com", "complaint", "bounce", NOW)])
    queue(state, "ann")
    claimed = claim_one(ledger)
    ledger.settle(claimed, Outcome(SendStatus.FAILED, suppress="hard bounce"), NOW)
    with state.reading() as connection:
        found = find_suppressions(connection, ["ann@example.com"])
    assert found == {"ann@example.com": {"": "complaint"}}


def test_an_outcome_that_is_not_ours_to_tell_suppresses_nobody(
    state: State, ledger: Ledger, other: Ledger
) -> None:
    queue(state, "ann")
    claimed = claim_one(ledger)
    assert not other.settle(claimed, Outcome(SendStatus.FAILED, suppress="hard bounce"), NOW)
    with state.reading() as connection:
        assert find_suppressions(connection, ["ann@example.com"]) == {}


def test_a_send_that_did_not_go_after_all_is_anybodys_again(
    state: State, ledger: Ledger, other: Ledger
) -> None:
    queue(state, "ann")
    claimed = claim_one(ledger)
    ledger.mark_sending(claimed.id, NOW)
    assert ledger.settle(claimed, Outcome(SendStatus.QUEUED), NOW)
    (again,) = other.claim(9, NOW)
    assert (again.id, again.attempts) == (claimed.id, 0)
    assert not ledger.settle(claimed, Outcome(SendStatus.SENT), NOW)


def test_claiming_does_not_sort_the_whole_queue(state: State) -> None:
    """Nor does looking for what is deferred or held by the dead read what was sent."""
    is_server = state.path is None
    plan = f"EXPLAIN {'' if is_server else 'QUERY PLAN '}SELECT * FROM sends WHERE "
    queries = {
        "status = 'queued' AND channel = 'email' ORDER BY priority DESC, due_at, id": "ix_sends_queue",
        "status = 'deferred' AND hold_until <= 1": "ix_sends_status_hold_until",
        "status = 'sending' AND lease_until <= 1": "ix_sends_status_hold_until",
    }
    with state.reading() as connection:
        if is_server:  # of so few rows it would read all
            connection.execute(text("SET LOCAL enable_seqscan = off"))
            connection.execute(text("SET LOCAL enable_bitmapscan = off"))
        for query, index in queries.items():
            steps = " ".join(row[-1] for row in connection.execute(text(plan + query)))
            assert index in steps
            assert "TEMP B-TREE" not in steps
            assert "Sort" not in steps


def test_every_worker_is_another_and_knows_its_boot() -> None:
    one, other = new_worker(), new_worker()
    assert one.name != other.name
    assert one.boot == other.boot == boot_id()


def test_a_machine_that_tells_no_boot_is_always_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mactl.store.worker._BOOT", Path("/nowhere"))
    assert boot_id() == ""


def test_a_lease_that_a_wrong_clock_gave_does_not_stay_for_ever(state: State) -> None:
    queue(state, "ann", "bob")
    with Ledger(state, ONE) as ahead, Ledger(state, OTHER) as right:
        (claimed,) = ahead.claim(1, NOW + DAY)
        assert right.expire(NOW) == Expired(queued=1)
        assert not ahead.mark_sending(claimed.id, NOW + DAY)
        (other,) = ahead.claim(1, NOW + 600)  # a clock may be a few minutes ahead
        assert right.expire(NOW) == Expired()
        assert ahead.mark_sending(other.id, NOW + 600)
