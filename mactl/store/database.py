"""What a state is kept in: a database of SQLite (`sqlite.py`) or one of PostgreSQL (`postgres.py`)."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path

from sqlalchemy import Connection

from mactl.errors import TryAgainLater
from mactl.store.planner import Planner
from mactl.store.revision import Trail

ALONE = ""
"""The slot of transactions that exclude each other; see `Database.transaction`."""


class BrokenOff(TryAgainLater):
    """The database broke a transaction off: the server went away, or was held up. Whether a commit that was under way
    came through is not known."""


class Busy(TryAgainLater):
    """Somebody else is writing; nothing was done."""


class Database(ABC):
    """An open database."""

    is_at_hand = False
    """Whether a small transaction takes less time than asking somebody else to do it."""

    def __init__(self, name: str, path: Path | None, *, is_lasting: bool) -> None:
        self.name = name
        """What messages call it; never with a password."""
        self.path = path
        """Its file; None in memory and on a server."""
        self.is_lasting = is_lasting
        """Whether it outlives this process."""
        self._trails: list[Trail] = []

    @abstractmethod
    def in_our_words(self) -> AbstractContextManager[None]:
        """Turns what the database says into StateError, ConfigurationError or TryAgainLater."""

    @abstractmethod
    def reading(self) -> AbstractContextManager[Connection]:
        """A connection in a transaction that sees one moment, and writes nothing."""

    @abstractmethod
    def connect(self) -> Connection:
        """A connection for `transaction`."""

    @abstractmethod
    def transaction(
        self, connection: Connection, slot: str, *, durable: bool, wait: bool = True
    ) -> AbstractContextManager[None]:
        """A writing transaction of `connection`, committed at the end. With `wait`, where somebody else writes, it
        begins once they have ended.

        In the slot `ALONE` no other such transaction of anybody is open meanwhile; any other slot is one connection's
        own, and where rows can be locked one by one, only those it touches are.
        """

    @abstractmethod
    def tables(self, connection: Connection) -> set[str]:
        """The names of all tables where the state's are, or should be."""

    @abstractmethod
    def read_marks(self, connection: Connection) -> Mapping[str, int]:
        """Slot → what its last transaction left there, as `connection` sees it; see `revision`."""

    @abstractmethod
    def copy(self, revision: str) -> "Database":
        """A database in memory with all that this one, whose tables are at `revision`, holds."""

    @abstractmethod
    def planning(self, state: str, planner: Planner, wait: float) -> AbstractContextManager[None]:
        """Keeps every other planner of the state with this id out; see `planner_lock`."""

    @abstractmethod
    def read_planner(self, connection: Connection, state: str) -> str | None:
        """What the planner at work on the state with this id left; None where there is none."""

    @abstractmethod
    def size(self, connection: Connection) -> int:
        """Bytes that it takes."""

    @abstractmethod
    def faults(self, connection: Connection) -> list[str]:
        """What is broken in it, so far as that can be told in passing."""

    @abstractmethod
    def shred(self) -> None:
        """Leaves nothing of what was deleted, so far as that can be done from here: free pages and logs are rewritten.

        Raises Busy where others read or write all the time; then it is to be done again.
        """

    @abstractmethod
    def close(self) -> None:
        """Gives every connection back."""

    def take_the_place_of(self, original: "Database") -> None:
        """Be told of as `original`, which this is a copy of that is read in its place."""
        self.name, self.path, self.is_lasting = original.name, original.path, original.is_lasting

    def follow(self) -> Trail:
        """A trail from the present revision on, which the transactions of this object carry on."""
        with self.reading() as connection:
            trail = Trail(dict(self.read_marks(connection)))
        self._trails.append(trail)
        return trail

    def _step(self, slot: str, before: int | None, after: int) -> None:
        for trail in self._trails:
            trail.step(slot, before, after)
