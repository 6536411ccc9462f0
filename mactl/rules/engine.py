"""What works out the rules: DuckDB by default, data frames in memory or a cluster where they are wanted.

Rules are written once, as Narwhals expressions; an engine turns Arrow tables into frames that take them.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Literal, Protocol

import narwhals as nw
import pyarrow as pa

from mactl.errors import ConfigurationError
from mactl.facts.facts import Facts
from mactl.rules.tables import Memory

Frame = nw.LazyFrame[Any]
How = Literal["inner", "left", "semi"]
_FEW_CONTACTS, _FEW_EVENTS = 2_000, 20_000


class Session(Protocol):
    """An engine at work."""

    @property
    def memory(self) -> Memory:
        """What was made of tables for it so far."""
        ...

    @property
    def at_once(self) -> int | None:
        """How many events it counts at a time; None for all."""
        ...

    def frame(self, table: pa.Table) -> Frame:
        """`table` as a lazy frame of this engine."""
        ...

    def join(self, frame: Frame, other: Frame, on: str, how: How) -> Frame:
        """`frame` joined to `other`, both of this session, where they have the same in the column `on`."""
        ...

    def collect(self, frame: Frame) -> pa.Table:
        """The rows of `frame`, in no particular order."""
        ...


class Frames:
    """What sessions have in common: narwhals' own joins and ways to Arrow."""

    at_once: int | None = None

    def __init__(self) -> None:
        self.memory = Memory()

    def join(self, frame: Frame, other: Frame, on: str, how: How) -> Frame:
        """As `Session.join`."""
        return frame.join(other, on=on, how=how)

    def collect(self, frame: Frame) -> pa.Table:
        """As `Session.collect`."""
        return frame.collect(backend="pyarrow").to_native()


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


def decoded(table: pa.Table) -> pa.Table:
    """`table` with text itself in place of dictionaries, for engines that can't compare, or search, words in one."""
    columns = [
        column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column
        for column in table.columns
    ]
    return pa.table(columns, names=table.column_names)


@contextmanager
def kept(engine: "Engine | str") -> Iterator[Kept]:
    """`engine` with one session for all that is asked in a `with` block: it starts once, and columns that were made of
    the same tables are not made again."""
    chosen = engine_named(engine) if isinstance(engine, str) else engine
    with chosen.session() as session:
        yield Kept(session)


def need(extra: str, module: str) -> None:
    """ConfigurationError where `module`, which the extra of mactl brings, can't be imported."""
    try:
        found = find_spec(module)
    except ModuleNotFoundError:  # of its package
        found = None
    if found is None:
        raise ConfigurationError(
            f"'engine: {extra}' needs {module.partition('.')[0]}, which is not installed",
            f"pip install 'mactl[{extra}]'",
        )


def engine_named(
    name: str, *, memory_limit: str | None = None, threads: int | None = None
) -> Engine:
    """The engine that `engine:` in mactl.yaml names; ConfigurationError where there is none such, or where what it
    needs is not installed.

    `memory_limit` and `threads` bound DuckDB; the others know no bounds.
    """
    if name in ("dask", "spark"):
        from mactl.rules import clusters  # what they need is large

        return clusters.cluster_named(name)
    from mactl.rules.embedded import Arrow, DuckDB, Pandas, Polars

    if name == "duckdb":
        return DuckDB(memory_limit, threads)
    others: dict[str, Engine] = {"pandas": Pandas(), "polars": Polars(), "arrow": Arrow()}
    if name not in others:
        hint = "choose duckdb, pandas, polars, dask or spark"
        raise ConfigurationError(f"there is no engine {name!r}", hint)
    return others[name]


def engine_for(facts: Facts, engine: Engine | str) -> Engine:
    """`engine`, or the one that it names, for `facts`: where there are few contacts and events, Arrow has answered
    before DuckDB has begun, and the answers are the same."""
    if not isinstance(engine, str):
        return engine
    is_few = facts.contacts.num_rows <= _FEW_CONTACTS and facts.events.num_rows <= _FEW_EVENTS
    return engine_named("arrow" if engine == "duckdb" and is_few else engine)
