"""What sending needs: quotas that workers share, the status that a command gave a recipe."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

INSTANT = sa.BigInteger()
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Adds two tables."""
    op.create_table(
        "quotas",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("next_at", INSTANT, nullable=True),
        sa.Column("day", INSTANT, nullable=True),
        sa.Column("used", sa.Integer(), nullable=True),
        sa.Column("first_day", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_quotas"),
    )
    op.create_table(
        "overrides",
        sa.Column("recipe", TEXT, nullable=False),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("reason", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("recipe", name="pk_overrides"),
    )
    op.add_column("sends", sa.Column("kind", TEXT, nullable=True))
