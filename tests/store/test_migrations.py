"""The migrations end where `tables.py` stands, and so does what is made at once."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, MetaData, inspect, text

from mactl.store.fresh import make_tables
from mactl.store.migrations import is_known, newest_revision, upgrade
from mactl.store.state import State
from mactl.store.tables import REVISION, metadata

DEFINITION_OF_THE_QUEUE = {
    "sqlite": "SELECT sql FROM sqlite_master WHERE name = 'ix_sends_queue'",
    "postgresql": "SELECT indexdef FROM pg_indexes WHERE indexname = 'ix_sends_queue'",
}


@pytest.fixture(params=[upgrade, make_tables], ids=["migrated", "made at once"])
def state(new_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[State]:
    """A state whose tables were made in one way or the other."""
    with State.open(new_url, tmp_path, write=True) as opened:
        with opened.writing() as connection:
            tables = MetaData()
            tables.reflect(connection)
            tables.drop_all(connection)
            request.param(connection)
        yield opened


def test_exactly_the_tables_are_made_that_are_declared(state: State) -> None:
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
        query = DEFINITION_OF_THE_QUEUE[connection.dialect.name]
        queue = str(connection.execute(text(query)).scalar_one())
    assert found == declared
    assert "(channel, priority DESC, due_at, id) WHERE " in queue
    assert "status = 'queued'" in queue


@pytest.mark.parametrize("kept_in", ["postgresql"], indirect=True)
def test_text_is_compared_byte_by_byte_whatever_the_collation_of_the_database(state: State) -> None:
    with state.reading() as connection:
        assert other_collations(connection) == []


def other_collations(connection: Connection) -> list[str]:
    query = (
        "SELECT relname || '.' || attname FROM pg_attribute"
        " JOIN pg_class ON attrelid = pg_class.oid JOIN pg_collation ON attcollation = pg_collation.oid"
        " WHERE relnamespace = 'public'::regnamespace AND relname <> 'alembic_version'"
        " AND relname NOT LIKE 'alembic%' AND collname <> 'C'"
    )
    return list(connection.execute(text(query)).scalars())


def test_the_declared_revision_is_the_newest_migration() -> None:
    assert newest_revision() == REVISION
    assert is_known(REVISION)
    assert not is_known("9999")
