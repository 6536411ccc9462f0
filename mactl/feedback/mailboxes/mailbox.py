"""What every place that mails are read from can do."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail as it lies there: `path` is how people find it, `data` the beginning of it, `mail.LARGEST` octets."""

    path: str
    data: bytes
    fault: str | None = None
    """Why it could not be read; then there is no data."""


class Mailbox(Protocol):
    """A place with mails. What it has is not changed by reading it."""

    @property
    def count(self) -> int | None:
        """How many mails there are, where that is known beforehand."""
        ...

    def letters(self) -> Iterator[Letter]:
        """Every mail, one after another."""
        ...

    def put_away(self, letters: Sequence[Letter]) -> None:
        """Moves or deletes these, where the mailbox was opened to do so; does nothing else."""
        ...

    def close(self) -> None:
        """Gives back what it holds."""
        ...
