"""What every test may use."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from mactl.store.state import State
    from tests.postgres import Cluster

ROOT = Path(__file__).parent.parent

PROGRAMS = {
    "postfix": "smtp-sink",
    "dovecot-imapd": "dovecot",
    "chromium": "chromium",
    "postgresql": "postgres",
    "faketime": "faketime",
    "systemd": "systemd-analyze",
    "knot": "knotd",
}
"""Debian package → a program that shows that it is installed."""


# No test is timed: machines are busy with other things, those of CI above all.
# Nor does it draw what it never drew before, unless it is asked for more by hand: red means that a change did it. So
# a run draws the same as the last one, and more would tell little: `--hypothesis-profile=thorough` draws others, and
# four times as many.
settings.register_profile(
    "mactl",
    deadline=None,
    max_examples=30,
    derandomize="MACTL_WORLDS" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "thorough", settings.get_profile("mactl"), max_examples=200, derandomize=False
)
settings.load_profile("mactl")


def examples(many: int) -> int:
    """How many examples a test draws that is to draw `many` where others draw a hundred."""
    return max(2, many * settings().max_examples // 100)


@pytest.fixture(scope="session", autouse=True)
def home_of_witnesses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What mactl notes of states in the user's folder stays in the tests'."""
    before = os.environ.get("XDG_STATE_HOME")
    os.environ["XDG_STATE_HOME"] = str(tmp_path_factory.mktemp("xdg"))
    yield
    if before is None:
        del os.environ["XDG_STATE_HOME"]
    else:
        os.environ["XDG_STATE_HOME"] = before


def suites() -> Path:
    """Test vectors that others wrote, beside the project; a test that needs them skips where they are not."""
    return Path(os.environ.get("MACTL_SUITES", ROOT.parent / "shared" / "suites"))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip aloud what needs a Debian package that is missing, or fail where no skip is allowed."""
    for marker in item.iter_markers("debian"):
        package = marker.args[0]
        folders = [
            "/usr/sbin",
            "/usr/local/sbin",
            *map(str, Path("/usr/lib/postgresql").glob("*/bin")),
        ]
        search = os.pathsep.join([os.environ.get("PATH", ""), *folders])
        if shutil.which(PROGRAMS[package], path=search) is None:
            message = f"needs Debian's {package} (apt-get install {package})"
            if os.environ.get("MACTL_NO_SKIP"):
                pytest.fail(message)
            pytest.skip(message)


@pytest.fixture(scope="session")
def postgres() -> "Iterator[Cluster]":
    """A PostgreSQL server of this process of the tests."""
    from tests.postgres import cluster  # slow to import, and few tests need it

    with cluster() as running:
        yield running


@pytest.fixture
def state_server(postgres: "Cluster") -> "Iterator[Cluster]":
    """That server, which a test may stop, kill and start: it is there again afterwards."""
    yield postgres
    if not postgres.is_running:
        postgres.start()


@pytest.fixture(
    params=["sqlite", pytest.param("postgresql", marks=pytest.mark.debian("postgresql"))]
)
def kept_in(request: pytest.FixtureRequest) -> str:
    """What a state is kept in; a test that asks for it, or for what follows from it, runs on both."""
    return str(request.param)


@pytest.fixture
def new_url(kept_in: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """What `state` says, where there is none yet; seen from the test's folder."""
    if kept_in == "sqlite":
        yield "sqlite:///.mactl/state.db"
        return
    server: Cluster = request.getfixturevalue("postgres")
    with server.database() as name:
        yield server.url(name)


@pytest.fixture(scope="session")
def empty_state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state that every test takes a copy of: to migrate one takes ten times as long."""
    from mactl.store.state import State

    folder = tmp_path_factory.mktemp("empty")
    with State.open("sqlite:///state.db", folder, write=True):
        pass
    return folder / "state.db"


@pytest.fixture(scope="session")
def empty_database(postgres: "Cluster") -> str:
    """As `empty_state`; its name."""
    from mactl.store.state import State

    name = postgres.create()
    with State.open(postgres.url(name), Path(), write=True):
        pass
    return name


@pytest.fixture
def url(kept_in: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """Where an empty state is, seen from the test's folder."""
    if kept_in == "sqlite":
        (tmp_path / ".mactl").mkdir()
        shutil.copy(request.getfixturevalue("empty_state"), tmp_path / ".mactl" / "state.db")
        yield "sqlite:///.mactl/state.db"
        return
    server: Cluster = request.getfixturevalue("postgres")
    with server.database(request.getfixturevalue("empty_database")) as name:
        yield server.url(name)


@pytest.fixture
def state(url: str, tmp_path: Path) -> "Iterator[State]":
    """A state as users have it: in a file, and in a database of a server."""
    from mactl.store.state import State

    with State.open(url, tmp_path, write=True) as opened:
        yield opened
