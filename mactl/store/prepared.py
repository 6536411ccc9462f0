"""Statements that are executed for every message: their text is made once.

SQLAlchemy looks a statement up, binds and wraps it anew each time, which takes several times as long as SQLite takes to
execute it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Update
from sqlalchemy.sql.compiler import SQLCompiler


class Prepared:
    """`statement`, whose parameters are given by name, on whichever database it is executed."""

    def __init__(self, statement: Update) -> None:
        self._statement = statement
        self._compiled: dict[str, SQLCompiler] = {}

    def execute(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> int:
        """Executes it once for each of `rows`; how many rows of the table it changed in all."""
        dialect = connection.dialect
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            made = self._statement.compile(dialect=dialect)
            assert isinstance(made, SQLCompiler)
            compiled = self._compiled[dialect.name] = made
        fixed, order = compiled.params, compiled.positiontup
        parameters: Any = (
            [{**fixed, **row} for row in rows]
            if order is None
            else [
                tuple(row[name] if name in row else fixed[name] for name in order) for row in rows
            ]
        )
        # One by one it is a plain statement: psycopg prepares many of them on the server first.
        given = parameters if len(rows) > 1 else parameters[0]
        return connection.exec_driver_sql(compiled.string, given).rowcount
