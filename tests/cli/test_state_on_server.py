"""Every command that reads or writes the state, with the state in PostgreSQL."""

import pytest

from mactl.store.lock import planner_lock
from mactl.store.state import State
from tests.cli.conftest import NOW, SETTINGS, Home, Mactl
from tests.postgres import GUARDED, Cluster

pytestmark = [
    pytest.mark.debian("postgresql"),
    pytest.mark.parametrize("kept_in", ["postgresql"], indirect=True),
]
LATER = "2026-12-04T09:00"


@pytest.fixture
def shop(home: Home, new_url: str, monkeypatch: pytest.MonkeyPatch) -> Home:
    """The project, with the address of its state in the environment."""
    monkeypatch.setenv("STATE_URL", new_url)
    home.write("mactl.yaml", SETTINGS + 'state: "${STATE_URL}"\n')
    return home


def test_a_plan_is_what_is_sent_and_a_second_send_repeats_nobody(shop: Home, mactl: Mactl) -> None:
    planned = mactl("plan", "--now", NOW, "--format", "json").json
    assert not list(shop.folder.rglob("*.db*"))
    first = mactl("send", "--yes", "--now", NOW, "--format", "json")
    assert first.status == 0, first.err
    assert first.json["sent"] == len(shop.outbox) == 2
    assert planned["totals"]["sends"] == 2

    again = mactl("send", "--yes", "--now", NOW, "--format", "json")
    idle = mactl("send", "--yes", "--now", NOW, "--format", "json")
    assert (again.json["sent"], idle.json["sent"], len(shop.outbox)) == (0, 0, 2)
    assert [again.json["run"], idle.json["run"]] == [2, 3]

    later = mactl("send", "--yes", "--now", LATER, "--format", "json")
    assert later.json["sent"] == 1  # Bob lives in Belgium
    assert len(shop.outbox) == 3


@pytest.mark.parametrize(
    "arguments",
    [
        ["plan", "--days", "7", "--now", NOW],
        ["plan", "--now", NOW],
        ["explain", "ann@example.com", "--now", LATER],
        ["sends", "list"],
        ["suppress", "list"],
        ["journey", "show", "hello"],
        ["tasks", "list"],
        ["check"],
        ["segments", "--now", LATER],
    ],
    ids=" ".join,
)
def test_what_only_reads_works_before_and_after_a_run(
    shop: Home, mactl: Mactl, arguments: list[str]
) -> None:
    before = mactl(*arguments)
    assert before.status in (0, 1), before.err
    assert mactl("send", "--yes", "--now", NOW).status == 0
    after = mactl(*[LATER if argument == NOW else argument for argument in arguments])
    assert after.status in (0, 1), after.err


def test_a_kept_plan_is_of_this_state(shop: Home, mactl: Mactl, new_url: str) -> None:
    assert mactl("send", "--yes", "--now", NOW).status == 0
    assert mactl("plan", "--now", LATER, "--out", "kept.json").status == 0
    with State.open(new_url, shop.folder, write=False) as state:
        assert state.id in (shop.folder / "kept.json").read_text()
    sent = mactl("send", "--yes", "--now", LATER, "--plan", "kept.json", "--format", "json")
    assert (sent.status, sent.json["sent"]) == (0, 1), sent.err


def test_who_was_suppressed_gets_nothing(shop: Home, mactl: Mactl) -> None:
    assert mactl("suppress", "add", "ann@example.com").status == 0
    assert mactl("send", "--yes", "--now", NOW, "--format", "json").json["sent"] == 1


def test_a_second_planner_comes_back_later(shop: Home, mactl: Mactl, new_url: str) -> None:
    with (
        State.open(new_url, shop.folder, write=True) as state,
        planner_lock(state, "mactl send", 1_796_112_000),
    ):
        refused = mactl("send", "--yes", "--now", NOW)
    assert refused.status == 75
    assert "has been planning since" in refused.err
    assert shop.outbox == []


def test_a_server_that_is_down_ends_every_command_for_later(
    shop: Home, mactl: Mactl, state_server: Cluster
) -> None:
    state_server.stop()
    for arguments in (["send", "--yes"], ["plan"], ["sends", "list"]):
        ended = mactl(*arguments)
        assert ended.status == 75
        assert "does not answer" in ended.err
        assert not ended.out
    state_server.start()
    assert mactl("send", "--yes", "--now", NOW, "--format", "json").json["sent"] == 2


def test_a_wrong_password_is_a_fault_of_the_settings_and_is_not_shown(
    shop: Home, mactl: Mactl, postgres: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STATE_URL", postgres.url("postgres", GUARDED, "hunter2"))
    refused = mactl("send", "--yes", "--now", NOW)
    assert refused.status == 2
    assert "password authentication failed" in refused.err
    assert "hunter2" not in refused.err
