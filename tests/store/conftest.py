"""A state in a file, as users have it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from mactl.store.state import State

URL = "sqlite:///.mactl/state.db"


@pytest.fixture(scope="session")
def empty_state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state that every test takes a copy of: to migrate one takes ten times as long."""
    folder = tmp_path_factory.mktemp("empty")
    with State.open("sqlite:///state.db", folder, write=True):
        pass
    return folder / "state.db"


@pytest.fixture
def state(tmp_path: Path, empty_state: Path) -> Iterator[State]:
    (tmp_path / ".mactl").mkdir()
    shutil.copy(empty_state, tmp_path / ".mactl" / "state.db")
    with State.open(URL, tmp_path, write=True) as opened:
        yield opened
