"""A PostgreSQL server of the tests' own, on a socket in a temporary folder: real, and nobody else's.

It keeps what it was told (fsync on), listens on no port, and ends with whoever started it.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg

OWNER = "mactl"
"""The role that everything belongs to."""
GUARDED = "guarded"
"""A role with a password, and with no right to anything."""
PASSWORD = "correct horse"
_UNPRIVILEGED = "nobody"  # PostgreSQL refuses to run as root
_START = 60  # seconds


def programs() -> Path | None:
    """The folder of PostgreSQL's programs, the newest where there are several, as Debian has them."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parts[-2]))
    return found[-1] if found else None


class Cluster:
    """A server that a test may stop, kill and start again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._data = folder / "data"
        self._numbers = count(1)
        self._server: subprocess.Popen[bytes] | None = None

    def make(self) -> None:
        """Lays the cluster out."""
        self.folder.chmod(0o755)
        if os.geteuid() == 0:
            shutil.chown(self.folder, _UNPRIVILEGED)
        self._run(
            "initdb", "--pgdata", self._data, "--username", OWNER, "--auth", "trust",
            "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync", "--no-instructions",
        )  # fmt: skip
        rules = self._data / "pg_hba.conf"
        rules.write_text(f"local all {GUARDED} scram-sha-256\nlocal all all trust\n")

    def start(self) -> None:
        """Starts the server, and returns when it takes connections; it also ends with the thread that calls this."""
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.folder),
            "shared_buffers": "32MB",
            "max_connections": "60",
            "dynamic_shared_memory_type": "mmap",  # in its folder, and gone with it
            "autovacuum_naptime": "1h",
            "log_min_messages": "fatal",
        }
        options = [f"--{name}={value}" for name, value in settings.items()]
        deadline = time.monotonic() + _START
        while True:
            # Where one was killed just now, its children may hold its memory a little longer.
            self._server = subprocess.Popen(
                [*self._as_nobody(), self._program("postgres"), "-D", self._data, *options],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd=self.folder,
            )
            while self._server.poll() is None:
                try:
                    self.connect("postgres").close()
                    return
                except psycopg.OperationalError:
                    assert time.monotonic() < deadline, "PostgreSQL does not start"
                    time.sleep(0.02)
            assert time.monotonic() < deadline, "PostgreSQL ends as soon as it is started"
            time.sleep(0.1)

    def stop(self, number: signal.Signals = signal.SIGINT) -> None:
        """Ends the server: SIGINT as `pg_ctl stop -m fast` does, SIGQUIT at once, SIGKILL without a word."""
        if self._server is not None:
            self._server.send_signal(number)
            self._server.wait(timeout=_START)
            self._server = None

    @property
    def is_running(self) -> bool:
        """Whether it was started, and not ended since."""
        return self._server is not None

    def restart(self, number: signal.Signals = signal.SIGINT) -> None:
        """Ends the server and starts it again."""
        self.stop(number)
        self.start()

    def stand_by(self, is_standby: bool = True) -> None:
        """Starts it again as a standby of another server, which is never heard of, or as itself."""
        signal_file = self._data / "standby.signal"
        signal_file.touch() if is_standby else signal_file.unlink()
        self.restart()

    def connect(self, database: str, **options: Any) -> "psycopg.Connection[Any]":
        """A connection of the owner that commits every statement."""
        about = {"host": str(self.folder), "user": OWNER, "dbname": database, **options}
        return psycopg.connect(**about, autocommit=True)

    def execute(self, database: str, statement: str) -> None:
        """Has the owner execute `statement` in `database`."""
        with self.connect(database) as connection:
            connection.execute(statement.encode())

    def databases(self) -> set[str]:
        """The names of all there are."""
        with self.connect("postgres") as connection:
            return {name for (name,) in connection.execute("SELECT datname FROM pg_database")}

    @contextmanager
    def database(self, template: str = "template1") -> Iterator[str]:
        """A fresh database, a copy of `template`, that is dropped at the end; its name."""
        name = self.create(template)
        yield name
        self.drop(name)

    def create(self, template: str = "template1") -> str:
        """A fresh database, a copy of `template`; its name."""
        name = f"test_{next(self._numbers)}"
        self.execute("postgres", f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def drop(self, name: str) -> None:
        """Drops a database, whoever is connected to it."""
        self.execute("postgres", f"DROP DATABASE {name} WITH (FORCE)")

    def url(self, database: str, user: str = OWNER, password: str = "") -> str:
        """What `state` says for `database`."""
        who = f"{user}:{quote(password)}" if password else user
        return f"postgresql+psycopg://{who}@/{database}?host={quote(str(self.folder))}"

    def _run(self, program: str, *arguments: str | Path) -> None:
        subprocess.run(
            [*self._as_nobody(), self._program(program), *arguments],
            check=True,
            capture_output=True,
            cwd=self.folder,
        )

    def _program(self, name: str) -> Path:
        folder = programs()
        assert folder is not None
        return folder / name

    def _as_nobody(self) -> list[str]:
        """It ends when the thread that started it does, however that comes about."""
        command = ["setpriv", "--pdeathsig", "QUIT"]
        if os.geteuid() == 0:
            command += ["--reuid", _UNPRIVILEGED, "--regid", "nogroup", "--clear-groups"]
        return command


def _roomy_memory() -> str | None:
    """A folder in memory, where tests wait for no disk; None where there is too little of it."""
    memory = Path("/dev/shm")
    has_room = memory.is_dir() and shutil.disk_usage(memory).free > 2**30
    return str(memory) if has_room else None


@contextmanager
def cluster() -> Iterator[Cluster]:
    """A running server, which is stopped and removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="mactl-postgres-", dir=_roomy_memory()))
    made = Cluster(folder)
    try:
        made.make()
        made.start()
        made.execute("postgres", f"CREATE ROLE {GUARDED} LOGIN PASSWORD '{PASSWORD}'")
        yield made
    finally:
        made.stop(signal.SIGQUIT)
        shutil.rmtree(folder, ignore_errors=True)
