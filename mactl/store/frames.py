"""Between whole columns and rows: queries read into DataFrames, and DataFrames into rows to be written.

Text is pandas' `str` (missing: NaN), instants and other integers `int64`, or `Int64` where they may be missing,
booleans `bool`. Rows travel as plain tuples; a million of them take seconds, not minutes.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import repeat
from typing import Any, Literal

import numpy as np
import pandas as pd
from pandas.api.types import is_float_dtype
from sqlalchemy import Boolean, ColumnElement, Connection, Insert, Integer, Select, Table
from sqlalchemy.sql.elements import Label

Kind = Literal["bool", "int64", "Int64", "str"]
Kinds = tuple[tuple[str, Kind], ...]
"""Name and type of each column of a frame."""

_BATCH = 10_000  # rows held as Python values at a time; more of them are slower


def read_frame(connection: Connection, query: Select[Any]) -> pd.DataFrame:
    """All rows of `query`, with its columns typed by their declaration, also where there are no rows."""
    kinds = tuple((str(column.key), _kind(column)) for column in query.selected_columns)
    batches = [_frame(kinds, rows) for rows in _batches(connection, query) if rows]
    if len(batches) > 1:
        return pd.concat(batches, ignore_index=True)
    # Most of what a run asks has no rows, and a frame of none takes as long to make as one of many.
    return batches[0] if batches else _empty(kinds).copy()


def _frame(kinds: Kinds, rows: Sequence[Sequence[Any]]) -> pd.DataFrame:
    cells = zip(*rows, strict=True)
    return pd.DataFrame({n: _array(kind, c) for (n, kind), c in zip(kinds, cells, strict=True)})


@cache
def _empty(kinds: Kinds) -> pd.DataFrame:
    return pd.DataFrame({name: _array(kind, ()) for name, kind in kinds})


def _batches(connection: Connection, query: Select[Any]) -> Iterator[Sequence[Sequence[Any]]]:
    """The rows of `query`, so many at a time; the first batch may be empty."""
    # From a server some at a time, or the driver would hold all of them before the first is looked at.
    is_streamed = connection.dialect.name != "sqlite"
    with connection.execute(query, execution_options={"stream_results": is_streamed}) as result:
        # Faster without what is around the driver's cursor, where nothing was read ahead of it.
        fetch = result.fetchmany if is_streamed else result.cursor.fetchmany
        rows = fetch(_BATCH)
        yield rows
        while len(rows) == _BATCH:
            rows = fetch(_BATCH)
            yield rows


def cells_of(frame: pd.DataFrame, table: Table) -> dict[str, list[Any]]:
    """The columns of `frame` as `table` takes them: missing cells are None, numbers plain.

    ValueError for a column that `table` lacks, and for one with missing cells that must have none.
    """
    unknown = [str(name) for name in frame.columns if name not in table.columns]
    if unknown:
        raise ValueError(f"{table.name} has no {', '.join(unknown)}")
    cells = {}
    for name in map(str, frame.columns):
        if not table.columns[name].nullable and frame[name].isna().any():
            raise ValueError(f"{table.name}.{name} is missing in some rows")
        cells[name] = _plain(frame[name], table.columns[name])
    return cells


def write_cells(connection: Connection, statement: Insert, cells: Mapping[str, list[Any]]) -> int:
    """Executes `statement` for every row of `cells`; returns how many rows it wrote.

    Bound by hand: what SQLAlchemy does for each row takes several times as long as the database does.
    """
    if not any(cells.values()):
        return 0
    compiled = statement.compile(dialect=connection.dialect, column_keys=list(cells))
    fixed = {name: repeat(value) for name, value in compiled.params.items() if name not in cells}
    bound = {**fixed, **cells}
    rows: list[Any]
    if compiled.positiontup is not None:
        # The first row to end is a column's, for what is fixed never does.
        rows = list(zip(*(bound[name] for name in compiled.positiontup), strict=False))
    else:
        rows = [dict(zip(bound, row, strict=False)) for row in zip(*bound.values(), strict=False)]
    return connection.exec_driver_sql(str(compiled), rows).rowcount


def _plain(values: "pd.Series[Any]", column: ColumnElement[Any]) -> list[Any]:
    if isinstance(column.type, Integer) and is_float_dtype(values.dtype):
        values = values.astype("Int64")  # pandas made them floats to leave some out
    cells = values.to_numpy(dtype=object, copy=True)
    cells[values.isna().to_numpy()] = None
    plain: list[Any] = cells.tolist()
    return plain


def _kind(column: ColumnElement[Any]) -> Kind:
    """The type that the cells of a column get in a frame."""
    if isinstance(column.type, Boolean):
        return "bool"
    if isinstance(column.type, Integer):
        return "Int64" if _may_be_missing(column) else "int64"
    return "str"


def _array(kind: Kind, cells: Sequence[Any]) -> Any:
    if kind == "bool" or kind == "int64":
        return np.array(cells, dtype=kind)
    if kind == "Int64":
        return pd.array(list(cells), dtype="Int64")
    return pd.array(list(cells), dtype="str")


def _may_be_missing(column: ColumnElement[Any]) -> bool:
    source = column.element if isinstance(column, Label) else column
    return bool(getattr(source, "nullable", True))
