"""What the whole recipe language needs: draws, goals, versions, actions, snapshots, codes."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.BigInteger()
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Adds columns to enrollments and sends, and four tables."""
    op.add_column("enrollments", sa.Column("draws", TEXT, nullable=True))
    op.add_column("enrollments", sa.Column("goal_at", INSTANT, nullable=True))
    op.add_column("sends", sa.Column("shared", TEXT, nullable=True))
    op.add_column("sends", sa.Column("legal_until", INSTANT, nullable=True))
    op.create_table(
        "versions",
        sa.Column("recipe", TEXT, nullable=False),
        sa.Column("version", NUMBER, nullable=False),
        sa.Column("hash", TEXT, nullable=False),
        sa.Column("text", TEXT, nullable=False),
        sa.Column("contents", TEXT, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("recipe", "version", name="pk_versions"),
    )
    op.create_table(
        "actions",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("enrollment", TEXT, nullable=False),
        sa.Column("run", NUMBER, nullable=False),
        sa.Column("recipe", TEXT, nullable=False),
        sa.Column("version", NUMBER, nullable=False),
        sa.Column("step", TEXT, nullable=False),
        sa.Column("contact", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("target", TEXT, nullable=False),
        sa.Column("body", TEXT, nullable=False),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("attempts", NUMBER, nullable=False),
        sa.Column("worker", TEXT, nullable=True),
        sa.Column("lease_until", INSTANT, nullable=True),
        sa.Column("boot", TEXT, nullable=True),
        sa.Column("settled_at", INSTANT, nullable=True),
        sa.Column("response", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_actions"),
    )
    op.create_index("ix_actions_enrollment", "actions", ["enrollment"])
    op.create_index("ix_actions_contact", "actions", ["contact"])
    op.create_index("ix_actions_status_due_at", "actions", ["status", "due_at"])
    op.create_table(
        "snapshots",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_snapshots"),
    )
    op.create_table(
        "codes",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("code", TEXT, nullable=False),
        sa.Column("enrollment", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("name", "code", name="pk_codes"),
        sa.UniqueConstraint("name", "enrollment", name="uq_codes_name_enrollment"),
    )
