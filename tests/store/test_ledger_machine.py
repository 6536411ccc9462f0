"""Whatever workers do, die of or sleep through: nobody is written to twice, and nothing gets lost.

A machine of three workers, whose clocks may run behind, on one queue. What goes out is noted where it goes out, and
compared with what the ledger says.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import ClassVar

import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule
from sqlalchemy import select

from mactl.store.ledger import Ledger, Outcome, QueuedSend
from mactl.store.state import State
from mactl.store.tables import SendStatus, sends
from mactl.store.worker import Worker
from tests.conftest import examples
from tests.postgres import Cluster
from tests.store.making import NOW, queue

LEASE = 60
WORKERS = st.integers(0, 2)
Claim = tuple[int, QueuedSend]


class Queue(RuleBasedStateMachine):
    """Workers that claim, send, sleep and die."""

    claims: Bundle[Claim] = Bundle("claims")
    begun: Bundle[Claim] = Bundle("begun")

    def __init__(self) -> None:
        super().__init__()
        self.kept = ExitStack()
        self.state = self.kept.enter_context(self.open_state())
        self.ids = queue(self.state, *"abcdef")
        self.now = NOW
        self.boots = 0
        self.delivered: Counter[str] = Counter()
        self.told: set[str] = set()
        """Sends whose delivery a worker has written down."""

    def open_state(self) -> AbstractContextManager[State]:
        return State.open("sqlite://", Path(), write=True)

    @initialize()
    def start(self) -> None:
        self.ledgers = [self.new_ledger(number) for number in range(3)]

    def new_ledger(self, number: int) -> Ledger:
        return Ledger(self.state, Worker(f"{number}.{self.boots}", f"boot {self.boots}"), LEASE)

    @rule(seconds=st.sampled_from([1, LEASE // 2, LEASE]))
    def time_passes(self, seconds: int) -> None:
        self.now += seconds

    @rule(target=claims, worker=WORKERS)
    def claim(self, worker: int) -> Claim | None:
        claimed = self.ledgers[worker].claim(1, self.now)
        return (worker, claimed[0]) if claimed else None

    @rule(target=begun, claim=consumes(claims), behind=st.sampled_from([0, LEASE]))
    def send(self, claim: Claim | None, behind: int) -> Claim | None:
        """The clock that the worker looked at may be of before it was put to sleep."""
        if claim is None:
            return None
        worker, send = claim
        if not self.ledgers[worker].mark_sending(send.id, self.now - behind):
            return None
        self.delivered[send.id] += 1
        return claim

    @rule(claim=consumes(begun))
    def hear_that_it_was_taken(self, claim: Claim | None) -> None:
        if claim is None:
            return
        worker, send = claim
        if self.ledgers[worker].settle(send, Outcome(SendStatus.SENT), self.now):
            self.told.add(send.id)

    @rule(claim=consumes(begun), status=st.sampled_from([SendStatus.DEFERRED, SendStatus.QUEUED]))
    def hear_that_it_was_not_taken(self, claim: Claim | None, status: SendStatus) -> None:
        if claim is None:
            return
        worker, send = claim
        self.delivered[send.id] -= 1
        self.ledgers[worker].settle(send, Outcome(status, hold_until=self.now), self.now)

    @rule(worker=WORKERS)
    def others_take_over(self, worker: int) -> None:
        self.ledgers[worker].expire(self.now)

    @rule(worker=WORKERS)
    def keep_the_lease(self, worker: int) -> None:
        self.ledgers[worker].renew(self.now)

    @rule(worker=WORKERS)
    def stop(self, worker: int) -> None:
        self.ledgers[worker].release()

    @rule()
    def restart_the_machine(self) -> None:
        for ledger in self.ledgers:
            ledger.close()
        self.boots += 1
        self.ledgers = [self.new_ledger(number) for number in range(3)]
        self.ledgers[0].expire(self.now)

    @invariant()
    def nobody_is_written_to_twice(self) -> None:
        assert not [send for send, times in self.delivered.items() if times > 1]

    @invariant()
    def nothing_gets_lost(self) -> None:
        with self.state.reading() as connection:
            found = connection.execute(select(sends.c.id, sends.c.status))
            statuses = {row.id: row.status for row in found}
        assert statuses.keys() == set(self.ids)
        for send, status in statuses.items():
            if self.delivered[send]:
                assert status in ("sending", "sent", "unknown")
            if status == "sent":
                assert self.delivered[send] and send in self.told

    def teardown(self) -> None:
        for ledger in getattr(self, "ledgers", []):
            ledger.close()
        self.kept.close()


Queue.TestCase.settings = settings(max_examples=examples(40), stateful_step_count=40)
TestQueue = Queue.TestCase


class QueueOnServer(Queue):
    """The same where the state is on a server, and a restart of a worker's machine undoes nothing."""

    server: ClassVar[Cluster]
    template: ClassVar[str]

    @contextmanager
    def open_state(self) -> Iterator[State]:
        with (
            self.server.database(self.template) as name,
            State.open(self.server.url(name), Path(), write=True) as opened,
        ):
            yield opened


@pytest.fixture(scope="module")
def server(postgres: Cluster, empty_database: str) -> None:
    """A machine is made without fixtures."""
    QueueOnServer.server, QueueOnServer.template = postgres, empty_database


QueueOnServer.TestCase.settings = settings(max_examples=examples(20), stateful_step_count=40)


@pytest.mark.debian("postgresql")
@pytest.mark.usefixtures("server")
class TestQueueOnServer(QueueOnServer.TestCase):  # type: ignore[misc, name-defined]
    pass
