"""How SQLite is opened: with transactions of our own, and a log beside the file so that readers never wait.

The driver would begin a transaction only before the first write, and end it before a CREATE TABLE; two
updates that overlap would then get lost. So it is told to keep out (`isolation_level=None`), and every
transaction begins with a statement of ours: https://docs.sqlalchemy.org/en/21/dialects/sqlite.html#transactions
"""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool, StaticPool

from mactl.errors import StateError, TryAgainLater

_PATIENCE = 60_000  # milliseconds that one writer waits for another
_CACHE = 64 * 1024  # KiB; ids are random, so a big write touches its indexes everywhere
WRITES = "mactl_writes"
"""Execution option: the transaction takes the write lock at once (BEGIN IMMEDIATE)."""
DURABLE = "mactl_durable"
"""Execution option: its commit is on the disk when it returns (synchronous FULL); else a power loss may
undo it, though a killed process never does (NORMAL)."""

_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_UNUSABLE = {
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_READONLY,
}


def open_in_memory() -> Engine:
    """An empty database that vanishes with its engine; its one connection serves one caller at a time."""
    return _engine(lambda: _connect("file::memory:"), StaticPool)


def open_for_writing(path: Path) -> Engine:
    """The database at `path`, which is there already."""
    engine = _engine(lambda: _connect(f"{_uri(path)}?mode=rw"), QueuePool)
    with engine.connect() as connection:
        # Set before any transaction of ours; the file remembers it.
        driver_of(connection).execute("PRAGMA journal_mode = WAL")
    return engine


def open_for_reading(path: Path) -> Engine:
    """The database at `path`, none of whose bytes change."""

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

    return _engine(connect, QueuePool)


def copy_into_memory(source: Engine) -> Engine:
    """A database in memory with all that `source` holds."""
    copy = open_in_memory()
    with source.connect() as there, copy.connect() as here:
        driver_of(there).backup(driver_of(here))
    return copy


@contextmanager
def in_our_words(path: Path | None) -> Iterator[None]:
    """Turns what SQLite says into StateError or, where somebody else is writing, TryAgainLater."""
    shown = path or "the state in memory"
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        code = getattr(cause, "sqlite_errorcode", 0) & 0xFF  # the rest of the bits are details
        if code in _BUSY:
            raise TryAgainLater(
                f"{shown}: another process has been writing to it for {_PATIENCE // 1000} seconds"
            ) from error
        if code in _DAMAGED:
            raise StateError(
                f"{shown}: not a state of mactl, or a damaged one ({cause})",
                "put back the last copy of it, or move it away to start a new one",
            ) from error
        if code in _UNUSABLE:
            raise StateError(
                f"{shown}: {cause}", "look at the free space, and at who may read and write there"
            ) from error
        raise


def _engine(
    connect: Callable[[], sqlite3.Connection], pool: type[QueuePool] | type[StaticPool]
) -> Engine:
    engine = create_engine("sqlite://", creator=connect, poolclass=pool)
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
    driver = driver_of(connection)
    if options.get(WRITES):
        # The level cannot change once a transaction has begun.
        driver.execute(f"PRAGMA synchronous = {'FULL' if options.get(DURABLE) else 'NORMAL'}")
        driver.execute("BEGIN IMMEDIATE")
    else:
        driver.execute("BEGIN")


def driver_of(connection: Connection) -> sqlite3.Connection:
    """The driver's own connection beneath `connection`."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    return driver


def _uri(path: Path) -> str:
    return f"file:{quote(str(path.absolute()))}"


def _log(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")
