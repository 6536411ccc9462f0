"""What PostgreSQL says, in our words: what to wait for, and what somebody has to change.

https://www.postgresql.org/docs/current/errcodes-appendix.html
"""

import re

import psycopg
from sqlalchemy.exc import DBAPIError

from mactl.errors import ConfigurationError, MactlError, StateError, TryAgainLater
from mactl.store.database import BrokenOff

_HELD_UP = ("40001", "40P01", "55P03")  # serialization, deadlock, lock_timeout
_WENT_AWAY = ("08", "57P", "25P03")  # connection, shut down or starting, idle for too long
_BUSY = ("53200", "53300", "53400", "57014")  # memory, connections, limits, cancelled
_FULL = "53100"
_DAMAGED = "XX00"
_READ_ONLY = "25006"
_MAY_NOT = ("42501", "3F000", "28")  # privilege, schema, authorization
_NOT_OURS = ("42P01", "42703")  # a table, a column that isn't there

# A connection that does not come about has no code, only words; where the server has another language, the rest is told
# as it is, and waited for.
_REFUSED = re.compile(
    r"authentication failed|no password supplied|does not exist|no pg_hba\.conf entry|not permitted to log in"
    r"|permission denied|certificate|does not support SSL|invalid (connection option|\S+ value)|invalid .* value"
)


def error_of(
    name: str, error: DBAPIError | psycopg.Error, password: object = None
) -> MactlError | None:
    """What to raise where the database called `name` says `error`; None where it is a mistake of ours.

    The password never comes back.
    """
    cause = error.orig if isinstance(error, DBAPIError) else error
    said = _said(cause, password)
    code = getattr(cause, "sqlstate", None) or ""
    is_lost = isinstance(error, DBAPIError) and error.connection_invalidated
    if not code and not is_lost and _never_stood(cause):
        if _REFUSED.search(said) or _is_about_password(cause):
            return ConfigurationError(f"{name}: {said}", "see `state` in mactl.yaml")
        return BrokenOff(f"{name}: the server does not answer: {said}")
    if is_lost or code.startswith(_WENT_AWAY):
        return BrokenOff(f"{name}: the server went away: {said}")
    if code in _HELD_UP:
        return BrokenOff(f"{name}: others hold what is to be written: {said}")
    if code in _BUSY:
        return TryAgainLater(f"{name}: the server is busy: {said}")
    if code == _FULL:
        return StateError(f"{name}: {said}", "look at the free space of the server")
    if code.startswith(_DAMAGED):
        return StateError(f"{name}: damaged: {said}", "put back the last copy of it")
    if code == _READ_ONLY:
        return StateError(
            f"{name}: nothing can be written there: {said}", "is the server a standby of another?"
        )
    if code.startswith(_MAY_NOT):
        return ConfigurationError(
            f"{name}: {said}", "its user needs USAGE and CREATE on the schema, and its own tables"
        )
    if code in _NOT_OURS:
        return StateError(f"{name}: {said}", "has somebody changed its tables?")
    return None


def _said(cause: BaseException | None, password: object) -> str:
    """The first line of it that says something, without what psycopg and libpq say before it."""
    lines = [line.strip() for line in str(cause).splitlines() if line.strip()]
    first = lines[0] if lines else type(cause).__name__
    for before in ("connection failed: ", "connection is bad: ", "FATAL:  "):
        first = first.rpartition(before)[2]
    return first.replace(str(password), "***") if password else first


def _never_stood(cause: BaseException | None) -> bool:
    """Whether it is about making a connection, and not about what was said over one."""
    if not isinstance(cause, psycopg.OperationalError | psycopg.ProgrammingError):
        return False
    return isinstance(cause, psycopg.OperationalError) or "connection option" in str(cause)


def _is_about_password(cause: BaseException | None) -> bool:
    connection = getattr(cause, "pgconn", None)
    return bool(connection is not None and (connection.needs_password or connection.used_password))
