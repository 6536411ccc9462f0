"""What Alembic runs for each of its commands: on the connection, and in the transaction, that it is given."""

from alembic import context

from mactl.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite alters a table by making it anew
)
context.run_migrations()
