"""How SQLite is opened: with transactions of our own, and a log beside the file so that readers never wait.

The driver would begin a transaction only before the first write, and end it before a CREATE TABLE; two
updates that overlap would then get lost. So it is told to keep out (`isolation_level=None`), and every
transaction begins with a statement of ours: https://docs.sqlalchemy.org/en/21/dialects/sqlite.html#transactions
"""

import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Self
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool, StaticPool

from mactl.errors import StateError
from mactl.keeping import make_own_folder
from mactl.store.database import ALONE, Busy, Database
from mactl.store.planner import Planner
from mactl.store.revision import draw_mark

_PATIENCE = 60_000  # milliseconds that one writer waits for another
# Seconds: a group of the ledger takes some tenths of a millisecond.
_LOOK_AGAIN, _LONGEST_PAUSE = 0.000_2, 0.05
_CACHE = 64 * 1024  # KiB; ids are random, so a big write touches its indexes everywhere
_MOST_FAULTS = 5  # told of a damaged file
_WRITES = "mactl_writes"
"""Execution option: the transaction takes the write lock at once (BEGIN IMMEDIATE)."""
_DURABLE = "mactl_durable"
"""Execution option: its commit is on the disk when it returns (synchronous FULL); else a power loss may
undo it, though a killed process never does (NORMAL)."""
_WAITS = "mactl_waits"
"""Execution option: the transaction waits for its turn."""

_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_UNUSABLE = {
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_READONLY,
}


class SqliteDatabase(Database):
    """A database in a file, or in memory, of which transactions write one at a time."""

    is_at_hand = True

    def __init__(self, engine: Engine, path: Path | None) -> None:
        name = "the state in memory" if path is None else str(path)
        super().__init__(name, path, is_lasting=path is not None)
        self._engine = engine

    @classmethod
    def in_memory(cls) -> Self:
        """An empty one that vanishes with its engine; its one connection serves one caller at a time."""
        return cls(_engine(lambda: _connect("file::memory:"), StaticPool), None)

    @classmethod
    def for_writing(cls, path: Path) -> Self:
        """The one at `path`, made where it is missing (its folder for the owner alone).

        StateError where it can't be.
        """
        try:
            make_own_folder(path.parent)
            # It holds addresses and the secret: nobody but the owner reads it. SQLite gives its log the same mode.
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        except OSError as error:
            raise StateError(
                f"{path}: the state cannot be opened for writing: {error.strerror}"
            ) from error
        opened = cls(_engine(lambda: _connect(f"{_uri(path)}?mode=rw"), QueuePool), path)
        with opened.in_our_words(), opened._engine.connect() as connection:
            # Set before any transaction of ours; the file remembers it.
            _driver_of(connection).execute("PRAGMA journal_mode = WAL")
        return opened

    @classmethod
    def for_reading(cls, path: Path) -> Self:
        """The one at `path`, which is there already, and none of whose bytes change."""

        def connect() -> sqlite3.Connection:
            if not os.access(path.parent, os.W_OK) and not _log(path).exists():
                # Nobody else can write here, or there would be a log.
                return _connect(f"{_uri(path)}?immutable=1")
            if _log(path).exists():
                # Opened for writing, the last one to close would copy the log into the file.
                return _connect(f"{_uri(path)}?mode=ro")
            # Opened read-only, an empty log would be left behind.
            connection = _connect(f"{_uri(path)}?mode=rw")
            connection.execute("PRAGMA query_only = ON")
            return connection

        return cls(_engine(connect, QueuePool), path)

    @contextmanager
    def in_our_words(self) -> Iterator[None]:
        """StateError or, where somebody else is writing, Busy."""
        try:
            yield
        except (DBAPIError, sqlite3.Error) as error:
            cause = error.orig if isinstance(error, DBAPIError) else error
            code = getattr(cause, "sqlite_errorcode", 0) & 0xFF  # the rest of the bits are details
            if code in _BUSY:
                seconds = _PATIENCE // 1000
                raise Busy(
                    f"{self.name}: another process has been writing to it for {seconds} seconds"
                ) from error
            if code in _DAMAGED:
                raise StateError(
                    f"{self.name}: not a state of mactl, or a damaged one ({cause})",
                    "put back the last copy of it, or move it away to start a new one",
                ) from error
            if code in _UNUSABLE:
                raise StateError(
                    f"{self.name}: {cause}",
                    "look at the free space, and at who may read and write there",
                ) from error
            raise

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        with self.in_our_words(), self._engine.connect() as connection, connection.begin():
            yield connection

    def connect(self) -> Connection:
        with self.in_our_words():
            return self._engine.connect().execution_options(**{_WRITES: True})

    @contextmanager
    def transaction(
        self, connection: Connection, slot: str, *, durable: bool, wait: bool = True
    ) -> Iterator[None]:
        """Of any slot alone: SQLite locks the whole database. One that is not `durable` a power loss may undo, though
        a killed process never does. Raises Busy where others have kept writing for a minute or, without `wait`, are
        writing at the moment."""
        with self.in_our_words():
            told = connection.get_execution_options()
            if (told.get(_DURABLE), told.get(_WAITS)) != (durable, wait):
                connection.execution_options(**{_DURABLE: durable, _WAITS: wait})
            with connection.begin():
                driver = _driver_of(connection)
                changes, before = driver.total_changes, _read_mark(driver)
                yield
                # Nobody remembers what a state in memory once was.
                is_changed = self.is_lasting and driver.total_changes != changes
                after = _leave_mark(driver) if is_changed else before
            self._step(ALONE, before, after)

    def tables(self, connection: Connection) -> set[str]:
        return set(connection.execute(text("SELECT name FROM sqlite_master")).scalars())

    def read_marks(self, connection: Connection) -> Mapping[str, int]:
        return {ALONE: _read_mark(_driver_of(connection))}

    def copy(self, revision: str) -> "SqliteDatabase":
        copy = SqliteDatabase.in_memory()
        with self.in_our_words(), self._engine.connect() as there, copy.connect() as here:
            _driver_of(there).backup(_driver_of(here))
        return copy

    @contextmanager
    def planning(self, state: str, planner: Planner, wait: float) -> Iterator[None]:
        if self.path is None:
            yield
            return
        from mactl.store.file_lock import file_lock  # most commands don't plan

        with file_lock(self.path, planner, wait):
            yield

    def read_planner(self, connection: Connection, state: str) -> str | None:
        if self.path is None:
            return None
        from mactl.store.file_lock import read_holder

        return read_holder(self.path)

    def size(self, connection: Connection) -> int:
        """With the log of what was written last."""
        if self.path is None:
            pages: int = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            return pages * int(connection.exec_driver_sql("PRAGMA page_size").scalar_one())
        files = (self.path, _log(self.path))
        return sum(file.stat().st_size for file in files if file.exists())

    def faults(self, connection: Connection) -> list[str]:
        # https://sqlite.org/pragma.html#pragma_quick_check
        told = connection.exec_driver_sql(f"PRAGMA quick_check({_MOST_FAULTS})").scalars()
        return [str(line) for line in told if line != "ok"]

    def shred(self) -> None:
        """https://sqlite.org/lang_vacuum.html: the whole file is written anew, through the log, which is emptied."""
        if self.path is None:
            return
        self._engine.dispose()  # a connection of ours that reads would keep the log
        with self.in_our_words(), closing(_connect(f"{_uri(self.path)}?mode=rw")) as driver:
            driver.execute("VACUUM")
            until = time.monotonic() + _PATIENCE / 1000
            while driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                if time.monotonic() >= until:
                    raise Busy(
                        f"{self.name}: others have been reading it all the time, so its log still has old pages",
                        "run the same command again when they are done",
                    )
                time.sleep(_LONGEST_PAUSE)

    def close(self) -> None:
        self._engine.dispose()


