"""What writing back to other systems needs: what they were told, and what they are being told."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.BigInteger()
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Adds two tables."""
    op.create_table(
        "syncs",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_syncs"),
    )
    op.create_table(
        "sync_batches",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("sync", TEXT, nullable=False),
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("body", TEXT, nullable=False),
        sa.Column("told", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sync_batches"),
    )
    op.create_index("ix_sync_batches_sync_number", "sync_batches", ["sync", "number"])
