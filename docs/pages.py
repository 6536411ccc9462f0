"""The pages as what stands in them: blocks of YAML, commands with their output, links and headings.

An HTML comment right above a block says what it is: `<!-- recipe: journey -->`, `<!-- file: recipes/trial.yaml -->`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_NOTE = re.compile(r"<!-- ([^\[\]\n]*) -->\n+\Z")
_FIRST = re.compile(r"<!-- first: ([^\n]*) -->\n\Z")
_LINK = re.compile(r"\]\(([^()\s]+)\)")
_HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: its `text` ends in a line end, `note` is the comment above it, `line` its first in the page.

    `first` is what is to be run before it.
    """

    language: str
    text: str
    note: str
    first: str
    line: int
    begin: int
    """Where its text begins in the page."""

    @property
    def end(self) -> int:
        """Where its text ends in the page."""
        return self.begin + len(self.text)


def every_page() -> list[Path]:
    """The README, what stands beside it, and the pages of docs/, decisions included."""
    return [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]


def blocks_of(text: str) -> Iterator[Block]:
    """The fenced blocks of a page, in order."""
    for found in _FENCE.finditer(text):
        above = text[: found.start()]
        first = _FIRST.search(above)
        note = None if first else _NOTE.search(above)
        first = first or (_FIRST.search(above[: note.start()]) if note else None)
        line = text.count("\n", 0, found.start()) + 2
        words = [part[1] if part else "" for part in (note, first)]
        yield Block(found[1], found[2], *words, line, found.start(2))


def links_of(text: str) -> list[str]:
    """The targets of a page's links and pictures; what stands in blocks and in `code` is none."""
    prose = re.sub(r"`[^`\n]*`", "", _FENCE.sub("", text))
    return _LINK.findall(prose)


def anchors_of(text: str) -> set[str]:
    """What the headings of a page can be linked to by, as GitHub makes it."""
    found: set[str] = set()
    for heading in _HEADING.findall(_FENCE.sub("", text)):
        words = "".join(c for c in heading.lower() if c.isalnum() or c in " -_")
        anchor = words.strip().replace(" ", "-")
        number = 1
        while anchor in found:
            anchor = f"{words.strip().replace(' ', '-')}-{number}"
            number += 1
        found.add(anchor)
    return found