def has_content(path: Path) -> bool:
    """Whether there is a database; a process killed while making one leaves an empty file. StateError where nobody may
    look."""
    try:
        return path.stat().st_size > 0
    except FileNotFoundError:
        return False
    except OSError as error:
        raise StateError(f"{path}: {error.strerror}") from error


def _engine(
    connect: Callable[[], sqlite3.Connection], pool: type[QueuePool] | type[StaticPool]
) -> Engine:
    # As many connections as there are sessions to servers: each drains the queue through one of its own.
    options = {"max_overflow": -1} if pool is QueuePool else {}
    engine = create_engine("sqlite://", creator=connect, poolclass=pool, **options)
    event.listen(engine, "begin", _begin)
    return engine


def _connect(uri: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        uri,
        uri=True,
        isolation_level=None,
        check_same_thread=False,  # the pool hands it to one thread at a time
        cached_statements=256,
    )
    connection.execute(f"PRAGMA busy_timeout = {_PATIENCE}")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute(f"PRAGMA cache_size = -{_CACHE}")
    return connection


def _begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    driver = _driver_of(connection)
    if options.get(_WRITES):
        # The level cannot change once a transaction has begun.
        driver.execute(f"PRAGMA synchronous = {'FULL' if options.get(_DURABLE) else 'NORMAL'}")
        _take_turn(driver, _PATIENCE / 1000 if options.get(_WAITS, True) else 0)
    else:
        driver.execute("BEGIN")


def _take_turn(driver: sqlite3.Connection, patience: float) -> None:
    """Begins a transaction as soon as nobody else writes, within so many seconds.

    SQLite itself would sleep for milliseconds between two looks, in which whoever else drains the queue writes a dozen
    of its transactions.
    """
    until, pause = time.monotonic() + patience, _LOOK_AGAIN
    driver.execute("PRAGMA busy_timeout = 0")
    try:
        while True:
            try:
                driver.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF not in _BUSY or time.monotonic() >= until:
                    raise
            time.sleep(pause)
            pause = min(pause * 1.2, _LONGEST_PAUSE)
    finally:
        driver.execute(f"PRAGMA busy_timeout = {_PATIENCE}")


def _driver_of(connection: Connection) -> sqlite3.Connection:
    """The driver's own connection beneath `connection`."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    return driver


def _read_mark(driver: sqlite3.Connection) -> int:
    """The mark that a transaction of `driver` sees, where SQLite keeps a number for whoever wants one:
    https://sqlite.org/pragma.html#pragma_user_version"""
    found: tuple[int] = driver.execute("PRAGMA user_version").fetchone()
    return found[0]


def _leave_mark(driver: sqlite3.Connection) -> int:
    mark = draw_mark()
    driver.execute(f"PRAGMA user_version = {mark}")
    return mark


def _uri(path: Path) -> str:
    return f"file:{quote(str(path.absolute()))}"


def _log(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")
