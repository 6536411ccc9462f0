"""Engines within this process: DuckDB, and data frames in memory."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import Any

import narwhals as nw
import pyarrow as pa

from mactl.errors import ConfigurationError
from mactl.rules.engine import Frame, Frames, Session, decoded, need


@dataclass(frozen=True, slots=True)
class DuckDB:
    """DuckDB, embedded; reads Arrow tables where they lie and spills to disk beyond `memory_limit`."""

    memory_limit: str | None = None
    """Such as `2GB`; None for DuckDB's own default, 80 % of the machine."""
    threads: int | None = None
    """None for one per core."""
    at_once: int = 1_250_000
    """How many events it counts at a time; half as many take some 25 MiB less, and a third more time by the clock."""

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
                yield _DuckDBSession(connection, self.at_once)
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


class _DuckDBSession(Frames):
    def __init__(self, connection: Any, at_once: int) -> None:
        super().__init__()
        self._connection = connection
        self.at_once = at_once

    def frame(self, table: pa.Table) -> Frame:
        # Each batch is one thread's: of a table in one batch, DuckDB would read all on one core.
        batches = table.to_batches(max_chunksize=_BATCH)
        if batches:
            table = pa.Table.from_batches(batches, table.schema)
        frame: Frame = nw.from_native(self._connection.from_arrow(table))
        return frame


_BATCH = 122_880
"""Rows that a thread of DuckDB takes at a time: one of its row groups."""


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


class _PandasSession(Frames):
    def frame(self, table: pa.Table) -> Frame:
        import pandas as pd

        frame: Frame = nw.from_native(decoded(table).to_pandas(types_mapper=pd.ArrowDtype)).lazy()
        return frame


@dataclass(frozen=True, slots=True)
class Arrow:
    """Arrow's own functions, in memory: the quickest on a handful of rows, which is what tests of recipes have."""

    @contextmanager
    def session(self) -> Iterator["Session"]:
        """Nothing to open."""
        yield _ArrowSession()


class _ArrowSession(Frames):
    def frame(self, table: pa.Table) -> Frame:
        frame: Frame = nw.from_native(decoded(table)).lazy()
        return frame


@dataclass(frozen=True, slots=True)
class Polars:
    """Polars, lazy and on all cores, in memory."""

    @contextmanager
    def session(self) -> Iterator["Session"]:
        """Nothing to open: frames live in this process."""
        need("polars", "polars")
        yield _PolarsSession()


class _PolarsSession(Frames):
    def frame(self, table: pa.Table) -> Frame:
        import polars as pl

        made = pl.from_arrow(decoded(table))
        assert isinstance(made, pl.DataFrame)
        frame: Frame = nw.from_native(made.lazy())
        return frame
