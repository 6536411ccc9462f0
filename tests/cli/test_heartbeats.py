"""What a monitoring service hears of runs and workers."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from mactl.delivery import heartbeat
from mactl.delivery.channels.http import Patience
from mactl.store.lock import planner_lock
from mactl.store.state import State
from tests.cli.conftest import HELLO, NOW, SETTINGS, Home, Mactl, Ran, until
from tests.delivery.servers import smtp_server
from tests.delivery.webs import Web, web_server

WATCHED = """\
heartbeat:
  url: "${MONITOR}/ping"
  start_url: "${MONITOR}/ping/start"
  failure_url: "${MONITOR}/ping/fail"
"""


@pytest.fixture
def monitor(home: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    monkeypatch.setattr(heartbeat, "_PATIENCE", Patience(0.5, 0.5))
    monkeypatch.setattr(heartbeat, "_AGAIN_AFTER", 0.01)
    home.write("mactl.yaml", SETTINGS + WATCHED)
    with web_server() as web:
        monkeypatch.setenv("MONITOR", f"http://127.0.0.1:{web.port}")
        yield web


def heard(web: Web) -> list[str]:
    return [request.path for request in web.requests]


def test_a_run_that_ends_well_is_heard_at_its_beginning_and_end(monitor: Web, mactl: Mactl) -> None:
    assert mactl("send", "--yes", "--quiet", "--now", NOW) == Ran(0, "", "")
    assert heard(monitor) == ["/ping/start", "/ping"]


def test_a_run_that_is_passed_over_is_heard_as_well(home: Home, monitor: Web, mactl: Mactl) -> None:
    home.write("events.csv", "email,event,at\n")
    for _ in range(3):
        assert mactl("send", "--yes", "--now", NOW).status == 0
    assert heard(monitor) == ["/ping/start", "/ping"] * 3


def test_an_address_alone_is_a_heartbeat(home: Home, monitor: Web, mactl: Mactl) -> None:
    home.write("mactl.yaml", SETTINGS + 'heartbeat: "${MONITOR}/ping"\n')
    mactl("send", "--yes", "--now", NOW)
    home.write("recipes/hello.yaml", HELLO.replace("send: second", "send: third"))
    mactl("send", "--yes", "--now", NOW)
    assert heard(monitor) == ["/ping"], "a run that failed is missed, and that is the alarm"


def refuse_all(stage: str, recipient: str) -> str | None:
    return "550 5.1.1 no such mailbox" if stage == "RCPT" else None


def test_a_run_in_which_messages_failed_has_failed(
    monitor: Web, mactl: Mactl, monkeypatch: pytest.MonkeyPatch
) -> None:
    with smtp_server(refuse_all) as server:
        monkeypatch.setenv("SMTP_URL", server.url)
        assert mactl("send", "--yes", "--now", NOW).status == 1
    assert heard(monitor) == ["/ping/start", "/ping/fail"]


def test_a_run_that_could_not_start_has_failed(home: Home, monitor: Web, mactl: Mactl) -> None:
    home.write("recipes/hello.yaml", HELLO.replace("send: second", "send: third"))
    assert mactl("send", "--yes", "--now", NOW).status == 2
    assert heard(monitor) == ["/ping/start", "/ping/fail"]


def test_another_planner_is_neither_good_nor_bad_news(
    home: Home, monitor: Web, mactl: Mactl
) -> None:
    with (
        State.open("sqlite:///.mactl/state.db", home.folder, write=True) as state,
        planner_lock(state, "mactl send", int(time.time())),
    ):
        assert mactl("send", "--yes", "--now", NOW).status == 75
    assert heard(monitor) == ["/ping/start"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("plan", "--now", NOW),
        ("send", "--dry-run", "--now", NOW),
        ("send", "--resume"),
        ("worker", "--once"),
        ("send", "--now", NOW),
    ],
)
def test_what_is_no_run_is_not_heard(
    home: Home, monitor: Web, mactl: Mactl, arguments: tuple[str, ...]
) -> None:
    mactl(*arguments)
    assert heard(monitor) == []


@pytest.mark.parametrize("quiet", [(), ("--quiet",)])
def test_a_heartbeat_that_nobody_hears_is_a_warning_and_nothing_more(
    home: Home, monitor: Web, mactl: Mactl, quiet: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MONITOR", "http://127.0.0.1:1/s3cret")
    ran = mactl("send", "--yes", "--now", NOW, *quiet)
    assert (ran.status, len(home.outbox)) == (0, 2)
    assert ran.err.splitlines() == [
        "the heartbeat was not heard: heartbeat.start_url (127.0.0.1:1): Connection refused",
        "the heartbeat was not heard: heartbeat.url (127.0.0.1:1): Connection refused",
    ]


def test_a_heartbeat_without_its_secret_is_a_warning_too(
    home: Home, monitor: Web, mactl: Mactl, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MONITOR")
    ran = mactl("send", "--yes", "--now", NOW)
    assert (ran.status, len(home.outbox)) == (0, 2)
    assert "the environment has no MONITOR" in ran.err


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ("heartbeat: {start_url: https://hc.example/a}", "url"),
        ("heartbeat: {url: https://hc.example/a, fail: x}", "fail"),
        ("heartbeat: {url: a, worker: {url: b, every: 1 day}}", "a heart beats by the clock"),
        ("heartbeat: {url: a, worker: {url: b, every: 0 minutes}}", "a heart beats by the clock"),
        ("heartbeat: 5", "heartbeat"),
    ],
)
def test_a_heartbeat_that_is_declared_wrongly_is_a_finding(
    home: Home, mactl: Mactl, told: str, message: str
) -> None:
    home.write("mactl.yaml", f"{SETTINGS}{told}\n")
    ran = mactl("send", "--yes", "--now", NOW)
    assert ran.status == 2
    assert "mactl.yaml:12:" in ran.err and message in ran.err


def test_a_worker_beats_while_it_is_alive_and_able(
    home: Home, monitor: Web, mactl: Mactl, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.write(
        "mactl.yaml",
        SETTINGS
        + 'heartbeat: {url: "${MONITOR}/ping", worker: '
        + '{url: "${MONITOR}/up", failure_url: "${MONITOR}/down", every: 1 second}}\n',
    )
    with smtp_server() as server:
        away = server.url  # nobody is there once it has ended
    monkeypatch.setenv("SMTP_URL", away)
    assert mactl("send", "--yes", "--now", NOW).status == 75
    monitor.requests.clear()
    worker = subprocess.Popen([sys.executable, "-m", "mactl", "worker", "--quiet"])
    try:
        until(lambda: heard(monitor).count("/up") >= 2)
        with State.open("sqlite:///.mactl/state.db", home.folder, write=True) as state:  # noqa: SIM117
            with state.writing() as connection:
                connection.exec_driver_sql("UPDATE sends SET latest_at = 9999999999, due_at = 0")
        until(lambda: "/down" in heard(monitor))
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(30) == 0
    finally:
        worker.kill()
    assert "/ping" not in heard(monitor)
