"""A sender that is killed, at any moment, repeats nobody and forgets nobody."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from mactl.store.state import State
from tests.delivery.servers import Server, smtp_server
from tests.store.making import NOW, queue, statuses

LEASE = 60
KILLS = 10
PEOPLE = [f"person{number}" for number in range(400)]

# Everything is imported once; each line of input is the present second of a sender that is forked.
NURSERY = """
import os, signal, sys
from pathlib import Path
from mactl.delivery.desk import Go
from mactl.delivery.sender import drain
from mactl.delivery.stopping import stopping_on_signals
from mactl.delivery.opening import open_transport
from mactl.delivery.transport import Envelope
from mactl.store.ledger import Ledger
from mactl.store.state import State
from mactl.store.worker import new_worker

url, folder, server, lease = sys.argv[1], Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
signal.signal(signal.SIGCHLD, signal.SIG_IGN)

class Desk:
    def judge(self, sends):
        return [Go()] * len(sends)

    def compose(self, send):
        return Envelope("bounces@acme.test", send.address, f"Subject: {send.id}\\r\\n\\r\\nHello\\r\\n".encode())

for line in sys.stdin:
    child = os.fork()
    if child:
        print(child, flush=True)
        continue
    with (
        State.open(url, folder, write=True) as state,
        Ledger(state, new_worker(), lease) as ledger,
        stopping_on_signals() as stop,
    ):
        drain(
            ledger, open_transport(server, folder), Desk(),
            now=lambda: int(line), stop=stop,
        )
    os._exit(0)
"""


class Senders:
    """Sender processes, which start at once."""

    def __init__(self, nursery: subprocess.Popen[str]) -> None:
        self._nursery = nursery

    def start(self, now: int) -> int:
        """A sender whose clock stands at `now`; its process id."""
        assert self._nursery.stdin is not None and self._nursery.stdout is not None
        self._nursery.stdin.write(f"{now}\n")
        self._nursery.stdin.flush()
        return int(self._nursery.stdout.readline())


def wait_for_the_end(process: int) -> None:
    for _ in range(2_000):
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return
        time.sleep(0.01)
    raise TimeoutError(f"process {process} is still there")


def wait_for(server: Server, messages: int, *processes: int) -> None:
    """Until the server has taken so many, or nobody is left to send them."""
    for _ in range(5_000):
        if len(server.taken) >= messages:
            return
        time.sleep(0.002)
    raise TimeoutError(f"the server took {len(server.taken)} of {messages}; {processes}")


@pytest.fixture
def server() -> Iterator[Server]:
    with smtp_server() as running:
        yield running


@pytest.fixture
def senders(state: State, url: str, tmp_path: Path, server: Server) -> Iterator[Senders]:
    with subprocess.Popen(
        [sys.executable, "-c", NURSERY, url, str(tmp_path), server.url, str(LEASE)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as nursery:
        yield Senders(nursery)
        assert nursery.stdin is not None
        nursery.stdin.close()


def test_a_second_send_after_a_crash_repeats_nobody(
    state: State, senders: Senders, server: Server
) -> None:
    """One or two senders at a time, killed at random moments, and in the end one that is not."""
    queue(state, *PEOPLE)
    chance = random.Random(20261122)
    now, connections = NOW, 0
    for _ in range(KILLS):
        processes = [senders.start(now) for _ in range(chance.choice([1, 2]))]
        connections += len(processes)
        wait_for(server, len(server.taken) + chance.randrange(1, 25), *processes)
        time.sleep(chance.random() / 500)
        for process in processes:
            os.kill(process, signal.SIGKILL)
        for process in processes:
            wait_for_the_end(process)
        standing = Counter(statuses(state).values())
        assert standing["sending"] <= len(processes)
        assert standing["unknown"] + standing["sending"] <= connections
        now += LEASE
    wait_for_the_end(senders.start(now))

    found = statuses(state)
    taken = Counter(recipient.partition("@")[0] for recipient in server.recipients)
    assert set(taken.values()) == {1}
    assert set(found.values()) <= {"sent", "unknown"}
    assert found.keys() == set(PEOPLE)
    unknown = {person for person, status in found.items() if status == "unknown"}
    assert len(unknown) <= connections
    assert taken.keys() | unknown == set(PEOPLE)  # who was not written to is told of


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_sender_that_is_asked_to_stop_leaves_no_doubt(
    state: State, senders: Senders, server: Server, number: signal.Signals
) -> None:
    queue(state, *PEOPLE)
    process = senders.start(NOW)
    wait_for(server, 5, process)
    with suppress(ProcessLookupError):
        os.kill(process, number)
    wait_for_the_end(process)
    standing = Counter(statuses(state).values())
    assert standing == {"sent": len(server.taken), "queued": 400 - len(server.taken)}
    assert standing["queued"] > 0
    assert server.commands[-1] == "QUIT"
