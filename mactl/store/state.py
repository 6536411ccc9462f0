"""The state: one database with everything that outlives a run."""

import secrets
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Self, TypeVar

from sqlalchemy import URL, Connection, make_url, select, text
from sqlalchemy.exc import ArgumentError

from mactl.errors import ConfigurationError, StateError
from mactl.store.database import ALONE, BrokenOff, Database
from mactl.store.fresh import make_tables
from mactl.store.revision import Trail
from mactl.store.sqlite import SqliteDatabase, has_content
from mactl.store.tables import REVISION, meta
from mactl.store.upsert import insert_into
from mactl.store.witness import Witness

_SECRET_BYTES = 32
_TRIES = 5  # of a transaction that the server broke off
_SQLITE = ("sqlite", "sqlite+pysqlite")
_POSTGRESQL = ("postgresql", "postgresql+psycopg")
_EXAMPLES = "write sqlite:///.mactl/state.db or postgresql+psycopg://user@host/database"

T = TypeVar("T")


class State:
    """An open state. A context manager; `close` gives the database back."""

    def __init__(self, database: Database) -> None:
        self.database = database
        """What it is kept in; for `mactl.store` alone."""
        with self.reading() as connection:
            known = {row.name: row.value for row in connection.execute(select(meta))}
        if not known.keys() >= {"id", "secret"}:
            raise StateError(
                f"{database.name}: a state of mactl that has lost its id or its secret"
            )
        self.id: str = known["id"]
        """Which state this is (a UUID): a copy keeps it, a new one has another."""
        self.secret: bytes = bytes.fromhex(known["secret"])
        """What tokens are keyed with."""
        self.witness: Witness | None = None
        """Who is told of runs and claims; None of a state that is only read, or in memory."""

    @property
    def path(self) -> Path | None:
        """The database's file; None for a state in memory or on a server."""
        return self.database.path

    @property
    def is_lasting(self) -> bool:
        """Whether it outlives this process; a state in memory doesn't."""
        return self.database.is_lasting

    @classmethod
    def open(cls, url: str, folder: Path, *, write: bool) -> Self:
        """The state at `url`; a relative path is seen from `folder`.

        With `write` it is made where it is missing (a file and its folder for the owner alone, tables in the database
        of a server) and migrated where an older mactl made it. Without, nothing changes: a missing one reads as an
        empty one in memory, and an older one as a copy in memory. Raises ConfigurationError for a URL that names no
        state, or a server that won't have us; StateError for one that is damaged, made by a newer mactl, or not ours;
        TryAgainLater where the server does not answer.
        """
        database = _open_database(url, folder, write=write)
        if database is None:
            return cls(_new_in_memory())
        try:
            state = cls(_ready(database, write=write))
        except BaseException:
            database.close()
            raise
        if write and database.is_lasting:
            state.witness = Witness(url, folder, database.name)
        return state

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees the state as it stands at its first query, whatever others write meanwhile."""
        with self.database.reading() as connection:
            yield connection

    def read(self, look: Callable[[Connection], T]) -> T:
        """What `look` returns of one such connection; once more where the server broke it off and came back.

        For who reads in the middle of something; raises TryAgainLater where the server stays away.
        """
        for _ in range(_TRIES - 1):
            with suppress(BrokenOff), self.reading() as connection:
                return look(connection)
        with self.reading() as connection:
            return look(connection)

    @contextmanager
    def writing(self, *, durable: bool = True) -> Iterator[Connection]:
        """A connection in a transaction that alone writes, workers' claims on a server aside, and commits at the end.

        `durable`: the commit survives a power loss; else, in a file, only the death of the process. Raises
        TryAgainLater where another process keeps writing for a minute, or the server goes away.
        """
        with (
            closing(Writer(self.database, ALONE)) as writer,
            writer.transaction(durable=durable) as connection,
        ):
            yield connection

    def writer(self) -> "Writer":
        """A connection kept for many small transactions, which would take half as long again without; close it.

        On a server it locks the rows that it touches, and no others.
        """
        return Writer(self.database, uuid.uuid4().hex)

    def follow(self) -> Trail:
        """A trail from the state's present revision on; what this state writes from now on makes its steps."""
        return self.database.follow()

    def copy(self) -> "State":
        """A copy in memory, to try things on; this one stays as it is."""
        return State(self.database.copy(REVISION))

    def shred(self) -> None:
        """Leaves nothing of what was deleted in the database's files; see `Database.shred`."""
        self.database.shred()

    def close(self) -> None:
        """Gives the database back; the state cannot be used any more."""
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


