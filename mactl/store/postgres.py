"""How PostgreSQL is used: many workers write at once, each to rows of its own, and a commit is kept whatever happens.

- Reading sees one moment: REPEATABLE READ, READ ONLY.
- Transactions in the slot `ALONE` exclude each other by an advisory lock, as SQLite's do; the others lock rows.
- Every commit waits until it is on the disk (synchronous_commit), also those that SQLite would not wait for: the server
  is another machine, whose restart nobody here would notice.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any

import psycopg
from sqlalchemy import URL, Connection, create_engine, event, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool

from mactl.errors import ConfigurationError
from mactl.store.database import ALONE, BrokenOff, Database
from mactl.store.planner import Planner
from mactl.store.postgres_errors import error_of
from mactl.store.postgres_lock import advisory_lock, read_holder
from mactl.store.revision import draw_mark
from mactl.store.sqlite import SqliteDatabase

_PATIENCE = 30  # seconds for a server that was there to come back: a restart takes fewer
_PAUSE = 0.25  # seconds between two looks
_OLDEST = 13  # pg_current_xact_id_if_assigned
_MOST_MARKS = 500  # of connections; reading them is part of every run
_BATCH = 10_000  # rows copied at a time
_CONNECTING: Mapping[str, Any] = {
    "fallback_application_name": "mactl",
    "connect_timeout": 10,
    # Else a connection through a firewall that forgot it is waited for until morning.
    "keepalives_idle": 60,
    "keepalives_interval": 15,
    "keepalives_count": 4,
    "tcp_user_timeout": 120_000,
}
_SESSION: Mapping[str, str] = {
    "lock_timeout": "60s",
    # The same from the server's side: else it keeps the locks of a machine that lost its power for hours.
    "tcp_keepalives_idle": "60",
    "tcp_keepalives_interval": "15",
    "tcp_keepalives_count": "4",
    # A planner reads for minutes, and holds its lock without a word.
    "idle_in_transaction_session_timeout": "0",
    "idle_session_timeout": "0",
}
_SET_UP = """
SELECT set_config(wanted.name, wanted.value, false)
FROM unnest(%s::text[], %s::text[]) AS wanted (name, value) JOIN pg_settings USING (name)
UNION ALL SELECT set_config('synchronous_commit', 'on', false)
WHERE current_setting('synchronous_commit') = 'off'
"""
_EXCLUDE_OTHERS = text(
    "SELECT pg_advisory_xact_lock(hashtextextended('mactl writes to ' || current_schema(), 0))"
)
_MARK = "revision"
_READ_MARKS = text(f"SELECT name, value FROM meta WHERE name = '{_MARK}' OR name LIKE '{_MARK} %'")
_READ_MARK = text("SELECT value FROM meta WHERE name = :name")
# A transaction that has written, or locked a row to write, was given a number.
_LEAVE_MARK = text(
    "INSERT INTO meta (name, value) SELECT :name, :value"
    " WHERE pg_current_xact_id_if_assigned() IS NOT NULL"
    " ON CONFLICT (name) DO UPDATE SET value = excluded.value"
)
_FORGET_MARKS = text(f"DELETE FROM meta WHERE name LIKE '{_MARK} %'")
_SIZE = text(
    "SELECT coalesce(sum(pg_total_relation_size(oid)), 0) FROM pg_class WHERE relkind IN ('r', 'p')"
    " AND relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())"
)
_TABLES = text(
    "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p')"
    " AND relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())"
)


class PostgresDatabase(Database):
    """A database of a server: the first schema of its search path, which may be set in the URL."""

    def __init__(self, url: URL, *, write: bool) -> None:
        """Connects to nothing yet. Raises ConfigurationError for options that nobody knows."""
        super().__init__(_name_of(url), None, is_lasting=True)
        self._url = url
        engine = create_engine(
            url.set(drivername="postgresql+psycopg"),
            poolclass=QueuePool,
            max_overflow=-1,  # each session to a server drains the queue through a connection of its own
            pool_pre_ping=True,
            hide_parameters=True,
            connect_args={k: v for k, v in _CONNECTING.items() if k not in url.query},
        )
        event.listen(engine, "connect", self._set_up)
        self._engine = engine if write else engine.execution_options(postgresql_readonly=True)
        self._answered = False
        self._marks: dict[str, int] = {}
        self._before_commit: Callable[[Connection], None] = _pass

    @contextmanager
    def in_our_words(self) -> Iterator[None]:
        """TryAgainLater where it is away or busy, ConfigurationError where it won't have us, else StateError."""
        try:
            yield
        except (DBAPIError, psycopg.Error) as error:
            ours = error_of(self.name, error, self._url.password)
            if ours is None:
                raise
            raise ours from error

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        with closing(self.connect()) as connection, self.in_our_words():
            connection.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
            with connection.begin():
                yield connection

    def connect(self) -> Connection:
        """Where the server was there before, it gets half a minute to come back."""
        until = time.monotonic() + (_PATIENCE if self._answered else 0)
        while True:
            try:
                with self.in_our_words():
                    connection = self._engine.connect()
            except BrokenOff:
                if time.monotonic() >= until:
                    self._answered = False  # nobody waits for it once more
                    raise
                time.sleep(_PAUSE)
            else:
                self._answered = True
                return connection

    @contextmanager
    def transaction(
        self, connection: Connection, slot: str, *, durable: bool, wait: bool = True
    ) -> Iterator[None]:
        """Always durable; whoever locked a row is waited for in any case."""
        told = {"name": f"{_MARK} {slot}".rstrip(), "value": str(draw_mark())}
        with self.in_our_words():
            with connection.begin():
                if slot == ALONE:
                    connection.execute(_EXCLUDE_OTHERS)
                before = self._read_mark(connection, slot, told["name"])
                yield
                is_changed = connection.execute(_LEAVE_MARK, told).rowcount == 1
                if slot == ALONE:
                    self._before_commit(connection)
            if is_changed:
                self._marks[slot] = int(told["value"])
                self._step(slot, before, self._marks[slot])

    def tables(self, connection: Connection) -> set[str]:
        """ConfigurationError where the search path names no schema that there is."""
        if connection.execute(text("SELECT current_schema()")).scalar() is None:
            path = connection.execute(text("SHOW search_path")).scalar()
            raise ConfigurationError(
                f"{self.name}: there is no schema {path}", "make it with CREATE SCHEMA"
            )
        return set(connection.execute(_TABLES).scalars())

    def read_marks(self, connection: Connection) -> Mapping[str, int]:
        rows = connection.execute(_READ_MARKS)
        return {row.name.removeprefix(_MARK).lstrip(): int(row.value) for row in rows}

    def copy(self, revision: str) -> SqliteDatabase:
        from mactl.store.migrations import upgrade  # Alembic is slow to import

        copy = SqliteDatabase.in_memory()
        with (
            closing(copy.connect()) as here,
            self.reading() as there,
            copy.transaction(here, ALONE, durable=False),
        ):
            upgrade(here, revision)
            for name in inspect(here).get_table_names():
                if name != "alembic_version":
                    _copy_rows(name, there, here)
        return copy

    @contextmanager
    def planning(self, state: str, planner: Planner, wait: float) -> Iterator[None]:
        with closing(self.connect()) as connection:
            # Else it would keep old rows from being cleared away for the whole run.
            connection.execution_options(isolation_level="AUTOCOMMIT")
            with advisory_lock(self, connection, state, planner, wait) as check:
                self._before_commit = check
                try:
                    self._forget_marks(connection)
                    yield
                finally:
                    self._before_commit = _pass

    def read_planner(self, connection: Connection, state: str) -> str | None:
        return read_holder(connection, state)

    def size(self, connection: Connection) -> int:
        """Of our tables, with what belongs to them."""
        return int(connection.execute(_SIZE).scalar_one())

    def faults(self, connection: Connection) -> list[str]:
        """None: the server looks after its own."""
        return []

    def shred(self) -> None:
        """https://www.postgresql.org/docs/current/sql-vacuum.html: FULL writes a table and its indexes anew.

        What the server's own log, its copies and its other standing machines have of before is for who runs it."""
        with closing(self.connect()) as connection, self.in_our_words():
            connection.execution_options(isolation_level="AUTOCOMMIT")
            for name in sorted(self.tables(connection)):
                connection.execute(text(f'VACUUM (FULL) "{name}"'))

    def close(self) -> None:
        self._engine.dispose()

    def _forget_marks(self, connection: Connection) -> None:
        """Drops the marks of connections, most of them long gone, where there are many; that too leaves a mark."""
        with self.in_our_words():
            is_tidy = len(self.read_marks(connection)) <= _MOST_MARKS
        if not is_tidy:
            with closing(self.connect()) as fresh, self.transaction(fresh, ALONE, durable=True):
                fresh.execute(_FORGET_MARKS)

    def _read_mark(self, connection: Connection, slot: str, name: str) -> int | None:
        """What the last transaction left in `slot`; nobody but us writes to another than `ALONE`."""
        if slot != ALONE or not self._trails:
            return self._marks.get(slot)
        value = connection.execute(_READ_MARK, {"name": name}).scalar()
        return None if value is None else int(value)

    def _set_up(self, driver: "psycopg.Connection[Any]", record: object) -> None:
        version = driver.info.server_version // 10_000
        if version < _OLDEST:
            raise ConfigurationError(
                f"{self.name}: the server is PostgreSQL {version}",
                f"update it to {_OLDEST} or later",
            )
        encoding = driver.info.parameter_status("server_encoding")
        if encoding != "UTF8":
            raise ConfigurationError(
                f"{self.name}: the database is in {encoding}, which can't hold every name",
                "make one with CREATE DATABASE … TEMPLATE template0 ENCODING 'UTF8'",
            )
        driver.execute(_SET_UP, [list(_SESSION), list(_SESSION.values())])
        driver.commit()


def _pass(committing: Connection) -> None:
    """Nobody plans through this object."""


def _copy_rows(table: str, there: Connection, here: Connection) -> None:
    columns = [column["name"] for column in inspect(here).get_columns(table)]
    names = ", ".join(f'"{name}"' for name in columns)
    marks = ", ".join("?" * len(columns))
    rows = there.execution_options(stream_results=True, max_row_buffer=_BATCH).execute(
        text(f"SELECT {names} FROM {table}")
    )
    for some in rows.partitions(_BATCH):
        here.exec_driver_sql(
            f"INSERT INTO {table} ({names}) VALUES ({marks})", [tuple(row) for row in some]
        )


def _name_of(url: URL) -> str:
    """Where it is, without who we are there and how we prove it."""
    given = url.query.get("host", ())
    host = url.host or (given if isinstance(given, str) else ",".join(given)) or "this machine"
    return f"the state in PostgreSQL ({host}, {url.database or 'the default database'})"
