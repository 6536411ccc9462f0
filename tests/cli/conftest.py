"""The command line as a person uses it, in this process."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
import typer

from mactl.cli.app import app
from mactl.delivery import relay

NOW = "2026-12-01T09:00"
PATIENCE = 60  # seconds


@dataclass(frozen=True)
class Ran:
    """How a command ended and what it said."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Mactl = Callable[..., Ran]


def until(holds: Callable[[], bool]) -> None:
    """Waits for what another process does."""
    patience = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < patience
        time.sleep(0.05)


@pytest.fixture(scope="session")
def command_line() -> Callable[[list[str]], None]:
    """The whole of it, put together once: that takes longer than many a command does."""
    import mactl.cli.commands  # noqa: F401

    return typer.main.get_command(app)


@pytest.fixture
def mactl(
    capsys: pytest.CaptureFixture[str],
    command_line: Callable[[list[str]], None],
    monkeypatch: pytest.MonkeyPatch,
) -> Mactl:
    """Runs `mactl ARGUMENTS`; fails on a traceback, whatever the command was given.

    A server in trouble gets hardly any rest: how long it gets is shown in tests/delivery.
    """
    monkeypatch.setattr(relay, "FIRST_PAUSE", 0.01)

    def run(*arguments: str | Path) -> Ran:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ending:
            command_line([str(argument) for argument in arguments])
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        code = ending.value.code
        return Ran(code if isinstance(code, int) else int(bool(code)), said.out, said.err)

    return run


@dataclass(frozen=True)
class Home:
    """A project folder that a test writes its files into."""

    folder: Path

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")
        return path

    @property
    def outbox(self) -> list[Path]:
        """The messages that were sent, oldest first."""
        return sorted((self.folder / "outbox" / "new").glob("*"))


SETTINGS = """\
project: test
timezone: Europe/Amsterdam
contacts: [{file: contacts.csv}]
events: [{file: events.csv}]
consent:
  offers: {state: opt_in, at: opt_in_at, source: opt_in_source, wording: opt_in_text, free: true, unambiguous: true}
sender:
  from: Acme <news@acme.example>
  address: Acme BV, Keizersgracht 1, Amsterdam
  unsubscribe: "https://acme.example/u/{token}"
smtp: {url: "${SMTP_URL:-maildir:outbox}"}
"""

CONTACTS = """\
contact_id,email,first_name,country,opt_in,opt_in_at,opt_in_source,opt_in_text
C1,ann@example.com,Ann,NL,yes,2026-01-01T10:00,form,Yes please
C2,bob@example.com,Bob,BE,yes,2026-01-01T10:00,form,Yes please
C3,cas@example.com,,NL,no,,,
"""

EVENTS = """\
id,email,event,at,cart_id,value
1,ann@example.com,signed_up,2026-11-30T10:00,,
2,bob@example.com,signed_up,2026-11-30T11:00,,
3,cas@example.com,signed_up,2026-11-30T12:00,,
"""

HELLO = """\
recipe: hello
goal: {event: paid, within: 30 days}
privacy: {basis: [consent], topic: offers, purpose: Say hello}
journey:
  enter: {event: signed_up}
  leave: [goal]
  steps:
    - send: first
    - wait: 3 days
    - choose:
        - {when: {field: country, eq: BE}, then: [{exit: Belgium has its own}]}
    - send: second
templates:
  first: {subject: "Hello {{ contact.first_name | default('there') }}", body: "Welcome."}
  second: {subject: "How is it going?", body: "Tell us, {{ contact.first_name }}."}
"""

WHOLE = f"""\
{HELLO}title: Say hello
tests:
  - {{name: without people nothing is sent, now: 2026-12-01T09:00, expect: {{sends: []}}}}
"""
"""`HELLO` with all that a check would miss."""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A project with one recipe and three people, as the working directory."""
    made = Home(tmp_path)
    made.write("mactl.yaml", SETTINGS)
    made.write("contacts.csv", CONTACTS)
    made.write("events.csv", EVENTS)
    made.write("recipes/hello.yaml", HELLO)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SMTP_URL", raising=False)
    return made


@pytest.fixture
def queued(home: Home, mactl: Mactl, new_url: str, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A project with messages to Ann and Bob in its queue, which its relay did not take."""
    from tests.cli.queues import fill_queue

    home.write("mactl.yaml", f"{SETTINGS}state: {json.dumps(new_url)}\n")
    fill_queue(home, mactl, monkeypatch)
    return home
