"""Rows that are left out, and why: enough to write them to a file where they can be mended."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa

from mactl.people.cells import Numbers


@dataclass(frozen=True, slots=True, eq=False)
class Refusal:
    """Rows left out for one reason.

    `lines` are their physical lines in the file; `texts` what `say` words the reason from, one for each, None where
    it is the same for all. `raw` is the text of rows that no cells could be read of.
    """

    lines: Numbers
    say: Callable[[str], str]
    texts: pa.Array | None = None
    raw: pa.Array | None = None

    def reasons(self) -> Iterator[tuple[int, str]]:
        """Each line, and why it is left out."""
        for number, line in enumerate(self.lines.tolist()):
            yield line, self.say("" if self.texts is None else self.texts[number].as_py())


@dataclass(frozen=True, slots=True, eq=False)
class Refused:
    """All that was left out of one file; `path` is shown as people gave it, None for rows in memory."""

    path: str | None
    refusals: Sequence[Refusal]
