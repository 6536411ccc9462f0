"""Engines that a cluster works for: Dask and Spark.

Without one they use this machine: Dask its threads, Spark a Java machine of its own. A cluster is named as those who
run it do: Dask's by a client in its configuration (`DASK_SCHEDULER_ADDRESS`), Spark's by `SPARK_REMOTE` or
`spark-defaults.conf`.
"""

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import pyarrow as pa

from mactl.errors import ConfigurationError
from mactl.rules.engine import Engine, Frame, Frames, How, Session, decoded, need

_ROWS = 500_000  # in a partition, more or less


@dataclass(frozen=True, slots=True)
class Dask:
    """Dask: tables in partitions of at most `rows` rows, each worked at by itself."""

    rows: int = _ROWS

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A client of the cluster that Dask's configuration names; without one, threads of this process."""
        need("dask", "dask.dataframe")
        import dask

        with (
            dask.config.set({"dataframe.convert-string": False}),  # text is Arrow's already
            warnings.catch_warnings(),
            _dask_client(),
        ):
            # It tells of a package to come that nobody can install yet.
            warnings.filterwarnings("ignore", "Dask support is moving", FutureWarning)
            yield _DaskSession(self.rows)


@contextmanager
def _dask_client() -> Iterator[None]:
    import dask

    address = dask.config.get("scheduler-address", None)
    if address is None:
        yield
        return
    need("dask", "distributed")
    from distributed import Client

    with Client(address):  # type: ignore[no-untyped-call]
        yield


class _DaskSession(Frames):
    def __init__(self, rows: int) -> None:
        super().__init__()
        self._rows = rows

    def frame(self, table: pa.Table) -> Frame:
        import pandas as pd

        return self._parted(decoded(table).to_pandas(types_mapper=pd.ArrowDtype))

    def _parted(self, data: Any) -> Frame:
        import dask.dataframe as dd

        parts = max(1, -(-len(data) // self._rows))
        make: Any = dd.from_pandas
        frame: Frame = nw.from_native(make(data, npartitions=parts)).lazy()
        return frame

    def join(self, frame: Frame, other: Frame, on: str, how: How) -> Frame:
        """As `Session.join`, worked out at once, and parted anew.

        Dask may work out a join again for each column that is made of it, with its rows in another order each time,
        and does not know which rows are in which part: columns that stand side by side would not be of the same row.
        """
        joined = nw.to_native(super().join(frame, other, on, how)).compute()
        return self._parted(joined.reset_index(drop=True))


@dataclass(frozen=True, slots=True)
class Spark:
    """Spark: the session that is there, else one of this machine's cores."""

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A session of its own is stopped at the end; one that was there is left as it was."""
        need("spark", "pyspark")
        from pyspark.sql import SparkSession

        there = SparkSession.getActiveSession()
        spark = there or _new_spark()
        try:
            yield _SparkSession(spark)
        finally:
            if there is None:
                spark.stop()


def _new_spark() -> Any:
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.appName("mactl")
    if "SPARK_REMOTE" not in os.environ and "MASTER" not in os.environ:
        cores = str(os.cpu_count() or 1)
        builder = builder.master("local[*]").config("spark.sql.shuffle.partitions", cores)
    # Rules say themselves what is no value; by ANSI a division by nothing would end the run.
    builder = builder.config("spark.sql.ansi.enabled", "false").config("spark.ui.enabled", "false")
    try:
        return builder.config("spark.ui.showConsoleProgress", "false").getOrCreate()
    except Exception as problem:  # pyspark's own has no common root: no Java, no cluster, no memory
        raise ConfigurationError(
            f"Spark does not start: {str(problem).strip().splitlines()[0]:.200}",
            "it needs Java 17 or later (JAVA_HOME), or SPARK_REMOTE that names a cluster",
        ) from problem


class _SparkSession(Frames):
    def __init__(self, spark: Any) -> None:
        super().__init__()
        self._spark = spark

    def frame(self, table: pa.Table) -> Frame:
        made = self._spark.createDataFrame(decoded(table))
        frame: Frame = nw.from_native(made).lazy()
        return frame


def cluster_named(name: str) -> Engine:
    """Dask or Spark."""
    return Dask() if name == "dask" else Spark()
