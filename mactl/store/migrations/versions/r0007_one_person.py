"""Decisions on who is one person: merges and splits that people made."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

INSTANT = sa.BigInteger()
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Adds a table."""
    op.create_table(
        "identity_decisions",
        sa.Column("number", NUMBER, autoincrement=True, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("contact", TEXT, nullable=False),
        sa.Column("other", TEXT, nullable=False),
        sa.Column("named", TEXT, nullable=False),
        sa.Column("moved", TEXT, nullable=False),
        sa.Column("after", NUMBER, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("why", TEXT, nullable=True),
        sa.Column("undone_at", INSTANT, nullable=True),
        sa.Column("undone_why", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("number", name="pk_identity_decisions"),
    )
