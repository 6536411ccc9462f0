"""The state: one database with everything that outlives a run."""

import os
import secrets
import uuid
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, Engine, make_url, select, text
from sqlalchemy.exc import ArgumentError

from mactl.errors import ConfigurationError, StateError
from mactl.store.revision import Trail, next_revision, read_revision
from mactl.store.sqlite import (
    DURABLE,
    WRITES,
    copy_into_memory,
    driver_of,
    in_our_words,
    open_for_reading,
    open_for_writing,
    open_in_memory,
)
from mactl.store.tables import REVISION, meta
from mactl.store.upsert import insert_into

_SECRET_BYTES = 32


class State:
    """An open state. A context manager; `close` gives the database back."""

    def __init__(self, engine: Engine, path: Path | None) -> None:
        self._engine = engine
        self._trails: list[Trail] = []
        self.path = path
        """The database's file; None for a state in memory."""
        with self.reading() as connection:
            known = {row.name: row.value for row in connection.execute(select(meta))}
        if not known.keys() >= {"id", "secret"}:
            raise StateError(f"{path}: a state of mactl that has lost its id or its secret")
        self.id: str = known["id"]
        """Which state this is (a UUID): a copy keeps it, a new one has another."""
        self.secret: bytes = bytes.fromhex(known["secret"])
        """What tokens are keyed with."""

    @classmethod
    def open(cls, url: str, folder: Path, *, write: bool) -> Self:
        """The state at `url`; a relative path is seen from `folder`.

        With `write` it is made where it is missing (its folder for the owner alone) and migrated where an older
        mactl made it. Without, nothing changes on disk: a missing one reads as an empty one in memory, and an
        older one as a copy in memory. Raises ConfigurationError for a URL that names no state, StateError for
        one that is damaged, made by a newer mactl, or not ours.
        """
        path = database_path(url, folder)
        with in_our_words(path):
            if path is None or (not write and not _has_content(path)):
                return cls(_new_in_memory(), None)
            if write:
                return cls(_ready_for_writing(path), path)
            return cls(_ready_for_reading(path), path)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees the state as it stands at its first query, whatever others write meanwhile."""
        with (
            in_our_words(self.path),
            self._engine.connect() as connection,
            connection.begin(),
        ):
            yield connection

    @contextmanager
    def writing(self, *, durable: bool = True) -> Iterator[Connection]:
        """A connection in a transaction that alone writes, and commits at the end.

        `durable`: the commit survives a power loss; else only the death of the process. Raises TryAgainLater where
        another process keeps writing for a minute.
        """
        with closing(self.writer()) as writer, writer.transaction(durable=durable) as connection:
            yield connection

    def writer(self) -> "Writer":
        """A connection kept for many small transactions, which would take half as long again without; close it."""
        return Writer(self._engine, self.path, self._trails)

    def follow(self) -> Trail:
        """A trail from the state's present revision on; what this state writes from now on makes its steps."""
        with self.reading() as connection:
            trail = Trail(read_revision(driver_of(connection)))
        self._trails.append(trail)
        return trail

    def copy(self) -> "State":
        """A copy in memory, to try things on; this one stays as it is."""
        with in_our_words(self.path):
            return State(copy_into_memory(self._engine), None)

    def close(self) -> None:
        """Gives the database back; the state cannot be used any more."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class Writer:
    """A connection for writing transactions, one after another, in one thread."""

    def __init__(self, engine: Engine, path: Path | None, trails: Sequence[Trail] = ()) -> None:
        self._path, self._trails = path, trails
        with in_our_words(path):
            self._connection = engine.connect().execution_options(**{WRITES: True})

    @contextmanager
    def transaction(self, *, durable: bool = True) -> Iterator[Connection]:
        """As `State.writing`."""
        connection = self._connection
        with in_our_words(self._path):
            if connection.get_execution_options().get(DURABLE) is not durable:
                connection.execution_options(**{DURABLE: durable})
            with connection.begin():
                driver = driver_of(connection)
                changes, before = driver.total_changes, read_revision(driver)
                yield connection
                # Nobody remembers what a state in memory once was.
                is_changed = self._path is not None and driver.total_changes != changes
                after = next_revision(driver) if is_changed else before
            for trail in self._trails:
                trail.step(before, after)

    def close(self) -> None:
        """Gives the connection back."""
        self._connection.close()


def database_path(url: str, folder: Path) -> Path | None:
    """The file that a `state` URL names, relative ones seen from `folder`; None for one in memory.

    Raises ConfigurationError for any other kind of URL.
    """
    try:
        parts = make_url(url)
    except (ArgumentError, ValueError):
        raise ConfigurationError(  # the URL itself may hold a password
            "`state` is not a database URL", "write sqlite:///.mactl/state.db"
        ) from None
    if parts.drivername not in ("sqlite", "sqlite+pysqlite") or parts.query:
        raise ConfigurationError(
            f"the state cannot be kept in {parts.drivername} yet", "write sqlite:///.mactl/state.db"
        )
    if parts.database in (None, "", ":memory:"):
        return None
    return folder / str(parts.database)


def _has_content(path: Path) -> bool:
    """Whether there is a database; a process killed while making one leaves an empty file."""
    try:
        return path.stat().st_size > 0
    except FileNotFoundError:
        return False
    except OSError as error:
        raise StateError(f"{path}: {error.strerror}") from error


def _new_in_memory() -> Engine:
    engine = open_in_memory()
    _prepare(engine)
    return engine


def _ready_for_writing(path: Path) -> Engine:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # It holds addresses and the secret: nobody but the owner reads it. SQLite gives its log the same mode.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise StateError(
            f"{path}: the state cannot be opened for writing: {error.strerror}"
        ) from error
    engine = open_for_writing(path)
    try:
        if _revision(engine, path) != REVISION:
            _prepare(engine, path)
    except BaseException:
        engine.dispose()
        raise
    return engine


def _ready_for_reading(path: Path) -> Engine:
    engine = open_for_reading(path)
    try:
        if _revision(engine, path) == REVISION:
            return engine
        copy = copy_into_memory(engine)
        _prepare(copy, path)
    except BaseException:
        engine.dispose()
        raise
    engine.dispose()
    return copy


def _prepare(engine: Engine, path: Path | None = None) -> None:
    """Brings the tables to this mactl's revision, in one transaction, and gives a new state its identity."""
    with (
        engine.connect() as connection,
        connection.execution_options(**{WRITES: True, DURABLE: True}).begin(),
    ):
        revision = _revision_of(connection, path)  # once more, now that nobody else can migrate it
        if revision == REVISION:
            return
        from mactl.store.migrations import is_known, upgrade  # Alembic is slow to import

        if revision is not None and not is_known(revision):
            raise StateError(
                f"{path}: made by a newer mactl (its tables are at {revision}, ours at {REVISION})",
                "update mactl to the version that last used this state",
            )
        upgrade(connection)
        identity = {"id": str(uuid.uuid4()), "secret": secrets.token_hex(_SECRET_BYTES)}
        connection.execute(
            insert_into(connection, meta).on_conflict_do_nothing(),
            [{"name": name, "value": value} for name, value in identity.items()],
        )


def _revision(engine: Engine, path: Path) -> str | None:
    with engine.connect() as connection, connection.begin():
        return _revision_of(connection, path)


def _revision_of(connection: Connection, path: Path | None) -> str | None:
    """The revision of the tables; None for an empty database, StateError for one of somebody else's."""
    names = set(connection.execute(text("SELECT name FROM sqlite_master")).scalars())
    if not names:
        return None
    if not names >= {"alembic_version", "meta"}:
        raise StateError(
            f"{path}: a database, but not a state of mactl", "see `state` in mactl.yaml"
        )
    revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if revision is None else str(revision)
