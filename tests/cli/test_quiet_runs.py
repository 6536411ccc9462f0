"""`mactl send --yes --quiet`, as cron runs it: silent when fine, else exactly what is wrong."""

import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from mactl.store.lock import planner_lock
from mactl.store.state import State
from tests.cli.conftest import CONTACTS, HELLO, NOW, SETTINGS, Home, Mactl, Ran
from tests.delivery.servers import DROP, Behaviour, smtp_server


@pytest.fixture
def quietly(
    home: Home, mactl: Mactl, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Behaviour], Ran]:
    """Runs `mactl send --yes --quiet` against a relay that behaves like that."""

    def run(behave: Behaviour, *options: str) -> Ran:
        with smtp_server(behave) as server:
            monkeypatch.setenv("SMTP_URL", server.url)
            return mactl("send", "--yes", "--quiet", "--now", NOW, *options)

    return run


def usual(stage: str, recipient: str) -> None:
    return None


def put_off(stage: str, recipient: str) -> str | None:
    return "451 4.7.1 greylisted" if stage == "RCPT" else None


def refuse_ann(stage: str, recipient: str) -> str | None:
    return (
        "550 5.1.1 no such mailbox" if (stage, recipient) == ("RCPT", "ann@example.com") else None
    )


def take_ann_without_a_word(stage: str, recipient: str) -> str | None:
    return DROP if (stage, recipient) == ("after", "ann@example.com") else None


@pytest.mark.parametrize("behave", [usual, put_off], ids=["sent", "put off"])
def test_a_run_that_is_fine_says_nothing(quietly: Callable[..., Ran], behave: Behaviour) -> None:
    assert quietly(behave) == Ran(0, "", "")
    assert quietly(usual) == Ran(0, "", "")


def test_a_run_with_nothing_due_says_nothing(home: Home, mactl: Mactl) -> None:
    home.write("events.csv", "email,event,at\n")
    for _ in range(3):  # the last is over before it plans
        assert mactl("send", "--yes", "--quiet", "--now", NOW) == Ran(0, "", "")


def test_what_is_held_and_what_is_wrong_with_the_data_is_no_news_to_cron(
    home: Home, mactl: Mactl
) -> None:
    home.write("contacts.csv", CONTACTS + "C4,no address,Dan,NL,yes,2026-01-01T10:00,form,Yes\n")
    home.write("mactl.yaml", SETTINGS + 'limits: {quiet_hours: {from: "08:00", to: "20:00"}}\n')
    assert mactl("send", "--yes", "--quiet", "--now", NOW) == Ran(0, "", "")
    assert "contact-bad-email" in mactl("contacts", "check").out


def test_a_refused_message_is_told_with_its_reason_and_the_next_command(
    quietly: Callable[..., Ran],
) -> None:
    ran = quietly(refuse_ann)

    assert (ran.status, ran.err) == (1, "")
    reason, *rest = ran.out.splitlines()
    assert reason.startswith("  1 failed: ") and "550 5.1.1" in reason
    assert rest == [
        "Run 1: 1 sent, 1 failed, 1 skipped",
        "mactl sends list --status failed shows which failed; mactl sends retry tries them again.",
    ]
    assert quietly(usual) == Ran(0, "", ""), "it is told once"


def test_a_message_in_doubt_is_told_with_the_command_that_settles_it(
    quietly: Callable[..., Ran],
) -> None:
    ran = quietly(take_ann_without_a_word)

    assert ran.status == 1
    assert "  1 unknown: the connection was lost" in ran.out
    assert "skipped:" not in ran.out
    assert ran.out.endswith(
        "mactl sends list --status unknown shows which may have arrived; "
        "mactl sends resolve settles them.\n"
    )


def test_a_relay_that_is_away_is_told(
    home: Home, mactl: Mactl, monkeypatch: pytest.MonkeyPatch
) -> None:
    with smtp_server() as server:
        monkeypatch.setenv("SMTP_URL", server.url)

    ran = mactl("send", "--yes", "--quiet", "--now", NOW)

    assert ran.status == 75
    assert ran.out == "Run 1: 1 skipped\n"
    assert f"127.0.0.1:{server.port}" in ran.err and "refused" in ran.err


def test_a_faulty_recipe_is_told_with_its_place(home: Home, mactl: Mactl) -> None:
    home.write("recipes/hello.yaml", HELLO.replace("send: second", "send: third"))

    ran = mactl("send", "--yes", "--quiet", "--now", NOW)

    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith("recipes/hello.yaml:12:13: unknown-template: ")
    assert "mactl: the recipes are faulty" in ran.err


def test_a_missing_secret_is_told(home: Home, mactl: Mactl) -> None:
    home.write("mactl.yaml", SETTINGS.replace("${SMTP_URL:-maildir:outbox}", "${NO_SUCH_NAME}"))

    ran = mactl("send", "--yes", "--quiet", "--now", NOW)

    assert (ran.status, ran.out) == (2, "")
    assert "NO_SUCH_NAME" in ran.err


@pytest.mark.parametrize(
    ("minutes", "is_told"), [(0, False), (59, False), (61, True)], ids=["now", "59", "61"]
)
def test_another_planner_is_only_told_once_it_takes_an_hour(
    home: Home, mactl: Mactl, minutes: int, is_told: bool
) -> None:
    since = int(time.time()) - 60 * minutes
    with (
        State.open("sqlite:///.mactl/state.db", home.folder, write=True) as state,
        planner_lock(state, "mactl send", since),
    ):
        quiet = mactl("send", "--yes", "--quiet", "--now", NOW)
        aloud = mactl("send", "--yes", "--now", NOW)

    assert (quiet.status, quiet.out) == (75, "")
    assert ("has been planning since" in quiet.err) == is_told == bool(quiet.err)
    assert (aloud.status, "has been planning since" in aloud.err) == (75, True)


def test_a_queue_that_is_drained_says_nothing_either(home: Home, mactl: Mactl) -> None:
    assert mactl("send", "--yes", "--quiet", "--now", NOW) == Ran(0, "", "")
    assert mactl("send", "--resume", "--quiet") == Ran(0, "", "")
    assert mactl("worker", "--once", "--quiet") == Ran(0, "", "")


def test_no_warning_of_any_library_reaches_the_mail_of_cron(home: Home) -> None:
    for number in range(2):
        ran = subprocess.run(
            [sys.executable, "-m", "mactl", "send", "--yes", "--quiet", "--project", home.folder],
            env={"HOME": str(home.folder)}, cwd="/", capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", ""), number
