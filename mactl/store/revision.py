"""What tells a state from what it was before somebody wrote to it.

A number that every writing transaction changes, kept where SQLite keeps a number for whoever wants one
(https://sqlite.org/pragma.html#pragma_user_version). It is drawn, not counted: a state that was put back from a copy
and written to again does not come to the same number.
"""

import secrets
import sqlite3
from dataclasses import dataclass

_BITS = 31  # SQLite keeps 32, with a sign


def read_revision(driver: sqlite3.Connection) -> int:
    """The revision that a transaction of `driver` sees; 0 where nothing was written since the state was made."""
    found: tuple[int] = driver.execute("PRAGMA user_version").fetchone()
    return found[0]


def next_revision(driver: sqlite3.Connection) -> int:
    """Gives the state another revision, within a transaction that writes."""
    revision = 1 + secrets.randbits(_BITS - 1)
    driver.execute(f"PRAGMA user_version = {revision}")
    return revision


@dataclass
class Trail:
    """Whether the transactions of this process, and no others, led from one revision to another."""

    last: int
    """The revision that it has come to."""
    is_unbroken: bool = True
    """Whether nobody else wrote in between."""

    def step(self, before: int, after: int) -> None:
        """A transaction led from `before` to `after`."""
        self.is_unbroken = self.is_unbroken and before == self.last
        self.last = after
