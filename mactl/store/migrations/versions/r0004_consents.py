"""The ledger of consents, the keys of its commitments, and the words that people consented to."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

INSTANT = sa.BigInteger()
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Adds three tables."""
    texts = (
        ("contact", "topic", "state"),
        ("source", "place", "wording", "file", "free", "specific", "informed", "unambiguous"),
        ("channels",),
    )
    who, how, where = ([sa.Column(name, TEXT, nullable=True) for name in names] for names in texts)
    op.create_table(
        "consents",
        sa.Column("number", NUMBER, autoincrement=False, nullable=False),
        sa.Column("commitment", TEXT, nullable=False),
        sa.Column("link", TEXT, nullable=False),
        sa.Column("erased", sa.BigInteger(), nullable=True),
        *who,
        sa.Column("at", INSTANT, nullable=True),
        *how,
        *where,
        sa.Column("corrects", sa.BigInteger(), nullable=True),
        sa.Column("origin", TEXT, nullable=True),
        sa.Column("recorded_at", INSTANT, nullable=True),
        sa.Column("recorded_by", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("number", name="pk_consents"),
    )
    op.create_table(
        "consent_keys",
        sa.Column("contact", TEXT, nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("contact", name="pk_consent_keys"),
    )
    op.create_table(
        "wordings",
        sa.Column("hash", TEXT, nullable=False),
        sa.Column("text", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("hash", name="pk_wordings"),
    )
