"""The migrations end where `tables.py` stands."""

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect

from mactl.store.migrations import is_known, newest_revision
from mactl.store.state import State
from mactl.store.tables import REVISION, metadata


def test_the_migrations_make_exactly_the_tables_that_are_declared(state: State) -> None:
    with state.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_what_the_comparison_does_not_see_is_the_same_too(state: State) -> None:
    """Primary keys, and the order and condition of the queue's index."""
    declared = {table.name: [c.name for c in table.primary_key] for table in metadata.sorted_tables}
    with state.reading() as connection:
        inspector = inspect(connection)
        found = {
            name: inspector.get_pk_constraint(name)["constrained_columns"]
            for name in inspector.get_table_names()
            if name != "alembic_version"
        }
        (queue,) = [
            sql
            for (sql,) in connection.exec_driver_sql("SELECT sql FROM sqlite_master")
            if sql and "ix_sends_queue" in sql
        ]
    assert found == declared
    assert queue.endswith("(channel, priority DESC, due_at, id) WHERE status = 'queued'")


def test_the_declared_revision_is_the_newest_migration() -> None:
    assert newest_revision() == REVISION
    assert is_known(REVISION)
    assert not is_known("9999")
