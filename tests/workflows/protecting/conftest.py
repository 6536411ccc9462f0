"""The world in which everything holds somebody: made once in a file, and for each test on a server."""

import os
import shutil
from pathlib import Path

import pytest

from mactl.project import Project, load_project
from tests.workflows.protecting.world import make_world


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("world")
    here = Path.cwd()
    os.chdir(folder)
    try:
        make_world(folder, "sqlite:///.mactl/state.db")
    finally:
        os.chdir(here)
    return folder


@pytest.fixture
def in_file(folder: Path, made_once: Path) -> Project:
    """The world, in a file."""
    shutil.copytree(made_once, folder, dirs_exist_ok=True)
    project, findings = load_project(folder)
    assert not findings
    return project


@pytest.fixture
def project(kept_in: str, folder: Path, request: pytest.FixtureRequest) -> Project:
    """The world, in a file and on a server."""
    if kept_in == "sqlite":
        found: Project = request.getfixturevalue("in_file")
        return found
    return make_world(folder, request.getfixturevalue("url"))
