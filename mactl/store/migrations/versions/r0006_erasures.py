"""What keeps those who were erased from coming back: keyed hashes of what they were known by."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

INSTANT = sa.BigInteger()
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Adds a table."""
    op.create_table(
        "erasures",
        sa.Column("key", TEXT, nullable=False),
        sa.Column("erasure", TEXT, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_erasures"),
    )
    op.create_index("ix_erasures_erasure", "erasures", ["erasure"])
