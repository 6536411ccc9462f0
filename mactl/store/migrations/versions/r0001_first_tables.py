"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.BigInteger()
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Makes every table of the first release."""
    op.create_table(
        "aliases",
        sa.Column("age", NUMBER, nullable=False),
        sa.Column("alias", TEXT, nullable=False),
        sa.Column("contact", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("age", name="pk_aliases"),
        sa.UniqueConstraint("alias", name="uq_aliases_alias"),
    )
    op.create_index("ix_aliases_contact", "aliases", ["contact"])
    op.create_table(
        "contacts",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("merged_into", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_contacts"),
    )
    op.create_table(
        "contents",
        sa.Column("hash", TEXT, nullable=False),
        sa.Column("source", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("hash", name="pk_contents"),
    )
    op.create_table(
        "enrollments",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("recipe", TEXT, nullable=False),
        sa.Column("version", NUMBER, nullable=False),
        sa.Column("contact", TEXT, nullable=False),
        sa.Column("occurrence", TEXT, nullable=False),
        sa.Column("trigger_at", INSTANT, nullable=False),
        sa.Column("trigger", TEXT, nullable=False),
        sa.Column("entered_at", INSTANT, nullable=False),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("step", TEXT, nullable=False),
        sa.Column("arrived_at", INSTANT, nullable=False),
        sa.Column("due_at", INSTANT, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("why", TEXT, nullable=True),
        sa.Column("outside_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_enrollments"),
    )
    op.create_index("ix_enrollments_contact", "enrollments", ["contact"])
    op.create_index("ix_enrollments_recipe_status", "enrollments", ["recipe", "status"])
    op.create_table(
        "events",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("contact", TEXT, nullable=False),
        sa.Column("event", TEXT, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("source_id", TEXT, nullable=True),
        sa.Column("properties", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_events"),
        sa.UniqueConstraint("source_id", name="uq_events_source_id"),
    )
    op.create_index("ix_events_contact", "events", ["contact"])
    op.create_table(
        "meta",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("value", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_meta"),
    )
    op.create_table(
        "runs",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("command", TEXT, nullable=False),
        sa.Column("now", INSTANT, nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("finished_at", INSTANT, nullable=True),
        sa.Column("mactl", TEXT, nullable=False),
        sa.Column("git_commit", TEXT, nullable=True),
        sa.Column("recipes", TEXT, nullable=False),
        sa.Column("counts", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("number", name="pk_runs"),
    )
    op.create_table(
        "sends",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("enrollment", TEXT, nullable=False),
        sa.Column("run", NUMBER, nullable=False),
        sa.Column("recipe", TEXT, nullable=False),
        sa.Column("version", NUMBER, nullable=False),
        sa.Column("step", TEXT, nullable=False),
        sa.Column("template", TEXT, nullable=False),
        sa.Column("variant", TEXT, nullable=True),
        sa.Column("occurrence", TEXT, nullable=False),
        sa.Column("contact", TEXT, nullable=False),
        sa.Column("contact_key", TEXT, nullable=True),
        sa.Column("address", TEXT, nullable=True),
        sa.Column("address_key", TEXT, nullable=True),
        sa.Column("zone", TEXT, nullable=True),
        sa.Column("channel", TEXT, nullable=False),
        sa.Column("marketing", sa.Boolean(), nullable=False),
        sa.Column("topic", TEXT, nullable=True),
        sa.Column("ground", TEXT, nullable=True),
        sa.Column("priority", NUMBER, nullable=False),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("gate", TEXT, nullable=True),
        sa.Column("reason", TEXT, nullable=True),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("latest_at", INSTANT, nullable=False),
        sa.Column("hold_until", INSTANT, nullable=True),
        sa.Column("released_at", INSTANT, nullable=True),
        sa.Column("attempts", NUMBER, nullable=False),
        sa.Column("worker", TEXT, nullable=True),
        sa.Column("lease_until", INSTANT, nullable=True),
        sa.Column("boot", TEXT, nullable=True),
        sa.Column("settled_at", INSTANT, nullable=True),
        sa.Column("code", TEXT, nullable=True),
        sa.Column("response", TEXT, nullable=True),
        sa.Column("message_id", TEXT, nullable=True),
        sa.Column("content", TEXT, nullable=True),
        sa.Column("merge", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_sends"),
        sa.UniqueConstraint("message_id", name="uq_sends_message_id"),
    )
    op.create_index("ix_sends_address_key", "sends", ["address_key"])
    op.create_index("ix_sends_contact", "sends", ["contact"])
    op.create_index("ix_sends_enrollment", "sends", ["enrollment"])
    op.create_index(
        "ix_sends_queue",
        "sends",
        ["channel", sa.text("priority DESC"), "due_at", "id"],
        sqlite_where=sa.text("status = 'queued'"),
        postgresql_where=sa.text("status = 'queued'"),
    )
    op.create_index("ix_sends_recipe_template", "sends", ["recipe", "template"])
    op.create_index("ix_sends_released_at", "sends", ["released_at"])
    op.create_index("ix_sends_status_hold_until", "sends", ["status", "hold_until"])
    op.create_table(
        "suppressions",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("address_key", TEXT, nullable=False),
        sa.Column("topic", TEXT, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("send", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("number", name="pk_suppressions"),
        sa.UniqueConstraint("address_key", "topic", name="uq_suppressions_address_key_topic"),
    )
