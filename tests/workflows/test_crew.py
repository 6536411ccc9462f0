"""Several processes drain one queue: together they do what one would, whoever of them dies."""

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from mactl.clock import clock_from
from mactl.content.values import values_to_json
from mactl.delivery.breaker import TooManyRefusals
from mactl.delivery.drained import Drained
from mactl.project import Project, load_project
from mactl.store.state import State
from mactl.store.tables import SendStatus, sends
from mactl.workflows.posting import draining
from mactl.workflows.posting.forking import processes_for
from mactl.workflows.posting.gear import Gear, gear_of
from tests.content.making import template_of
from tests.delivery.servers import Behaviour, Server, smtp_server
from tests.store.making import NOW, commit, row_of, send, statuses

PEOPLE = [f"person{number:03}" for number in range(300)]
CONNECTIONS = 4
SETTINGS = """\
sender: {{from: Acme <news@acme.example>, address: Acme, unsubscribe: "mailto:stop@acme.example"}}
smtp: {{url: "{relay}", connections: {connections}{more}}}
state: "{state}"
"""
RECIPE = """\
recipe: welcome
templates: {hello: {kind: service, from: Acme <news@acme.example>, subject: Hello, body: Hello}}
"""
TEMPLATE = template_of(RECIPE, "hello")


@pytest.fixture(autouse=True)
def a_crew_of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    """So few messages would be for one process."""
    monkeypatch.setattr(draining, "processes_for", lambda waiting: 2)


def slowly(behave: Behaviour = lambda at, who: None) -> Behaviour:
    """A server that takes its time, so that everybody has a turn."""

    def slow(at: str, who: str) -> str | None:
        if at == "RCPT":
            time.sleep(0.01)
        return behave(at, who)

    return slow


def queue(state: State) -> None:
    sender = {"name": "Acme", "address": "Acme, Amsterdam", "email": "news@acme.example"}
    values = values_to_json({"sender": sender, "unsubscribe_url": "mailto:stop@acme.example"})
    commit(
        state,
        *(send(name, content=TEMPLATE.hash, merge=values, marketing=False) for name in PEOPLE),
        contents={TEMPLATE.hash: TEMPLATE.to_json()},
    )


def project_of(folder: Path, state_url: str, relay: Server, more: str = "") -> Project:
    text = SETTINGS.format(relay=relay.url, connections=CONNECTIONS, more=more, state=state_url)
    (folder / "mactl.yaml").write_text(text)
    project, findings = load_project(folder)
    assert not findings
    return project


def drain(
    state: State,
    project: Project,
    progress: Callable[[Drained], None] = lambda drained: None,
    gear: Gear | None = None,
) -> Drained:
    """By this process with `gear`, and by another one with what `project` says."""
    return draining.Round(
        state, project, gear or gear_of(project),
        now=clock_from(NOW), stop=lambda: False, progress=progress,
    ).drain_all()  # fmt: skip


def who_sends(state: State) -> set[int]:
    """The processes that hold claims."""
    with state.reading() as connection:
        query = select(sends.c.worker).where(sends.c.worker.is_not(None)).distinct()
        return {int(name.split(":")[1]) for name in connection.execute(query).scalars()}


def wait_for_the_other(state: State) -> int:
    """The process id of the other one, once it sends."""
    (hand,) = multiprocessing.active_children()
    for _ in range(3_000):
        if hand.pid in who_sends(state):
            assert hand.pid is not None
            return hand.pid
        time.sleep(0.01)
    raise AssertionError("the other one has claimed nothing")


def once(work: Callable[[], object]) -> Callable[[Drained], None]:
    """Does it when something is told for the first time."""
    done: list[object] = []
    return lambda drained: None if done else done.append(work())


def test_a_crew_sends_each_message_once_and_tells_of_all(
    state: State, url: str, tmp_path: Path
) -> None:
    queue(state)
    told: list[int] = []

    def tell(drained: Drained) -> None:
        if not told:
            wait_for_the_other(state)
        told.append(drained.counts["sent"])

    with smtp_server(slowly()) as relay:
        drained = drain(state, project_of(tmp_path, url, relay), tell)
    assert Counter(relay.recipients) == Counter(f"{name}@example.com" for name in PEOPLE)
    assert drained.counts == {"sent": 300}
    assert drained.stopped is None
    assert set(statuses(state).values()) == {"sent"}
    assert relay.connections <= CONNECTIONS
    assert told == sorted(told) and told[-1] == 300
    processes = who_sends(state)
    assert len(processes) == 2 and os.getpid() in processes


