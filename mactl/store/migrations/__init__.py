"""From the tables of an older mactl to those of this one.

A new revision: change `tables.py` and its `REVISION`, add `versions/rNNNN_what_it_does.py` after the pattern of the
last one, and let `tests/store/test_migrations.py` compare the two.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

FOLDER = Path(__file__).parent


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Brings the tables to `revision`, or the newest, within the transaction that `connection` is in."""
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def is_known(revision: str) -> bool:
    """Whether this mactl has a way from `revision`; it has none from a newer one's."""
    return revision in {script.revision for script in _scripts().walk_revisions()}


def newest_revision() -> str | None:
    """The revision that `upgrade` ends at."""
    return _scripts().get_current_head()


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))  # it interpolates
    return config
