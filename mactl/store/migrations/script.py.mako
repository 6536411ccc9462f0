"""${message}."""

import sqlalchemy as sa
from alembic import op

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    """Makes the change; an older state never comes back, so nothing undoes it."""
    ${upgrades if upgrades else "pass"}
