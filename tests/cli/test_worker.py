"""`mactl worker` and `mactl send --resume`: they drain the queue, and plan nothing."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from email import message_from_bytes
from multiprocessing import forkserver
from pathlib import Path

import pytest

from mactl.delivery.drained import Drained
from mactl.delivery.server import EmbeddedServer
from mactl.errors import StateError
from mactl.project import Project
from mactl.store.tables import SendStatus
from mactl.workflows import working
from tests.cli.conftest import CONTACTS, EVENTS, NOW, PATIENCE, SETTINGS, Home, Mactl, until
from tests.cli.queues import fill_queue

DRAINS = [["worker", "--once"], ["send", "--resume"]]


def start(home: Home, *arguments: str, **environment: str) -> "subprocess.Popen[str]":
    """`mactl ARGUMENTS` in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "mactl", *arguments],
        cwd=home.folder, env={**os.environ, **environment},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def recipients(outbox: list[Path]) -> dict[str, int]:
    return Counter(str(message_from_bytes(path.read_bytes())["To"]) for path in outbox)


def wait_for(home: Home, number: int, worker: "subprocess.Popen[str]") -> None:
    def are_there() -> bool:
        assert worker.poll() is None, worker.communicate()
        return len(home.outbox) >= number

    until(are_there)


@pytest.mark.parametrize("drain", DRAINS)
def test_what_is_queued_goes_out_and_what_came_of_it_is_told(
    queued: Home, mactl: Mactl, drain: list[str]
) -> None:
    first = mactl(*drain, "--format", "json")
    again = mactl(*drain)

    assert (first.status, first.err) == (0, "")
    assert first.json == {
        "sent": 2, "deferred": 0, "failed": 0, "unknown": 0, "held": 0, "skipped": 0,
    }  # fmt: skip
    assert (again.status, again.out) == (0, "nothing to send\n")
    assert recipients(queued.outbox) == {"ann@example.com": 1, "bob@example.com": 1}


@pytest.mark.parametrize("drain", DRAINS)
def test_nobody_enters_and_nobody_moves_on(queued: Home, mactl: Mactl, drain: list[str]) -> None:
    queued.write("contacts.csv", CONTACTS + "C4,dee@example.com,Dee,NL,yes,2026-01-01,form,Yes\n")
    queued.write("events.csv", EVENTS + "4,dee@example.com,signed_up,2026-11-30T13:00,,\n")

    assert mactl(*drain).out == "2 sent\n"
    assert mactl("plan", "--now", NOW, "--format", "json").json["totals"]["entering"] == 1


@pytest.mark.parametrize("drain", DRAINS)
def test_neither_recipes_nor_sources_are_read(queued: Home, mactl: Mactl, drain: list[str]) -> None:
    for name in ("contacts.csv", "events.csv", "recipes/hello.yaml"):
        (queued.folder / name).unlink()

    assert mactl(*drain).out == "2 sent\n"


@pytest.mark.parametrize("drain", DRAINS)
def test_a_quiet_drain_says_nothing_where_all_is_well(
    queued: Home, mactl: Mactl, drain: list[str]
) -> None:
    ran = mactl(*drain, "--quiet")

    assert (ran.status, ran.out, ran.err) == (0, "", "")


