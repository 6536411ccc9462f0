"""The process itself: its pipes, its encoding, its terminal, the files that it can't write."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from mactl.cli.progress import Progress, Waiting
from tests.cli.conftest import CONTACTS, HELLO, NOW, Home, Mactl

MACTL = f"{sys.executable} -m mactl"
MANY = CONTACTS + "".join(f"D{n},d{n}@example.com,Dan,NL,no,,,\n" for n in range(5_000))
"""More than a pipe takes before somebody reads it."""


def shell(command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command}"],
        env={**os.environ, **environment}, text=True, capture_output=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    "command",
    [
        "contacts list --format json",
        "contacts list --verbose",
        "contacts list --verbose 2>&1",
        "check --explain '?'",
        "--help",
        "schema",
        "--version",
    ],
)
def test_a_reader_who_leaves_is_no_error(home: Home, command: str) -> None:
    home.write("contacts.csv", MANY)

    ran = shell(f"{MACTL} {command} | head -c 1")

    assert (ran.returncode, ran.stderr) == (0, "")
    assert len(ran.stdout) == 1


def test_a_command_that_found_problems_says_so_to_a_reader_who_left(home: Home) -> None:
    broken = "".join(f"E{n},nonsense{n},Eve,NL,no,,,\n" for n in range(1_000))
    home.write("contacts.csv", CONTACTS + broken)

    assert shell(f"{MACTL} contacts check --verbose | head -c 1").returncode == 1


def test_a_run_goes_on_when_nobody_reads_what_it_says(home: Home) -> None:
    ran = shell(f"{MACTL} send --yes --now {NOW} 2>&1 | true")

    assert ran.returncode == 0
    assert len(home.outbox) == 2


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
def test_an_answer_that_could_not_be_written_is_told_and_ends_with_1(home: Home) -> None:
    ran = shell(f"{MACTL} contacts list > /dev/full")

    assert ran.returncode == 1
    assert ran.stderr == "mactl: the answer could not be written: No space left on device\n"


def test_a_terminal_that_lacks_letters_shows_their_numbers_and_json_stays_whole(home: Home) -> None:
    home.write("contacts.csv", CONTACTS.replace("Ann", "Anné"))

    shown = shell(f"{MACTL} journey show hello", PYTHONIOENCODING="ascii")
    assert "\\u25b6 Enter signed_up" in shown.stdout
    told = shell(f"{MACTL} contacts list --format json", PYTHONIOENCODING="ascii")
    assert json.loads(told.stdout)["contacts"][0]["fields"]["first_name"] == "Anné"


@pytest.mark.parametrize(
    ("command", "what"),
    [
        (["init", "taken/shop"], "taken"),
        (["demo", "taken/shop"], "taken"),
        (["journey", "show", "hello", "-o", "taken/flow.svg"], "taken/flow.svg"),
        (["plan", "--now", NOW, "--out", "taken/plan.json"], "taken/plan.json"),
    ],
)
def test_what_can_not_be_written_is_named(
    home: Home, mactl: Mactl, command: list[str], what: str
) -> None:
    home.write("taken", "a file where a folder should be")

    refused = mactl(*command)

    assert refused.status == 2
    assert refused.err.splitlines()[0].startswith("mactl: ")
    assert what in refused.err


class Terminal:
    """A stderr that takes note of what it is told."""

    def __init__(self, *, is_one: bool) -> None:
        self.text, self._is_one = "", is_one

    def isatty(self) -> bool:
        return self._is_one

    def write(self, text: str) -> None:
        self.text += text

    def flush(self) -> None:
        pass


def progress_on(monkeypatch: pytest.MonkeyPatch, *, terminal: bool) -> tuple[Progress, Terminal]:
    from mactl.cli.invocation import Invocation

    stderr = Terminal(is_one=terminal)
    monkeypatch.setattr(sys, "stderr", stderr)
    return Progress(Invocation()), stderr


def test_progress_is_written_over_on_a_terminal_and_taken_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    progress, stderr = progress_on(monkeypatch, terminal=True)

    progress.tell("one")
    progress.tell("too soon to read")
    progress.clear()
    progress.clear()

    assert stderr.text == "\r\x1b[2Kone …\r\x1b[2K"


def test_what_was_told_stays_until_something_else_is_though_more_is_told_than_is_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    progress, stderr = progress_on(monkeypatch, terminal=True)

    with progress.during("reading") as waiting:
        for done in ("1 sent", "2 sent", "3 sent"):
            waiting.end()
            progress.tell(done)
        assert stderr.text == "\r\x1b[2K1 sent …"

    assert stderr.text == "\r\x1b[2K1 sent …\r\x1b[2K"


def test_a_terminal_shows_a_day_of_the_calendar_until_the_next_one(
    home: Home, mactl: Mactl, monkeypatch: pytest.MonkeyPatch
) -> None:
    master, slave = os.openpty()
    with monkeypatch.context() as patched, os.fdopen(slave, "w") as terminal:
        patched.setattr(sys, "stderr", terminal)
        assert mactl("plan", "--days", "20", "--now", NOW).status == 0
        written = os.read(master, 65_536).decode()
    os.close(master)

    lines = written.split("\r\x1b[2K")
    days = [
        place for place, line in enumerate(lines) if re.fullmatch(r"\w{3} 2026-12-\d\d …", line)
    ]
    assert days, written
    assert [line for line in lines[days[0] :] if line == ""] == [""], "only at the end is it blank"


def test_a_log_gets_no_line_of_what_is_soon_over(monkeypatch: pytest.MonkeyPatch) -> None:
    progress, stderr = progress_on(monkeypatch, terminal=False)

    progress.tell("one")
    with progress.during("reading"):
        pass
    progress.clear()

    assert stderr.text == ""


def test_who_waits_is_told_what_for_until_it_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    progress, stderr = progress_on(monkeypatch, terminal=True)
    progress.patience = 0.01

    with progress.during("reading") as waiting:
        while "reading, " not in stderr.text:
            pass
        waiting.end()
        told = stderr.text
        assert isinstance(waiting, Waiting)
    assert stderr.text == told
    assert told.endswith("\r\x1b[2K")


def test_a_calendar_keeps_its_days_whole_on_a_narrow_terminal(
    home: Home, mactl: Mactl, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mactl.cli.views import calendar

    for name in ("a-rather-long-name", "another-long-name", "one-more-long-name"):
        home.write(f"recipes/{name}.yaml", HELLO.replace("recipe: hello", f"recipe: {name}"))
    wide = mactl("plan", "--days", "3", "--now", NOW).out.splitlines()
    assert "a-rather-long-name" in wide[1]

    from rich.console import Console

    monkeypatch.setattr(calendar, "stdout", lambda: Console(width=80, highlight=False))
    narrow = mactl("plan", "--days", "3", "--now", NOW).out.splitlines()
    assert narrow[1].startswith("day ")
    assert "a-rather-long-name" not in narrow[1]
    assert [line[:14] for line in narrow[2:5]] == [
        "Tue 2026-12-01", "Wed 2026-12-02", "Thu 2026-12-03",
    ]  # fmt: skip
    assert any(line.startswith("a-rather-long-name  ") for line in narrow[6:])
    assert all(len(line.rstrip()) <= 80 for line in narrow[1:6])
