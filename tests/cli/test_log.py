"""`--log-format json`: what a run does, as an object on a line of stderr each."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from mactl.cli import progress
from mactl.cli.log import JsonLog, Level
from mactl.store.lock import planner_lock
from mactl.store.state import State
from tests.cli.conftest import CONTACTS, HELLO, NOW, SETTINGS, Home, Mactl, Ran, until
from tests.delivery.servers import smtp_server

Event = dict[str, Any]
JSON = ("--log-format", "json")


def events(err: str) -> list[Event]:
    """The events on stderr, each of which says when, how grave, what, and of which command."""
    told: list[Event] = [json.loads(line) for line in err.splitlines()]
    for event in told:
        assert list(event)[:4] == ["at", "level", "event", "command"]
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", event["at"])
        assert event["level"] in ("info", "warning", "error")
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", event["event"])
    return told


def names(err: str) -> list[str]:
    return [event["event"] for event in events(err)]


def refuse_all(stage: str, recipient: str) -> str | None:
    return f"550 5.1.1 <{recipient}> is unknown here" if stage == "RCPT" else None


def test_a_run_tells_its_beginning_its_plan_what_became_of_it_and_its_end(
    home: Home, mactl: Mactl
) -> None:
    ran = mactl("send", "--yes", "--now", NOW, *JSON)

    assert (ran.status, ran.out) == (0, "")
    began, planned, outcome, ended = events(ran.err)
    assert (began["event"], began["pid"]) == ("run-started", os.getpid())
    assert planned["event"] == "planned"
    counts = {"entering": 3, "leaving": 0, "sends": 2, "held": 0, "skipped": 1, "waiting": 0}
    assert counts.items() <= planned.items() and "run" not in planned
    told = {"status": "skipped", "reason": "no proven consent for offers", "count": 1, "run": 1}
    assert told.items() <= outcome.items()
    assert (ended["event"], ended["run"], ended["exit_status"]) == ("run-finished", 1, 0)
    assert (ended["sent"], ended["failed"], ended["skipped"]) == (2, 0, 1)
    assert 0 < ended["seconds"] < 60
    assert {event["command"] for event in (began, planned, outcome, ended)} == {"send"}


def test_a_run_that_is_passed_over_tells_its_number_too(home: Home, mactl: Mactl) -> None:
    home.write("events.csv", "email,event,at\n")
    for path in home.folder.rglob("*.csv"):
        os.utime(path, (1_700_000_000, 1_700_000_000))
    for number in range(1, 4):
        ran = mactl("send", "--yes", "--now", NOW, *JSON)
        assert events(ran.err)[-1]["run"] == number
    assert names(ran.err) == ["run-started", "run-finished"]


def test_the_answer_is_json_alone_on_stdout_and_the_log_alone_on_stderr(
    home: Home, mactl: Mactl
) -> None:
    ran = mactl("send", "--yes", "--now", NOW, "--format", "json", *JSON)
    assert ran.json["sent"] == 2
    assert names(ran.err)[-1] == "run-finished"


def test_without_it_the_log_is_what_people_read(home: Home, mactl: Mactl) -> None:
    ran = mactl("send", "--yes", "--now", NOW, "--log-format", "text")
    assert "Run 1: 2 sent, 1 skipped" in ran.out
    assert ran.err == ""


@pytest.mark.parametrize("shows", [False, True], ids=["redacted", "verbose"])
def test_addresses_are_only_in_a_log_that_is_asked_for_them(
    home: Home, mactl: Mactl, monkeypatch: pytest.MonkeyPatch, shows: bool
) -> None:
    home.write("contacts.csv", CONTACTS + "C4,d@n@example.com,Dan,NL,no,,,\n")
    with smtp_server(refuse_all) as server:
        monkeypatch.setenv("SMTP_URL", server.url)
        verbose = ["--verbose"] if shows else []
        ran = mactl("send", "--yes", "--now", NOW, *JSON, *verbose)

    assert ran.status == 1
    assert ("d@n@example.com" in ran.err) == shows
    failed = [event for event in events(ran.err) if event.get("status") == "failed"]
    assert sum(event["count"] for event in failed) == 2
    assert {event["level"] for event in failed} == {"error"}
    assert ("finding" in names(ran.err)) == shows != ("data-findings" in names(ran.err))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("550 5.1.1 <ann@example.com>: unknown", "550 5.1.1 <a***@example.com>: unknown"),
        ("no gateway takes +31612345678", "no gateway takes +31***"),
        ("from 2026-12-01T09:00:00+01:00 on", "from 2026-12-01T09:00:00+01:00 on"),
    ],
)
def test_no_text_of_an_event_names_a_person(
    text: str, shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for shows in (False, True):
        JsonLog(least=Level.INFO, shows_addresses=shows).tell("outcome", about={"reason": text})
        told = json.loads(capsys.readouterr().err)["about"]["reason"]
        assert told == (text if shows else shown)


def test_a_quiet_log_is_empty_when_all_is_fine(home: Home, mactl: Mactl) -> None:
    assert mactl("send", "--yes", "--quiet", "--now", NOW, *JSON) == Ran(0, "", "")


def test_a_quiet_log_holds_what_is_wrong_alone(
    home: Home, mactl: Mactl, monkeypatch: pytest.MonkeyPatch
) -> None:
    with smtp_server(refuse_all) as server:
        monkeypatch.setenv("SMTP_URL", server.url)
        ran = mactl("send", "--yes", "--quiet", "--now", NOW, *JSON)
    assert ran.out == ""
    assert set(names(ran.err)) == {"outcome", "run-finished"}
    assert {event["level"] for event in events(ran.err)} == {"error"}


def test_why_a_run_could_not_start_is_a_finding_for_each_and_a_stop(
    home: Home, mactl: Mactl
) -> None:
    home.write("recipes/hello.yaml", HELLO.replace("send: second", "send: third"))

    _, finding, stopped, ended = events(mactl("send", "--yes", "--now", NOW, *JSON).err)

    assert (finding["event"], finding["id"]) == ("finding", "unknown-template")
    assert (finding["path"], finding["line"]) == ("recipes/hello.yaml", 12)
    assert (stopped["event"], stopped["message"]) == ("stopped", "the recipes are faulty")
    assert (ended["event"], ended["level"], ended["exit_status"]) == ("run-finished", "error", 2)


def test_a_relay_that_is_away_is_a_stop_after_which_the_counts_come(
    home: Home, mactl: Mactl, monkeypatch: pytest.MonkeyPatch
) -> None:
    with smtp_server() as server:
        monkeypatch.setenv("SMTP_URL", server.url)
    told = events(mactl("send", "--yes", "--now", NOW, *JSON).err)
    assert (told[-2]["event"], told[-2]["exit_status"]) == ("stopped", 75)
    assert (told[-1]["event"], told[-1]["skipped"], told[-1]["exit_status"]) == (
        "run-finished", 1, 75,
    )  # fmt: skip


def test_another_planner_is_a_matter_of_course(home: Home, mactl: Mactl) -> None:
    with (
        State.open("sqlite:///.mactl/state.db", home.folder, write=True) as state,
        planner_lock(state, "mactl send", int(time.time())),
    ):
        aloud = mactl("send", "--yes", "--now", NOW, *JSON)
        quiet = mactl("send", "--yes", "--quiet", "--now", NOW, *JSON)
    assert names(aloud.err) == ["run-started", "stopped", "run-finished"]
    assert {event["level"] for event in events(aloud.err)} == {"info"}
    assert quiet == Ran(75, "", "")


def test_progress_says_how_many_are_left_and_tells_each_outcome_once(
    home: Home, mactl: Mactl, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "_IN_A_LOG", 0.0)
    monkeypatch.setattr(progress, "_LONG", 0.0)
    with smtp_server(refuse_all) as server:
        monkeypatch.setenv("SMTP_URL", server.url)
        told = events(mactl("send", "--yes", "--now", NOW, *JSON).err)

    steps = [event for event in told if event["event"] == "progress"]
    assert [(step["failed"], step["left"]) for step in steps][:2] == [(1, 1), (2, 0)]
    assert {step["run"] for step in steps} == {1}
    assert sum(event["count"] for event in told if event.get("status") == "failed") == 2
    assert any(event["event"] == "working" for event in told)


def test_bounces_have_a_log(home: Home, mactl: Mactl) -> None:
    mactl("send", "--yes", "--now", NOW)
    home.write("inbox/1", "From: x@example.org\nSubject: hello\n\nIs anybody there?\n")
    ran = mactl("bounces", "inbox", "--now", NOW, *JSON)
    assert (ran.status, ran.out) == (0, "")
    assert names(ran.err) == ["run-started", "run-finished"]
    assert events(ran.err)[-1]["mails"] == 1


def test_a_worker_in_a_container_tells_what_it_does_until_it_is_told_to_stop(
    home: Home, mactl: Mactl, tmp_path: Path
) -> None:
    home.write("mactl.yaml", SETTINGS.replace("${SMTP_URL:-maildir:outbox}", "maildir:outbox"))
    assert mactl("send", "--yes", "--now", NOW).status == 0
    with (
        State.open("sqlite:///.mactl/state.db", home.folder, write=True) as state,
        state.writing() as connection,
    ):
        connection.exec_driver_sql("UPDATE sends SET status = 'queued' WHERE status = 'sent'")
        connection.exec_driver_sql("UPDATE sends SET latest_at = 9999999999")
    log = tmp_path / "log"
    with log.open("w") as err:
        worker = subprocess.Popen([sys.executable, "-m", "mactl", "worker", *JSON], stderr=err)
        try:
            until(lambda: "drained" in log.read_text())
            worker.send_signal(signal.SIGTERM)
            assert worker.wait(30) == 0
        finally:
            worker.kill()

    told = events(log.read_text())
    drained = next(event for event in told if event["event"] == "drained")
    assert drained["sent"] == 2
    assert (told[0]["event"], told[-1]["event"], told[-1]["sent"]) == (
        "run-started", "run-finished", 2,
    )  # fmt: skip
    assert {event["command"] for event in told} == {"worker"}
