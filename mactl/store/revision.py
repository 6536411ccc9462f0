"""What tells a state from what it was before somebody wrote to it.

Every writing transaction leaves another mark: in the one slot there is where transactions exclude each other, else in
the slot of its connection, so that nobody waits for anybody. The revision is made of all marks together. A mark is
drawn, not counted: a state that was put back from a copy and written to again does not come to the same one.
"""

import hashlib
import secrets
from dataclasses import dataclass

_BITS = 31  # SQLite keeps 32, with a sign


def draw_mark() -> int:
    """A mark that is no other; 0 is none's: nothing was written yet."""
    return 1 + secrets.randbits(_BITS - 1)


@dataclass
class Trail:
    """Whether the transactions of this process, and no others, led from one revision to another."""

    marks: dict[str, int]
    """The marks that it has come to, by slot."""
    is_unbroken: bool = True
    """Whether nobody else wrote to our slots in between; what was written to others', `last` tells."""

    @property
    def last(self) -> int:
        """The revision that it has come to: the state's, unless others wrote to it."""
        told = repr(sorted(self.marks.items())).encode()
        return int.from_bytes(hashlib.sha256(told).digest()[:6])

    def step(self, slot: str, before: int | None, after: int) -> None:
        """A transaction led from the mark `before` (None: there was none) to `after`."""
        self.is_unbroken = self.is_unbroken and before == self.marks.get(slot)
        self.marks[slot] = after
