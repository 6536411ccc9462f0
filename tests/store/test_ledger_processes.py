"""The same promises between real processes."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from mactl.store.ledger import Expired, Ledger
from mactl.store.state import State
from mactl.store.worker import new_worker
from tests.store.making import NOW, queue, statuses

DRAIN = """
import sys
from pathlib import Path
from mactl.store.ledger import Ledger, Outcome
from mactl.store.state import State
from mactl.store.tables import SendStatus
from mactl.store.worker import new_worker

with State.open(sys.argv[1], Path(sys.argv[2]), write=True) as state, Ledger(state, new_worker()) as ledger:
    claimed = ledger.claim(7, int(sys.argv[3]))
    print("ready", flush=True)
    sys.stdin.readline()
    while claimed:
        for send in claimed:
            assert ledger.mark_sending(send.id, int(sys.argv[3]))
            print(send.id, flush=True)
            assert ledger.settle(send, Outcome(SendStatus.SENT), int(sys.argv[3]))
        claimed = ledger.claim(7, int(sys.argv[3]))
"""

STOP_BETWEEN_LOOKING_AT_THE_CLOCK_AND_MARKING = """
import os, signal, sys
from pathlib import Path
from mactl.store.ledger import Ledger
from mactl.store.state import State
from mactl.store.worker import new_worker

with State.open(sys.argv[1], Path(sys.argv[2]), write=True) as state:
    with Ledger(state, new_worker(), lease_seconds=60) as ledger:
        (send,) = ledger.claim(1, int(sys.argv[3]))
        now = int(sys.argv[3])
        os.kill(os.getpid(), signal.SIGSTOP)
        print(ledger.mark_sending(send.id, now))
"""


def start(program: str, url: str, folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program, url, str(folder), str(NOW)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_processes_that_drain_together_share_the_queue_and_repeat_nobody(
    state: State, url: str, tmp_path: Path
) -> None:
    ids = queue(state, *(f"person{number}" for number in range(200)))
    processes = [start(DRAIN, url, tmp_path) for _ in range(2)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:  # so that neither has drained it before the other begins
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    sent = [process.communicate(timeout=30)[0].split() for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert sorted(sent[0] + sent[1]) == sorted(ids)
    assert all(sent)
    assert set(statuses(state).values()) == {"sent"}


def test_a_stopped_owner_whose_lease_ran_out_sends_nothing_when_it_wakes(
    state: State, url: str, tmp_path: Path
) -> None:
    queue(state, "ann")
    process = start(STOP_BETWEEN_LOOKING_AT_THE_CLOCK_AND_MARKING, url, tmp_path)
    _, status = os.waitpid(process.pid, os.WUNTRACED)
    assert os.WIFSTOPPED(status)
    assert statuses(state) == {"ann": "claimed"}
    with Ledger(state, new_worker(), lease_seconds=60) as ledger:
        assert ledger.expire(NOW + 60) == Expired(queued=1)
        (claimed,) = ledger.claim(1, NOW + 60)
        process.send_signal(signal.SIGCONT)
        assert process.communicate(timeout=10)[0] == "False\n"
        assert ledger.mark_sending(claimed.id, NOW + 60)
