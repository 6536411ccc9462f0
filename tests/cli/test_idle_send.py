"""A send that has nothing to do says what any other would."""

import os
from datetime import UTC, datetime

import pytest

from mactl.cli.invocation import Invocation
from mactl.workflows.sending import resting
from tests.cli.conftest import Home, Mactl

LONG_AGO = 1_700_000_000


@pytest.fixture
def at_rest(home: Home, mactl: Mactl) -> Home:
    """A project in which nothing is due for three days, and none of whose files is fresh."""
    for path in home.folder.rglob("*.csv"):
        os.utime(path, (LONG_AGO, LONG_AGO))
    for minute in (0, 1, 1):
        assert mactl("send", "--yes", "--now", f"2026-12-01T09:0{minute}").status == 0
    return home


def test_an_idle_send_says_what_a_full_one_says(at_rest: Home, mactl: Mactl) -> None:
    assert len(list(at_rest.folder.glob(".mactl/cache/rest-*"))) == 1
    now = ("--now", "2026-12-01T12:00")
    idle = mactl("send", "--yes", *now)
    idle_json = mactl("send", "--yes", *now, "--format", "json").json
    full = mactl("send", "--yes", "--full", *now)
    full_json = mactl("send", "--yes", "--full", *now, "--format", "json").json

    assert (idle.out.replace("Run 4", "Run 6"), idle.err) == (full.out, full.err)
    assert (idle_json.pop("run"), full_json.pop("run")) == (5, 7)
    assert idle_json == full_json


def test_an_idle_send_asks_for_yes_as_well(at_rest: Home, mactl: Mactl) -> None:
    refused = mactl("send", "--now", "2026-12-01T12:00")
    assert refused.status == 2
    assert "--yes" in refused.err


def test_an_idle_send_does_not_go_back_in_time(at_rest: Home, mactl: Mactl) -> None:
    assert mactl("send", "--yes", "--now", "2026-12-01T12:00").status == 0
    refused = mactl("send", "--yes", "--now", "2026-12-01T11:00")
    assert refused.status == 2
    assert "before the last run" in refused.err


def test_an_idle_send_in_the_future_is_refused_where_it_would_go_out(
    at_rest: Home, mactl: Mactl, monkeypatch: pytest.MonkeyPatch
) -> None:
    for minute in (0, 0, 1):  # nobody enters so long after, and nothing is due any more
        last = mactl("send", "--yes", "--now", f"2099-12-01T09:0{minute}")
    assert "nothing to send" in last.out
    monkeypatch.setenv("SMTP_URL", "smtp://mail.example.com")
    refused = mactl("send", "--yes", "--now", "2099-12-01T09:02")
    assert refused.status == 2
    assert "in the future" in refused.err


def test_a_send_that_waited_before_it_found_something_to_do_has_the_time_of_then(
    home: Home, mactl: Mactl, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = [datetime(2026, 12, 1, hour, tzinfo=UTC) for hour in (9, 11)]
    monkeypatch.setattr(resting, "pass_over", lambda *about, **more: times.pop(0) and None)
    monkeypatch.setattr(Invocation, "now", lambda invocation, project: times[0])

    assert mactl("send", "--yes", "--wait").status == 0
    run = mactl("state", "show", "--format", "json").json["last_run"]
    assert datetime.fromisoformat(run["now"]) == datetime(2026, 12, 1, 11, tzinfo=UTC)
