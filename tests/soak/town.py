"""A project with some thousands of people who are all written to, and `mactl send` as cron runs it."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from mactl.store.state import State
from mactl.store.tables import sends
from tests.soak.counting import Count

START = datetime(2026, 12, 1, 9, 0)
CONNECTIONS = 4
HURRIED = (
    "-c",
    "import mactl.cli, mactl.delivery.relay as relay; relay.FIRST_PAUSE = relay.LONGEST_PAUSE = 0.01; mactl.cli.main()",
)
"""mactl that gives a server in trouble hardly any rest; a test has no minutes to wait."""
_CREWED = """
import mactl.cli, mactl.workflows.posting.forking as forking
forking.WORTH_A_PROCESS = {worth}
mactl.cli.main()
"""
ALONE, CREWED = (("-c", _CREWED.format(worth=worth)) for worth in (1_000_000, 100))
"""mactl as one process however many wait, and as a crew of two from 200 messages on."""
_SETTINGS = """\
project: town
timezone: Europe/Amsterdam
contacts: [{{file: contacts.csv}}]
events: [{{file: events.csv}}]
engine: pandas
sender:
  from: Acme <news@acme.example>
  address: Acme BV, Keizersgracht 1, Amsterdam
  unsubscribe: mailto:stop@acme.example
  require_auth: "off"  # nobody is asked about the domain
smtp: {{url: "${{SMTP_URL}}", connections: {connections}}}
state: "{state}"
"""
_RECIPE = """\
recipe: receipt
title: A receipt
privacy: {basis: [contract], purpose: Say thanks}
journey: {enter: {event: paid}, leave: [], latest: 3 days, steps: [{send: thanks}]}
templates:
  thanks: {kind: service, subject: "Thank you, {{ contact.first_name }}", body: "We have received your payment."}
"""


@dataclass
class Town:
    """The project; each run is a process group of its own, a minute of the project's later than the last."""

    folder: Path
    people: int
    smtp: str
    state_url: str = "sqlite:///.mactl/state.db"
    now: datetime | None = START
    """When its runs are; None where the clock says it."""
    program: tuple[str, ...] = ("-m", "mactl")
    """What Python runs."""
    around: Mapping[str, str] = field(default_factory=dict)
    """What the environment says beside the usual."""

    def build(self) -> "Town":
        """Write its files."""
        (self.folder / "recipes").mkdir(parents=True)
        settings = _SETTINGS.format(connections=CONNECTIONS, state=self.state_url)
        (self.folder / "mactl.yaml").write_text(settings)
        (self.folder / "recipes" / "receipt.yaml").write_text(_RECIPE)
        self.populate()
        return self

    def populate(self) -> None:
        """Write down who lives there, and what they did."""
        numbers = range(self.people)
        rows = [f"C{n},{address(n)},Person {n}" for n in numbers]
        self._table("contacts.csv", "contact_id,email,first_name", rows)
        rows = [f"{n},{address(n)},paid,2026-11-30T10:00" for n in numbers]
        self._table("events.csv", "id,email,event,at", rows)

    def _table(self, name: str, header: str, rows: list[str]) -> None:
        (self.folder / name).write_text("\n".join([header, *rows]) + "\n")

    def mactl(self, *arguments: str) -> "subprocess.Popen[str]":
        """`mactl ARGUMENTS`."""
        return subprocess.Popen(
            [sys.executable, *self.program, *arguments],
            cwd=self.folder,
            env={**os.environ, **self.around, "SMTP_URL": self.smtp},
            start_new_session=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def start(
        self, later: timedelta = timedelta(minutes=1), **otherwise: Any
    ) -> "subprocess.Popen[str]":
        """`mactl send --yes`, `later` than the last one; `otherwise` is what is different this once."""
        at: tuple[str, ...] = ()
        if self.now is not None:
            self.now += later
            at = ("--now", self.now.isoformat())
        return replace(self, **otherwise).mactl("send", "--yes", "--format", "json", *at)

    def send(self, later: timedelta = timedelta(minutes=1)) -> tuple[int, str]:
        """A run to its end: its exit status, and what it said on stderr."""
        status, said = finish(self.start(later))
        assert status in (0, 1, 75), said
        return status, said

    def fill_queue(self) -> None:
        """Have everybody's message queued, and none sent."""
        # The server offers no TLS: the run ends before the first message.
        finish(self.start(smtp=self.smtp.replace("smtp://", "smtp+starttls://")))
        assert set(self.statuses().values()) == {"queued"}

    def open(self) -> State:
        """The state, to read."""
        return State.open(self.state_url, self.folder, write=False)

    def statuses(self) -> dict[str, str]:
        """Address → status of its send."""
        with self.open() as state, state.reading() as connection:
            rows = connection.execute(select(sends.c.address, sends.c.status))
            return {row.address: row.status for row in rows}


def address(number: int) -> str:
    """Of the n-th inhabitant."""
    return f"person{number}@example.com"


def finish(process: "subprocess.Popen[str]") -> tuple[int, str]:
    """The exit status of a run, and what it said on stderr, once it is over."""
    _, said = process.communicate(timeout=300)
    return process.returncode, said


def kill(process: "subprocess.Popen[Any]", *, whole: bool) -> None:
    """Kills a run and, if `whole`, all that it started; returns when it is gone."""
    with suppress(ProcessLookupError):
        if whole:
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    _, said = process.communicate(timeout=30)
    assert process.returncode in (-signal.SIGKILL, 0, 1, 75), said


def wait_until(taken: int, count: Count, process: "subprocess.Popen[Any]") -> None:
    """Until the server has taken so many messages, or the run is over."""
    until = time.monotonic() + 120
    while count.total < taken and process.poll() is None:
        assert time.monotonic() < until, "nothing goes out"
        time.sleep(0.005)


def check_books(town: Town, count: Count, *, in_doubt: int) -> Counter[str]:
    """Everybody was written to at most once, the statuses add up to the plan and tell the truth; how many stand at
    each. At most `in_doubt` sends are unknown, or would be if all processes were gone."""
    taken = count.taken
    assert not {who for who, times in taken.items() if times > 1}
    found = town.statuses()
    assert found.keys() in (set(), {address(number) for number in range(town.people)})
    of = Counter(found.values())
    assert of["unknown"] + of["sending"] <= in_doubt, of
    claimed_to = {who for who, status in found.items() if status == "sent"}
    assert claimed_to <= taken.keys()
    untold = taken.keys() - claimed_to
    assert {found[who] for who in untold} <= {"sending", "unknown"}
    return of
