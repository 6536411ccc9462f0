"""Statements that are executed for every message: their text is made once.

SQLAlchemy looks a statement up, binds and wraps it anew each time, which takes several times as long as SQLite takes to
execute it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Dialect, Update
from sqlalchemy.sql.compiler import SQLCompiler


class Prepared:
    """`statement`, whose parameters are given by name, on whichever database it is executed."""

    def __init__(self, statement: Update) -> None:
        self._statement = statement
        self._compiled: dict[str, _Compiled] = {}

    def execute(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> int:
        """Executes it once for each of `rows`; how many rows of the table it changed in all."""
        dialect = connection.dialect
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            compiled = self._compiled[dialect.name] = _compile(self._statement, dialect)
        # One by one it is a plain statement: psycopg prepares many of them on the server first.
        parameters: Any = [compiled.parameters(row) for row in rows]
        given = parameters if len(rows) > 1 else parameters[0]
        return connection.exec_driver_sql(compiled.text, given).rowcount


@dataclass(frozen=True, slots=True)
class _Compiled:
    """The text of a statement, and what makes the parameters of it out of those that are given."""

    text: str
    parameters: Callable[[Mapping[str, Any]], Any]


def _compile(statement: Update, dialect: Dialect) -> _Compiled:
    made = statement.compile(dialect=dialect)
    assert isinstance(made, SQLCompiler)
    fixed, order = made.params, made.positiontup
    if order is None:
        return _Compiled(made.string, lambda row: fixed | row)
    in_order = itemgetter(*order)
    return _Compiled(made.string, lambda row: in_order(fixed | row))