def test_what_a_killed_one_leaves_is_sent_by_the_other_and_nobody_gets_it_twice(
    state: State, url: str, tmp_path: Path
) -> None:
    queue(state)
    killed: list[int] = []

    def kill(drained: Drained) -> None:
        if not killed and drained.counts["sent"] >= 10:
            killed.append(wait_for_the_other(state))
            os.kill(killed[0], signal.SIGKILL)

    with smtp_server(slowly()) as relay:
        project = project_of(tmp_path, url, relay)
        drained = drain(state, project, kill)
    assert killed
    found = Counter(statuses(state).values())
    assert set(found) <= {"sent", "unknown"}
    assert found["unknown"] <= CONNECTIONS // 2  # the sessions that it had
    assert drained.counts["unknown"] == found["unknown"]
    taken = Counter(relay.recipients)
    assert set(taken.values()) == {1}
    in_doubt = {name for name, status in statuses(state).items() if status == "unknown"}
    assert {name.partition("@")[0] for name in taken} | in_doubt == set(PEOPLE)


def test_refusals_of_all_processes_stop_all_of_them(state: State, url: str, tmp_path: Path) -> None:
    queue(state)
    with smtp_server(slowly(lambda at, who: "550 5.7.1 no" if at == "RCPT" else None)) as relay:
        project = project_of(tmp_path, url, relay, ", stop_if: {failed: 50%, of: 60}")
        drained = drain(state, project, once(lambda: wait_for_the_other(state)))
    assert isinstance(drained.stopped, TooManyRefusals)
    assert drained.stopped.exit_code == 1
    found = Counter(statuses(state).values())
    assert found == {"failed": drained.counts["failed"], "queued": 300 - drained.counts["failed"]}
    assert 60 <= found["failed"] < 200
    assert {row_of(state, n)["worker"] for n in PEOPLE if statuses(state)[n] == "queued"} <= {None}


def test_a_relay_that_goes_away_ends_all_of_them_with_the_rest_in_the_queue(
    state: State, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue(state)
    monkeypatch.setattr("mactl.delivery.relay.PAUSES", 0)
    is_closed = False

    def behave(at: str, who: str) -> str | None:
        nonlocal is_closed
        is_closed = is_closed or len(relay.taken) >= 50
        return "421 4.3.2 closed" if is_closed and at == "MAIL" else None

    with smtp_server(slowly(behave)) as relay:
        drained = drain(state, project_of(tmp_path, url, relay))
    assert drained.stopped is not None and drained.stopped.exit_code == 75
    found = Counter(statuses(state).values())
    assert found["sent"] == drained.counts["sent"] == len(relay.taken)
    assert found["sent"] + found["queued"] + found["deferred"] == 300
    assert SendStatus.CLAIMED not in found


def test_a_relay_without_room_for_the_other_one_gets_everything_from_the_first(
    state: State, url: str, tmp_path: Path
) -> None:
    """Its connections are counted by the relay, and ours by each process.

    Each of the two has a server of its own here, so that it does not depend on who is the first to come.
    """
    queue(state)
    was_refused = threading.Event()

    def refuse(at: str, who: str) -> str | None:
        if at != "EHLO":
            return None
        was_refused.set()
        return "421 4.7.0 too many connections"

    def take(at: str, who: str) -> str | None:
        if at == "RCPT":
            was_refused.wait(30)  # the other one has claimed its share by then
        return None

    with smtp_server(refuse) as full, smtp_server(slowly(take)) as relay:
        gear = gear_of(project_of(tmp_path, url, relay))
        drained = drain(state, project_of(tmp_path, url, full), gear=gear)
    assert was_refused.is_set()
    assert full.taken == []
    assert drained.stopped is None
    assert drained.counts == {"sent": 300}
    assert set(Counter(relay.recipients).values()) == {1}


CALLS_ONE = """\
import os, signal
from mactl.workflows.posting.forking import CONTEXT, make_ready

def main():
    signal.signal(signal.SIGINT, lambda *_: None)
    make_ready(10**9)
    os.killpg(0, signal.SIGINT)
    process = CONTEXT.Process(target=os.getpid)
    process.start()
    process.join()
    return process.exitcode

if __name__ == "__main__":
    raise SystemExit(main())
"""


def test_a_crew_can_still_be_called_after_a_ctrl_c_while_it_is_made_ready(tmp_path: Path) -> None:
    """It reaches every process of the terminal."""
    (tmp_path / "calls_one.py").write_text(CALLS_ONE)
    called = subprocess.run(
        [sys.executable, tmp_path / "calls_one.py"],
        start_new_session=True, stdin=subprocess.DEVNULL, capture_output=True, text=True,
    )  # fmt: skip
    assert (called.returncode, called.stderr) == (0, "")


@pytest.mark.parametrize(("waiting", "most"), [(0, 1), (1_999, 1), (2_000, 2), (10**9, 10**3)])
def test_there_are_no_more_processes_than_cores_and_messages_worth_them(
    waiting: int, most: int
) -> None:
    assert 1 <= processes_for(waiting) <= min(most, len(os.sched_getaffinity(0)))