class Writer:
    """A connection for writing transactions, one after another, in one thread."""

    def __init__(self, database: Database, slot: str) -> None:
        self._database, self._slot = database, slot
        self._connection = database.connect()
        self.waits = True
        """Whether a transaction waits while somebody else writes, or raises Busy."""

    @contextmanager
    def transaction(self, *, durable: bool = True) -> Iterator[Connection]:
        """As `State.writing`; alone or not, as the writer was made."""
        with self._database.transaction(
            self._connection, self._slot, durable=durable, wait=self.waits
        ):
            yield self._connection

    def run(self, work: Callable[[Connection, bool], T], *, durable: bool = True) -> T:
        """What `work` returns, in a transaction of its own; once more where the server broke it off and came back.

        Nobody knows then whether it was committed already: `work` is told that it runs again, and must bear it.
        Raises TryAgainLater where the server stays away.
        """
        for tries in range(_TRIES):
            if self._connection.closed:
                self._connection = self._database.connect()
            try:
                with self.transaction(durable=durable) as connection:
                    return work(connection, tries > 0)
            except BrokenOff:
                self._connection.close()
                if tries == _TRIES - 1:
                    raise
        raise AssertionError("unreachable")

    def close(self) -> None:
        """Gives the connection back."""
        self._connection.close()


def is_there(url: str, folder: Path) -> bool:
    """Whether there is a state at `url`, so far as that can be told without opening one; relative paths are seen from
    `folder`. Raises as `database_path` does."""
    if _parse(url).drivername in _POSTGRESQL:
        return True
    path = database_path(url, folder)
    return path is not None and path.exists()


def database_path(url: str, folder: Path) -> Path | None:
    """The file that a `state` URL names, relative ones seen from `folder`; None for one in memory or on a server.

    Raises ConfigurationError for a URL that names no state.
    """
    parts = _parse(url)
    if parts.drivername in _POSTGRESQL or parts.database in (None, "", ":memory:"):
        return None
    return folder / str(parts.database)


def _parse(url: str) -> URL:
    try:
        parts = make_url(url)
    except (ArgumentError, ValueError):
        raise ConfigurationError(  # the URL itself may hold a password
            "`state` is not a database URL", _EXAMPLES
        ) from None
    if parts.drivername in _POSTGRESQL or (parts.drivername in _SQLITE and not parts.query):
        return parts
    if parts.drivername in _SQLITE:
        raise ConfigurationError("`state` takes nothing after the file's name", _EXAMPLES)
    raise ConfigurationError(f"the state cannot be kept in {parts.drivername}", _EXAMPLES)


def _open_database(url: str, folder: Path, *, write: bool) -> Database | None:
    """None for a new one in memory."""
    parts = _parse(url)
    if parts.drivername in _POSTGRESQL:
        try:
            from mactl.store.postgres import PostgresDatabase  # only who needs it has the driver
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] != "psycopg":
                raise
            raise ConfigurationError(
                "the state is in PostgreSQL, and its driver is not installed",
                "pip install 'mactl[postgres]'",
            ) from None
        return PostgresDatabase(parts, write=write)
    path = database_path(url, folder)
    if path is None or (not write and not has_content(path)):
        return None
    return SqliteDatabase.for_writing(path) if write else SqliteDatabase.for_reading(path)


def _new_in_memory() -> Database:
    database = SqliteDatabase.in_memory()
    _prepare(database)
    return database


def _ready(database: Database, *, write: bool) -> Database:
    """`database`, or what is read in its place, with the tables of this mactl."""
    with database.reading() as connection:
        revision = _revision_of(database, connection)
    if revision == REVISION:
        return database
    if write:
        _prepare(database)
        return database
    if revision is None:
        copy = _new_in_memory()
    else:
        copy = database.copy(revision)
        _prepare(copy)
        # What outlives the process is what was opened: the copy is only how it is read.
        copy.take_the_place_of(database)
    database.close()
    return copy


def _prepare(database: Database) -> None:
    """Makes the tables, or brings them to this mactl's revision, in one transaction; gives a new state its identity."""
    with closing(Writer(database, ALONE)) as writer, writer.transaction() as connection:
        # Once more, now that nobody else can migrate it.
        revision = _revision_of(database, connection)
        if revision == REVISION:
            return
        if revision is None:
            make_tables(connection)
        else:
            from mactl.store.migrations import upgrade  # Alembic is slow to import

            upgrade(connection)
        identity = {"id": str(uuid.uuid4()), "secret": secrets.token_hex(_SECRET_BYTES)}
        connection.execute(
            insert_into(connection, meta).on_conflict_do_nothing(),
            [{"name": name, "value": value} for name, value in identity.items()],
        )


def _revision_of(database: Database, connection: Connection) -> str | None:
    """The revision of the tables; None where there are none, StateError where they are somebody else's or a newer
    mactl's."""
    names = database.tables(connection)
    if not names:
        return None
    if not names >= {"alembic_version", "meta"}:
        raise StateError(
            f"{database.name}: a database, but not a state of mactl", "see `state` in mactl.yaml"
        )
    revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if revision is None or revision == REVISION:
        return revision
    from mactl.store.migrations import is_known

    if not is_known(str(revision)):
        raise StateError(
            f"{database.name}: made by a newer mactl (its tables are at {revision}, ours at {REVISION})",
            "update mactl to the version that last used this state",
        )
    return str(revision)
