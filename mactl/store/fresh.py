"""The tables of a new state, made at once as they are declared: there is nothing to carry over.

Alembic, which would make them revision by revision, takes longer to import than SQLite takes to make them.
"""

from sqlalchemy import Column, Connection, Index, MetaData, PrimaryKeyConstraint, String, Table

from mactl.store.tables import REVISION, metadata, queue

_version = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)
"""Where Alembic looks up which revision the tables are at, as it makes it itself."""


def make_tables(connection: Connection) -> None:
    """Makes all tables in a database that has none, within the transaction that `connection` is in."""
    if connection.dialect.name == "postgresql":
        _say_it_in_words_of_postgresql(queue)
    metadata.create_all(connection, checkfirst=False)
    _version.create(connection, checkfirst=False)
    connection.execute(_version.insert(), {"version_num": REVISION})


def _say_it_in_words_of_postgresql(index: Index) -> None:
    """Where it is declared, naming that dialect would have everybody import it."""
    index.dialect_options["postgresql"]["where"] = index.dialect_options["sqlite"]["where"]
