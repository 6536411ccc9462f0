"""INSERT … ON CONFLICT, which SQLite and PostgreSQL say alike and SQLAlchemy spells twice."""

from typing import cast

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import sqlite


def insert_into(connection: Connection, table: Table) -> sqlite.Insert:
    """An INSERT that knows `on_conflict_do_nothing` and `on_conflict_do_update` in the database's own words."""
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql  # most states are files

        return cast(sqlite.Insert, postgresql.insert(table))  # the methods are the same
    return sqlite.insert(table)
