"""Several connections at once: each send goes over one of them, also when the state's server goes away meanwhile."""

import signal
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mactl.delivery.sender import Drained
from mactl.delivery.smtp.server import parse_server
from mactl.delivery.smtp.transport import SmtpTransport
from mactl.delivery.throttle import Pace
from mactl.delivery.transport import (
    Answer,
    Begin,
    Envelope,
    Following,
    Reply,
    Stage,
    Transport,
    at_once,
    nothing,
)
from mactl.errors import TryAgainLater
from mactl.project import Project, Settings
from mactl.store import postgres as postgres_module
from mactl.store.actions import ActionKind, ActionLedger
from mactl.store.claims import LEASE_SECONDS
from mactl.store.ledger import Ledger
from mactl.store.state import State
from mactl.store.worker import Worker, boot_id, new_worker
from mactl.workflows.posting.draining import Round, is_anything_due
from mactl.workflows.posting.gear import Gear
from mactl.workflows.posting.post import Post
from tests.delivery.servers import Server, smtp_server
from tests.postgres import Cluster
from tests.store.making import NOW, queue, statuses
from tests.store.test_actions import action, add

CONNECTIONS = 4
PEOPLE = [f"person{number}" for number in range(200)]


class Session:
    """A session that takes everything, and lets others have their turn."""

    is_open = True

    def __init__(self, taken: list[str]) -> None:
        self._taken = taken

    async def deliver(
        self, envelope: Envelope, begin: Begin = at_once, following: Following = nothing
    ) -> Answer | None:
        if not await begin():
            return None
        self._taken.append(envelope.recipient)
        return Reply(250, "2.0.0 ok", Stage.MESSAGE)

    async def close(self) -> None:
        pass


class Everywhere:
    def __init__(self) -> None:
        self.taken: list[str] = []
        self.opened = 0

    async def open(self) -> Session:
        self.opened += 1
        return Session(self.taken)


@pytest.fixture(autouse=True)
def plain_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody's templates are in the state."""
    monkeypatch.setattr(
        Post, "compose", lambda self, send: Envelope("b@acme.test", send.address, b"x\r\n")
    )


def drain(
    state: State,
    transport: Transport,
    now: int = NOW,
    progress: Callable[[Drained], None] = lambda drained: None,
) -> Drained:
    round = Round(
        state, Project(Path(), Settings()), Gear(transport, None, Pace()),
        now=lambda: now, stop=lambda: False, progress=progress,
    )  # fmt: skip
    return round.drain_queue(transport, Post(state, Settings(), lambda: now, None), CONNECTIONS)


@pytest.mark.parametrize(("waiting", "sessions"), [(3, 1), (60, 2), (400, 4)])
def test_every_send_goes_once_over_as_many_sessions_as_are_worth_it(
    state: State, waiting: int, sessions: int
) -> None:
    names = [f"person{number}" for number in range(waiting)]
    transport, told = Everywhere(), Counter[str]()
    queue(state, *names)

    drained = drain(state, transport, progress=lambda drained: told.update(most=1))

    assert Counter(transport.taken) == Counter(f"{n}@example.com" for n in names)
    assert drained.counts["sent"] == waiting
    assert set(statuses(state).values()) == {"sent"}
    assert transport.opened == sessions
    assert told["most"] == waiting


@pytest.fixture
def relay() -> Iterator[Server]:
    with smtp_server() as running:
        yield running


def wait_for(relay: Server, messages: int) -> None:
    """Until the relay has taken so many."""
    while len(relay.taken) < messages:
        time.sleep(0.001)


def people(relay: Server) -> Counter[str]:
    return Counter(recipient.partition("@")[0] for recipient in relay.recipients)


@pytest.mark.parametrize("kept_in", ["postgresql"], indirect=True)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_drain_outlives_a_restart_of_the_states_server_and_sends_everything_once(
    state: State, state_server: Cluster, relay: Server, number: signal.Signals
) -> None:
    queue(state, *PEOPLE)
    with ThreadPoolExecutor(1) as pool:
        draining = pool.submit(drain, state, SmtpTransport(parse_server(relay.url)))
        wait_for(relay, 20)
        state_server.restart(number)
        drained = draining.result()

    assert people(relay) == Counter(PEOPLE)
    assert drained.counts == {"sent": len(PEOPLE)}
    assert set(statuses(state).values()) == {"sent"}


@pytest.mark.parametrize("kept_in", ["postgresql"], indirect=True)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_drain_whose_state_stays_away_ends_for_later_and_the_next_repeats_nobody(
    state: State,
    state_server: Cluster,
    relay: Server,
    number: signal.Signals,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(postgres_module, "_PATIENCE", 0.3)
    queue(state, *PEOPLE)
    with ThreadPoolExecutor(1) as pool:
        draining = pool.submit(drain, state, SmtpTransport(parse_server(relay.url)))
        wait_for(relay, 20)
        state_server.stop(number)
        with pytest.raises(TryAgainLater, match="PostgreSQL") as told:
            draining.result()
    assert told.value.exit_code == 75
    assert len(relay.taken) < len(PEOPLE)

    state_server.start()
    drain(state, SmtpTransport(parse_server(relay.url)), NOW + LEASE_SECONDS)
    found = statuses(state)
    unknown = {person for person, status in found.items() if status == "unknown"}
    assert set(people(relay).values()) == {1}
    assert set(found.values()) <= {"sent", "unknown"}
    assert len(unknown) <= CONNECTIONS
    assert people(relay).keys() | unknown == set(PEOPLE)


DEAD = f"{socket.gethostname()}:99999999:0"


def claim_send(state: State, worker: Worker) -> None:
    queue(state, "ann")
    with Ledger(state, worker) as ledger:
        assert ledger.claim(1, NOW)


def claim_action(state: State, worker: Worker) -> None:
    add(state, action())
    with ActionLedger(state, worker) as ledger:
        assert ledger.claim(1, NOW, [ActionKind.WEBHOOK])


@pytest.mark.parametrize("claim", [claim_send, claim_action])
def test_what_a_worker_left_behind_that_died_is_due_at_once(
    state: State, claim: Callable[[State, Worker], None]
) -> None:
    claim(state, Worker(DEAD, boot_id()))

    assert is_anything_due(state, NOW)


@pytest.mark.parametrize("claim", [claim_send, claim_action])
def test_what_a_worker_holds_that_lives_is_due_once_its_lease_has_run_out(
    state: State, claim: Callable[[State, Worker], None]
) -> None:
    claim(state, new_worker())

    assert not is_anything_due(state, NOW)
    assert is_anything_due(state, NOW + LEASE_SECONDS)


@pytest.mark.parametrize("kept_in", ["sqlite"], indirect=True)
@pytest.mark.parametrize("claim", [claim_send, claim_action])
def test_what_a_restart_of_the_machine_interrupted_is_due_at_once(
    state: State, claim: Callable[[State, Worker], None]
) -> None:
    claim(state, Worker(DEAD, "the boot before"))

    assert is_anything_due(state, NOW)
