"""`mactl pause`, `resume` and `cancel`: at once, with exact books, whatever the recipe's file says."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from mactl.delivery.server import EmbeddedServer
from tests.cli.conftest import HELLO, NOW, SETTINGS, Home, Mactl
from tests.cli.queues import fill_queue

DAYS_LATER = "2026-12-05T10:00"


def statuses(mactl: Mactl) -> dict[str, int]:
    sends = mactl("sends", "list", "--format", "json").json["sends"]
    return dict(Counter(send["status"] for send in sends))


def test_a_paused_recipe_sends_nothing_until_it_is_resumed_and_then_all_of_it(
    queued: Home, mactl: Mactl
) -> None:
    told = mactl("pause", "hello", "--reason", "a typo", "--format", "json").json

    assert told == {"recipe": "hello", "status": "paused", "waiting": 2}
    assert mactl("send", "--yes", "--now", NOW).status == 0
    assert mactl("worker", "--once", "--format", "json").json["sent"] == 0
    assert (statuses(mactl), queued.outbox) == ({"queued": 2, "skipped": 1}, [])

    assert mactl("resume", "hello", "--format", "json").json == {
        "recipe": "hello",
        "status": "resumed",
    }
    assert mactl("send", "--yes", "--now", NOW, "--format", "json").json["sent"] == 2
    assert (statuses(mactl), len(queued.outbox)) == ({"sent": 2, "skipped": 1}, 2)


def test_people_enter_a_paused_recipe_and_wait_before_its_first_message(
    home: Home, mactl: Mactl
) -> None:
    mactl("send", "hello", "--yes", "--now", "2026-11-30T09:00")
    mactl("pause", "hello")
    sent = mactl("send", "--yes", "--now", NOW, "--format", "json").json
    assert (sent["sent"], home.outbox) == (0, [])

    mactl("resume", "hello")
    assert mactl("send", "--yes", "--now", NOW, "--format", "json").json["sent"] == 2


def test_a_plan_says_that_a_recipe_is_paused(queued: Home, mactl: Mactl) -> None:
    mactl("pause", "hello")

    plan = mactl("plan", "--now", NOW).out
    assert "(paused)" in plan
    assert "earlier runs" not in plan


def test_a_cancelled_recipe_lets_everybody_go_and_sends_nothing_more(
    queued: Home, mactl: Mactl
) -> None:
    told = mactl("cancel", "hello", "--yes", "--format", "json").json

    assert told == {
        "recipe": "hello", "status": "cancelled", "people": 3, "messages": 2, "actions": 0,
        "sent": 0, "sending": 0, "unknown": 0,
    }  # fmt: skip
    assert mactl("send", "--yes", "--now", DAYS_LATER, "--format", "json").json["sent"] == 0
    assert statuses(mactl) == {"cancelled": 2, "skipped": 1}
    plan = mactl("plan", "--now", DAYS_LATER, "--format", "json").json
    assert (plan["totals"]["entering"], plan["totals"]["sends"], queued.outbox) == (0, 0, [])


def test_what_was_sent_before_a_cancel_is_told_and_stays(home: Home, mactl: Mactl) -> None:
    mactl("send", "--yes", "--now", NOW)

    ran = mactl("cancel", "hello", "--yes")
    assert ran.out == (
        "hello is cancelled: 3 people are out of it, 0 messages and 0 actions were taken back.\n"
        "Beyond recall: 2 sent.\n"
    )
    assert statuses(mactl) == {"sent": 2, "skipped": 1}
    assert mactl("send", "--yes", "--now", DAYS_LATER, "--format", "json").json["sent"] == 0


def test_a_dry_run_of_a_cancel_tells_the_same_and_changes_nothing(
    queued: Home, mactl: Mactl
) -> None:
    foreseen = mactl("cancel", "hello", "--dry-run", "--format", "json").json

    assert statuses(mactl) == {"queued": 2, "skipped": 1}
    told = mactl("cancel", "hello", "--yes", "--format", "json").json
    assert foreseen == {**told, "status": "would be cancelled"}


def test_a_cancel_needs_a_yes(queued: Home, mactl: Mactl) -> None:
    ran = mactl("cancel", "hello")

    assert (ran.status, ran.out) == (2, "")
    assert (
        "there is no terminal to ask on\nhint: say --yes to go on without being asked\n" in ran.err
    )
    assert statuses(mactl) == {"queued": 2, "skipped": 1}


@pytest.mark.parametrize("answer", ["n", "", "y"])
def test_a_cancel_asks_with_what_it_is_about(
    queued: Home, mactl: Mactl, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda: answer)

    ran = mactl("cancel", "hello")

    assert "3 people would leave hello; 2 messages and 0 actions would be taken back." in ran.err
    assert ran.status == (0 if answer == "y" else 1)
    assert statuses(mactl).get("cancelled", 0) == (2 if answer == "y" else 0)


@pytest.mark.parametrize("command", ["pause", "resume", "cancel"])
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("helo", "there is no recipe 'helo' in recipes\nhint: did you mean 'hello'?"),
        ("recipes", "recipes has 2 recipes\nhint: name one: hello, other"),
    ],
)
def test_a_recipe_that_there_is_not_or_that_is_several_is_told(
    home: Home, mactl: Mactl, command: str, name: str, said: str
) -> None:
    home.write("recipes/other.yaml", HELLO.replace("recipe: hello", "recipe: other"))
    yes = ["--yes"] if command == "cancel" else []

    ran = mactl(command, name, *yes)

    assert (ran.status, ran.out) == (2, "")
    assert said in ran.err


def test_what_no_command_had_said_cannot_be_taken_back(home: Home, mactl: Mactl) -> None:
    ran = mactl("resume", "hello")

    assert (ran.status, ran.out) == (2, "")
    assert "hello was neither paused nor cancelled by a command" in ran.err


@pytest.mark.parametrize(
    ("text", "name"), [("recipe: [", "hello"), ("recipe: [", "recipes/hello.yaml"), (None, "hello")]
)
def test_the_brakes_work_where_the_recipe_is_faulty_or_gone(
    queued: Home, mactl: Mactl, text: str | None, name: str
) -> None:
    path = queued.folder / "recipes" / "hello.yaml"
    if text is None:
        path.unlink()
    else:
        path.write_text(text)

    assert mactl("pause", name, "--format", "json").json["waiting"] == 2
    assert mactl("worker", "--once", "--format", "json").json["sent"] == 0
    assert mactl("resume", name).status == 0
    assert mactl("cancel", name, "--yes", "--format", "json").json["messages"] == 2


def test_a_faulty_recipe_that_nobody_knows_is_told(home: Home, mactl: Mactl) -> None:
    home.write("recipes/hello.yaml", "recipe: [")

    ran = mactl("pause", "recipes/hello.yaml")
    assert ran.status == 2
    assert "nobody was ever in a recipe called 'hello'" in ran.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["pause", "hello"],
        ["resume", "hello"],
        ["cancel", "hello", "--yes"],
        ["sends", "resolve", "--sent", "--yes"],
        ["sends", "retry", "--yes"],
        ["suppress", "add", "ann@example.com"],
        ["suppress", "remove", "ann@example.com"],
        ["state", "accept", "--as-is"],
    ],
)
def test_outside_a_project_nothing_is_written(
    tmp_path: Path, mactl: Mactl, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)

    ran = mactl(*arguments)

    assert (ran.status, ran.out, list(tmp_path.iterdir())) == (2, "", [])
    assert "there is no mactl.yaml here" in ran.err


def test_a_renamed_recipe_is_steered_by_the_name_of_today(queued: Home, mactl: Mactl) -> None:
    (queued.folder / "recipes" / "hello.yaml").unlink()
    queued.write(
        "recipes/greeting.yaml",
        HELLO.replace("recipe: hello", "recipe: greeting\nmoved: {hello: greeting}"),
    )

    assert mactl("pause", "greeting", "--format", "json").json == {
        "recipe": "greeting",
        "status": "paused",
        "waiting": 2,
    }
    assert mactl("worker", "--once", "--format", "json").json["sent"] == 0


def test_a_worker_in_another_process_sees_a_pause_at_once(
    home: Home, mactl: Mactl, new_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = 120
    home.write(
        "mactl.yaml",
        f"{SETTINGS}state: {json.dumps(new_url)}\n".replace(
            "smtp: {", "smtp: {connections: 1, rate: 50/second, "
        ),
    )
    header = "contact_id,email,first_name,country,opt_in,opt_in_at,opt_in_source,opt_in_text\n"
    home.write("contacts.csv", header + "".join(
        f"C{n},p{n}@example.com,Ann,NL,yes,2026-01-01T10:00,form,Yes\n" for n in range(many)
    ))  # fmt: skip
    home.write("events.csv", "id,email,event,at\n" + "".join(
        f"{n},p{n}@example.com,signed_up,2026-11-30T10:00\n" for n in range(many)
    ))  # fmt: skip
    fill_queue(home, mactl, monkeypatch)
    with EmbeddedServer(home.folder / "outbox") as server:
        worker = subprocess.Popen(
            [sys.executable, "-m", "mactl", "worker"],
            cwd=home.folder, env={**os.environ, "SMTP_URL": server.url}, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        while len(home.outbox) < 10:
            assert worker.poll() is None
            time.sleep(0.02)

        told = mactl("pause", "hello", "--format", "json").json
        at_the_pause = len(home.outbox)
        time.sleep(1)

        # One message per connection may have begun, and another just have arrived.
        assert len(home.outbox) <= at_the_pause + 2
        assert told["waiting"] + len(home.outbox) in (many, many + 1)
        assert worker.poll() is None
        mactl("resume", "hello")
        while len(home.outbox) < many:
            assert worker.poll() is None
            time.sleep(0.05)
        worker.send_signal(signal.SIGTERM)
        out, _ = worker.communicate(timeout=30)

    assert (worker.returncode, out) == (0, f"{many} sent\n")
    assert statuses(mactl) == {"sent": many}
