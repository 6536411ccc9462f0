"""One planner at a time, and nobody else waits."""

import json
import math
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select, update

from mactl.errors import TryAgainLater
from mactl.store.account import read_account
from mactl.store.lock import planner_lock
from mactl.store.state import State
from mactl.store.tables import meta
from tests.store.making import NOW

HOLD = """
import sys
from pathlib import Path
from mactl.store.lock import planner_lock
from mactl.store.state import State

with State.open(sys.argv[1], Path(sys.argv[2]), write=True) as state:
    with planner_lock(state, "mactl send --yes", int(sys.argv[3])):
        print("planning", flush=True)
        sys.stdin.read()
"""


@pytest.fixture
def planner(state: State, url: str, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that plans on the same state until its input ends."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, url, str(tmp_path), str(NOW)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "planning\n"
        yield process
        process.kill()


def test_a_second_planner_is_told_who_plans_and_since_when(
    state: State, planner: subprocess.Popen[str]
) -> None:
    with pytest.raises(TryAgainLater) as told, planner_lock(state, "mactl send", NOW):
        pass
    assert str(told.value) == (
        f"`mactl send --yes` (process {planner.pid}) has been planning since 2027-01-15 08:00:00 UTC"
    )
    assert told.value.exit_code == 75


def test_a_planner_that_waits_goes_on_when_the_other_is_done(
    state: State, planner: subprocess.Popen[str]
) -> None:
    assert planner.stdin is not None
    planner.stdin.close()
    with planner_lock(state, "mactl send", NOW, wait=math.inf):
        pass


def test_a_planner_waits_no_longer_than_it_was_told(
    state: State, planner: subprocess.Popen[str]
) -> None:
    with pytest.raises(TryAgainLater), planner_lock(state, "mactl send", NOW, wait=0.2):
        pass


def test_the_lock_dies_with_its_process(state: State, planner: subprocess.Popen[str]) -> None:
    planner.kill()
    planner.wait()
    with planner_lock(state, "mactl send", NOW, wait=5):
        pass


def test_readers_and_writers_do_not_wait_for_a_planner(
    state: State, planner: subprocess.Popen[str]
) -> None:
    with state.reading() as connection:
        assert connection.execute(select(meta)).all()
    with state.writing() as connection:
        connection.execute(meta.insert().values(name="meanwhile", value=""))


def test_two_planners_in_one_process_exclude_each_other_too(
    state: State, url: str, tmp_path: Path
) -> None:
    with (
        State.open(url, tmp_path, write=True) as other,
        planner_lock(state, "mactl send", NOW),
        pytest.raises(TryAgainLater),
        planner_lock(other, "mactl send", NOW),
    ):
        pass


def test_the_lock_is_free_again_after_an_error(state: State) -> None:
    with pytest.raises(KeyError), planner_lock(state, "mactl send", NOW):
        raise KeyError
    with planner_lock(state, "mactl send", NOW):
        pass


def leave(state: State, word: str) -> None:
    """In place of what the planner at work has left."""
    if state.path is not None:
        state.path.with_name("state.db.planner.holder").write_text(word)
        return
    with closing(state.writer()) as writer, writer.transaction() as connection:
        connection.execute(update(meta).where(meta.c.name == "planner").values(value=word))


def test_a_planner_that_left_no_word_is_still_told_of(state: State) -> None:
    with planner_lock(state, "mactl send", NOW):
        leave(state, "half a wor")
        with pytest.raises(TryAgainLater, match="another planner"), planner_lock(state, "x", NOW):
            pass


def test_a_planner_on_another_machine_is_told_with_its_name(state: State) -> None:
    with planner_lock(state, "mactl send", NOW):
        about = {"command": "mactl send", "pid": 7, "host": "north", "since": NOW, "token": ""}
        leave(state, json.dumps(about))
        with (
            pytest.raises(TryAgainLater, match="process 7 on north"),
            planner_lock(state, "x", NOW),
        ):
            pass


@pytest.mark.parametrize(("pid", "is_there"), [(99_999_999, False), (10**30, True)])
@pytest.mark.parametrize("kept_in", ["sqlite"], indirect=True)
def test_a_planner_that_died_is_told_of_no_more_and_a_strange_number_is_no_fault(
    state: State, pid: int, is_there: bool
) -> None:
    with planner_lock(state, "mactl send", NOW):
        here = socket.gethostname()
        about = {"command": "mactl send", "pid": pid, "host": here, "since": NOW, "token": ""}
        leave(state, json.dumps(about))

        assert (read_account(state).planner is not None) == is_there


def test_a_state_in_memory_needs_no_lock(tmp_path: Path) -> None:
    with State.open("sqlite://", tmp_path, write=True) as state, planner_lock(state, "test", NOW):
        pass
    assert list(tmp_path.iterdir()) == []
