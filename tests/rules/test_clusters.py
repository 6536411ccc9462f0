"""Every case of the conformance table on the engines that a cluster works for: the answers are DuckDB's."""

from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest

from mactl.errors import ConfigurationError
from mactl.rules.clusters import Dask, Spark
from mactl.rules.engine import Engine, engine_named, kept
from tests.rules import test_cases

# Its Java machine lives for a minute: no code at its best, one thread for garbage, Spark taken at its word.
_IN_HASTE = (
    "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:+UnlockDiagnosticVMOptions "
    "-XX:-BytecodeVerificationRemote"
)
FILES = sorted(path.stem for path in test_cases.FOLDER.glob("*.yaml"))


@pytest.fixture(scope="module")
def dask() -> Iterator[Engine]:
    """In parts so small that every table has several."""
    with kept(Dask(rows=2)) as engine:
        yield engine


@pytest.fixture(scope="module")
def spark() -> Iterator[Engine]:
    """A session as a notebook has one; tables of three rows need no code made for them."""
    from pyspark.sql import SparkSession

    settings = {
        "spark.driver.extraJavaOptions": _IN_HASTE,
        "spark.sql.ansi.enabled": "false",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        "spark.sql.adaptive.enabled": "false",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    session = SparkSession.builder.master("local[2]").config(map=settings).getOrCreate()
    with kept(Spark()) as engine:
        yield engine
    session.stop()


@pytest.mark.filterwarnings("ignore:Dask support is moving:FutureWarning")
@pytest.mark.parametrize("file", FILES)
def test_dask_gives_the_same_answers(file: str, dask: Engine, monkeypatch: Any) -> None:
    left_out = {
        "strange": {7}
    }  # Dask forgets what follows a NUL, which no file that is read may hold

    assert_same(file, dask, monkeypatch, left_out.get(file, set()))


@pytest.mark.parametrize("file", FILES)
def test_spark_gives_the_same_answers(file: str, spark: Engine, monkeypatch: Any) -> None:
    assert_same(file, spark, monkeypatch)


def assert_same(
    file: str, engine: Engine, monkeypatch: Any, left_out: frozenset[int] | set[int] = frozenset()
) -> None:
    monkeypatch.setitem(test_cases.ENGINES, "cluster", engine)
    expected = test_cases.answers(file, "duckdb")
    found = test_cases.answers.__wrapped__(file, "cluster")
    kept = [name for name in expected if int(name) not in left_out]

    pd.testing.assert_frame_equal(found[kept], expected[kept])


def test_an_engine_that_is_not_installed_says_what_brings_it(monkeypatch: Any) -> None:
    monkeypatch.setattr("mactl.rules.engine.find_spec", lambda name: None)

    for name in ("polars", "dask", "spark"):
        with (
            pytest.raises(ConfigurationError, match=f"'engine: {name}' needs") as refused,
            engine_named(name).session(),
        ):
            pass
        assert refused.value.hint == f"pip install 'mactl[{name}]'"
