"""What people say of sends: doubts end, failures are tried once more, and nothing else is touched."""

import pytest

from mactl.store.ledger import Ledger
from mactl.store.settling import requeue_sends, resolve_sends
from mactl.store.state import State
from mactl.store.tables import SendStatus
from mactl.store.worker import new_worker
from tests.store.making import DAY, EVERY_STATUS, NOW, queue, row_of, stand, statuses

LATER = NOW + 60


def resolve(state: State, ids: list[str], *, is_sent: bool) -> int:
    with state.writing() as connection:
        return resolve_sends(connection, ids, is_sent=is_sent, now=LATER)


def requeue(state: State, ids: list[str], latest_at: int = LATER) -> int:
    with state.writing() as connection:
        return requeue_sends(connection, ids, latest_at)


def one_of_each_status(state: State) -> list[str]:
    """Sends to somebody of each status, who is called so; their ids."""
    ids = queue(state, *EVERY_STATUS)
    for status in EVERY_STATUS:
        stand(state, status, status=status)
    return ids


@pytest.mark.parametrize(("is_sent", "becomes"), [(True, "sent"), (False, "failed")])
def test_only_doubts_can_be_ended(state: State, is_sent: bool, becomes: str) -> None:
    ids = one_of_each_status(state)

    assert resolve(state, ids, is_sent=is_sent) == 1
    assert statuses(state) == {
        status: becomes if status == "unknown" else status for status in EVERY_STATUS
    }
    settled = row_of(state, "unknown")
    assert (settled["reason"], settled["settled_at"]) == ("settled by hand", LATER)
    assert resolve(state, ids, is_sent=is_sent) == 0


def test_only_failures_are_queued_again(state: State) -> None:
    ids = one_of_each_status(state)

    assert requeue(state, ids) == 1
    assert statuses(state) == {
        status: "queued" if status == "failed" else status for status in EVERY_STATUS
    }


def test_what_is_queued_again_is_as_new_but_for_its_attempts(state: State) -> None:
    ids = queue(state, "ann")
    stand(
        state, "ann",
        status=SendStatus.FAILED, code="550", response="5.1.1 no", reason="550 5.1.1",
        attempts=3, settled_at=NOW, worker="gone", boot="gone",
    )  # fmt: skip
    requeue(state, ids)

    row = row_of(state)
    gone = ("code", "response", "reason", "settled_at", "worker", "boot", "lease_until", "kind")
    assert {name: row[name] for name in gone} == dict.fromkeys(gone)
    assert row["attempts"] == 3
    with Ledger(state, new_worker()) as ledger:
        assert [send.id for send in ledger.claim(10, LATER)] == ids


@pytest.mark.parametrize(("latest", "becomes"), [(NOW - DAY, LATER), (NOW + DAY, NOW + DAY)])
def test_who_is_late_already_gets_more_time_and_nobody_gets_less(
    state: State, latest: int, becomes: int
) -> None:
    ids = queue(state, "ann")
    stand(state, "ann", status=SendStatus.FAILED, latest_at=latest)
    requeue(state, ids, LATER)

    assert row_of(state)["latest_at"] == becomes
