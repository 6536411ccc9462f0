"""What works out the rules: DuckDB by default, pandas where it is wanted.

Rules are written once, as Narwhals expressions; an engine turns Arrow tables into frames that take them.
"""

import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import Any, Protocol

import narwhals as nw
import pyarrow as pa

from mactl.errors import ConfigurationError
from mactl.rules.tables import Memory

Frame = nw.LazyFrame[Any]


class Session(Protocol):
    """An engine at work."""

    @property
    def memory(self) -> Memory:
        """What was made of tables for it so far."""
        ...

    def frame(self, table: pa.Table) -> Frame:
        """`table` as a lazy frame of this engine."""
        ...

    def collect(self, frame: Frame) -> pa.Table:
        """The rows of `frame`, in no particular order."""
        ...


class Engine(Protocol):
    """What opens a session for each evaluation."""

    def session(self) -> AbstractContextManager[Session]:
        """A session that is closed, with all it holds, at the end of a `with` block."""
        ...


@dataclass(frozen=True, slots=True)
class Kept:
    """An engine whose one session serves evaluation after evaluation, until whoever keeps it is done."""

    opened: Session

    @contextmanager
    def session(self) -> Iterator[Session]:
        """The session that is kept."""
        yield self.opened


@contextmanager
def kept(engine: "Engine | str") -> Iterator[Kept]:
    """`engine` with one session for all that is asked in a `with` block: it starts once, and columns that were made of
    the same tables are not made again."""
    chosen = engine_named(engine) if isinstance(engine, str) else engine
    with chosen.session() as session:
        yield Kept(session)


@dataclass(frozen=True, slots=True)
class DuckDB:
    """DuckDB, embedded; reads Arrow tables where they lie and spills to disk beyond `memory_limit`."""

    memory_limit: str | None = None
    """Such as `2GB`; None for DuckDB's own default, 80 % of the machine."""
    threads: int | None = None
    """None for one per core."""

    @contextmanager
    def session(self) -> Iterator["Session"]:
        """A connection to a database in memory."""
        import duckdb  # loads only where it is used

        # By itself it would spill into the working directory; what it spills is about people.
        with _spill_folder() as spill:
            wanted = {
                "memory_limit": self.memory_limit,
                "threads": self.threads,
                "temp_directory": spill,
            }
            connection = duckdb.connect(config={k: v for k, v in wanted.items() if v is not None})
            try:
                yield _DuckDBSession(connection)
            finally:
                connection.close()


@contextmanager
def _spill_folder() -> Iterator[str]:
    try:
        folder = TemporaryDirectory(prefix="mactl-")
    except OSError as error:
        raise ConfigurationError(
            f"there is no folder for temporary files: {error.strerror}",
            "make room there, or name another folder with TMPDIR",
        ) from error
    with folder as name:
        yield name


class _DuckDBSession:
    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self.memory = Memory()

    def frame(self, table: pa.Table) -> Frame:
        frame: Frame = nw.from_native(self._connection.from_arrow(table))
        return frame

    def collect(self, frame: Frame) -> pa.Table:
        return frame.collect(backend="pyarrow").to_native()


@dataclass(frozen=True, slots=True)
class Pandas:
    """pandas with Arrow's types, in memory."""

    @contextmanager
    def session(self) -> Iterator["Session"]:
        """Nothing to open: frames live in this process."""
        import pandas as pd  # slow to load, and only this engine needs it

        with warnings.catch_warnings():
            # Hundreds of rules make hundreds of columns; pandas warns of that, and users can't help it.
            warnings.simplefilter("ignore", pd.errors.PerformanceWarning)
            yield _PandasSession()


class _PandasSession:
    def __init__(self) -> None:
        self.memory = Memory()

    def frame(self, table: pa.Table) -> Frame:
        import pandas as pd

        frame: Frame = nw.from_native(table.to_pandas(types_mapper=pd.ArrowDtype)).lazy()
        return frame

    def collect(self, frame: Frame) -> pa.Table:
        return frame.collect(backend="pyarrow").to_native()


@dataclass(frozen=True, slots=True)
class Arrow:
    """Arrow's own functions, in memory: the quickest on a handful of rows, which is what tests of recipes have."""

    @contextmanager
    def session(self) -> Iterator["Session"]:
        """Nothing to open."""
        yield _ArrowSession()


class _ArrowSession:
    def __init__(self) -> None:
        self.memory = Memory()

    def frame(self, table: pa.Table) -> Frame:
        frame: Frame = nw.from_native(table).lazy()
        return frame

    def collect(self, frame: Frame) -> pa.Table:
        return frame.collect(backend="pyarrow").to_native()


def engine_named(
    name: str, *, memory_limit: str | None = None, threads: int | None = None
) -> Engine:
    """The engine that `engine:` in mactl.yaml names; ConfigurationError where there is none such.

    `memory_limit` and `threads` bound DuckDB; pandas knows no bounds.
    """
    if name == "duckdb":
        return DuckDB(memory_limit, threads)
    if name == "pandas":
        return Pandas()
    if name == "arrow":
        return Arrow()
    raise ConfigurationError(f"there is no engine {name!r}", "choose duckdb or pandas")