def test_a_worker_whose_share_of_the_day_is_spent_looks_only_now_and_then(
    queued: Home, mactl: Mactl, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = (queued.folder / "mactl.yaml").read_text()
    few = settings.replace('outbox}"}', 'outbox}", warm_up: {start: 1/day, grow: 10%}}')
    queued.write("mactl.yaml", few)
    pauses: list[float] = []

    def pause(seconds: float, stop: object) -> None:
        pauses.append(seconds)
        signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(working, "_sleep", pause)
    mactl("worker")

    assert sum(recipients(queued.outbox).values()) == 1
    assert pauses == [60.0]


def test_a_worker_has_no_processes_made_ready_for_an_empty_queue(
    home: Home, mactl: Mactl, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    monkeypatch.setattr("os.sched_getaffinity", lambda who: set(range(4)))
    monkeypatch.setattr(forkserver, "ensure_running", lambda: made.append("a fork server"))

    assert mactl("worker", "--once").out == "nothing to send\n"
    assert made == []
    assert mactl("send", "--resume").out == "nothing to send\n"
    assert made == ["a fork server"]


@pytest.mark.parametrize("drain", DRAINS)
def test_what_breaks_a_drain_off_is_told_on_a_line_of_its_own(
    queued: Home, mactl: Mactl, monkeypatch: pytest.MonkeyPatch, drain: list[str]
) -> None:
    def break_off(project: Project, reports: working.Reports) -> Drained:
        reports.progress(Drained(Counter({SendStatus.SENT: 1})))
        raise StateError("the state is gone")

    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setattr(working, "drain_once", break_off)

    ran = mactl(*drain)

    assert ran.status == StateError.exit_code
    cleared, _, told = ran.err.partition("1 sent …")[2].partition("\x1b[2K")
    assert cleared == "\r"
    assert "the state is gone" in told


@pytest.mark.parametrize("drain", DRAINS)
def test_a_folder_without_a_project_has_no_queue(
    tmp_path: Path, mactl: Mactl, monkeypatch: pytest.MonkeyPatch, drain: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)

    ran = mactl(*drain)

    assert (ran.status, ran.out, list(tmp_path.iterdir())) == (2, "", [])
    assert "there is no mactl.yaml here; sending needs a project" in ran.err


def test_a_relay_that_is_away_means_later(
    queued: Home, mactl: Mactl, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMTP_URL", "smtp://127.0.0.1:1")

    assert mactl("worker", "--once").status == 75
    monkeypatch.delenv("SMTP_URL")
    assert mactl("worker", "--once").out == "2 sent\n"


@pytest.mark.parametrize(
    "beside", [["hello"], ["--dry-run"], ["--full"], ["--contacts", "contacts.csv"]]
)
def test_to_resume_goes_with_nothing_that_is_about_a_plan(
    home: Home, mactl: Mactl, beside: list[str]
) -> None:
    ran = mactl("send", "--resume", *beside)

    assert (ran.status, ran.out) == (2, "")
    assert "--resume plans nothing" in ran.err


def test_a_worker_waits_for_more_until_it_is_told_to_end(
    queued: Home, mactl: Mactl, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = start(queued, "worker", SMTP_URL="maildir:outbox")
    wait_for(queued, 2, worker)
    queued.write("contacts.csv", CONTACTS + "C4,dee@example.com,Dee,NL,yes,2026-01-01,form,Yes\n")
    queued.write("events.csv", EVENTS + "4,dee@example.com,signed_up,2026-11-30T13:00,,\n")
    fill_queue(queued, mactl, monkeypatch)
    wait_for(queued, 3, worker)

    worker.send_signal(signal.SIGTERM)
    out, err = worker.communicate(timeout=PATIENCE)
    assert (worker.returncode, out, err) == (0, "3 sent\n", "")
    assert recipients(queued.outbox)["dee@example.com"] == 1


def test_workers_share_a_queue_and_repeat_nobody(
    home: Home, mactl: Mactl, new_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = 500
    home.write("mactl.yaml", f"{SETTINGS}state: {json.dumps(new_url)}\n")
    header, event = CONTACTS.partition("\n")[0], EVENTS.partition("\n")[0]
    people = [f"C{n},p{n}@example.com,Ann,NL,yes,2026-01-01,form,Yes" for n in range(many)]
    signed = [f"{n},p{n}@example.com,signed_up,2026-11-30T10:00,," for n in range(many)]
    home.write("contacts.csv", "\n".join([header, *people]) + "\n")
    home.write("events.csv", "\n".join([event, *signed]) + "\n")
    fill_queue(home, mactl, monkeypatch)
    with EmbeddedServer(home.folder / "outbox") as server:
        workers = [
            start(home, "worker", "--once", "--format", "json", SMTP_URL=server.url)
            for _ in range(2)
        ]
        told = [json.loads(worker.communicate(timeout=PATIENCE)[0]) for worker in workers]

    assert sum(each["sent"] for each in told) == len(home.outbox) == many
    assert set(recipients(home.outbox).values()) == {1}
