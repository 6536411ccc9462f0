"""What is told of a state as a whole, in a file and on a server."""

from mactl.store.account import read_account
from mactl.store.ledger import Ledger
from mactl.store.lock import planner_lock
from mactl.store.state import State
from mactl.store.worker import new_worker
from tests.store.making import NOW, queue


def test_an_account_tells_what_is_there_and_who_is_at_work(state: State) -> None:
    queue(state, "ann", "bob", "cas")
    worker = new_worker()
    with Ledger(state, worker) as ledger, planner_lock(state, "mactl send", NOW):
        ledger.claim(2, NOW)
        account = read_account(state)

    assert (account.id, account.runs, account.claims) == (state.id, 1, 1)
    assert dict(account.sends) == {"claimed": 2, "queued": 1}
    assert account.last_run is not None
    assert account.last_run.number == 1
    (at_work,) = account.workers
    assert (at_work.name, at_work.claims, at_work.is_dead) == (worker.name, 2, False)
    assert at_work.lease_until > NOW
    assert account.planner is not None
    assert (account.planner.command, account.planner.since) == ("mactl send", NOW)


def test_nobody_plans_once_the_lock_is_given_back(state: State) -> None:
    with planner_lock(state, "mactl send", NOW):
        pass
    assert read_account(state).planner is None


def test_a_sound_state_has_a_size_and_no_faults(state: State) -> None:
    with state.reading() as connection:
        assert state.database.size(connection) > 10_000
        assert state.database.faults(connection) == []
