"""A run that waited for another planner has the time at which it begins, not the one when it was asked for."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mactl import clock
from mactl.project import load_project
from mactl.store.lock import planner_lock
from mactl.store.logbook import last_now
from mactl.workflows.gathering import Sources
from mactl.workflows.opening import open_state
from mactl.workflows.sending import send as sending
from mactl.workflows.sending.outcome import Sent
from mactl.workflows.sending.resting import pass_over
from mactl.workflows.sending.send import Manners, send_now
from tests.workflows.test_resting import FILES, Home

NOW = datetime(2025, 2, 1, 9, tzinfo=UTC)
LONG = timedelta(hours=2)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A project whose runs are in the past: what waits for a day to come stays at that day."""
    monkeypatch.chdir(tmp_path)
    made = Home(tmp_path)
    for name, text in FILES.items():
        made.write(name, text.replace("2026-12-01", "2025-02-01").replace("2026-01", "2025-01"))
    return made


def run(home: Home, now: datetime) -> Sent:
    return send_now(load_project(home.folder)[0], (), Sources(), now, Manners())


def time_of_last_run(home: Home) -> datetime:
    with open_state(load_project(home.folder)[0]) as state, state.reading() as connection:
        last = last_now(connection)
    assert last is not None
    return clock.from_epoch(last)


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Has the next planner wait for `LONG`, and something else be done meanwhile."""

    def wait_while(work: Callable[[], object]) -> None:
        passed = 0.0
        monkeypatch.setattr(clock, "_time_passed", lambda: passed)

        @contextmanager
        def lock_after_others(*about: Any, **more: Any) -> Iterator[None]:
            nonlocal passed
            monkeypatch.setattr(sending, "planner_lock", planner_lock)
            monkeypatch.setattr("mactl.store.lock.planner_lock", planner_lock)
            work()
            passed += LONG.total_seconds()
            with planner_lock(*about, **more):
                yield

        monkeypatch.setattr(sending, "planner_lock", lock_after_others)
        monkeypatch.setattr("mactl.store.lock.planner_lock", lock_after_others)

    return wait_while


def test_what_happened_while_a_run_waited_is_seen_by_it(
    home: Home, waits: Callable[[Callable[[], object]], None]
) -> None:
    waits(lambda: home.append("events/one.csv", "4,bob@example.com,signed_up,2025-02-01T10:00Z\n"))

    assert run(home, NOW).counts["sent"] == 2
    assert time_of_last_run(home) == NOW + LONG


def test_a_run_that_waited_is_not_refused_for_one_that_was_asked_for_later_and_went_first(
    home: Home, waits: Callable[[Callable[[], object]], None]
) -> None:
    waits(lambda: run(home, NOW + timedelta(minutes=90)))

    assert not run(home, NOW).did_anything
    assert time_of_last_run(home) == NOW + LONG


def test_a_run_is_not_passed_over_where_something_fell_due_while_it_waited(
    home: Home, waits: Callable[[Callable[[], object]], None]
) -> None:
    """In five hours something falls due."""
    for minutes in (0, 1, 1):
        run(home, NOW + timedelta(minutes=minutes))
    then = NOW + timedelta(hours=4)
    project = load_project(home.folder)[0]
    assert pass_over(project, (), then) is not None

    waits(lambda: None)
    assert pass_over(project, (), then) is None


def test_a_day_that_has_not_come_yet_stays_the_one_that_is_tried_out(
    home: Home, waits: Callable[[Callable[[], object]], None]
) -> None:
    waits(lambda: None)
    far = datetime(2124, 3, 1, 9, tzinfo=UTC)

    run(home, far)
    assert time_of_last_run(home) == far
