"""Where sources hold somebody still: mactl never edits them, and says which lines it would be."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from mactl.findings import Place
from mactl.people.sources.files import shown_path
from mactl.privacy.needles import Needles
from mactl.privacy.searching import Search

MOST = 20
"""Lines told of one file."""
_AT_ONCE = 20_000  # lines


def find_in_sources(paths: Iterable[Path], needles: Needles, known: Sequence[Place]) -> list[Place]:
    """The lines of `paths` with somebody in them, those `known` among them; a file that has no lines as a whole, and so
    one with more than MOST lines, beside the first of these."""
    found = dict.fromkeys(known)
    for path in dict.fromkeys(paths):
        shown = shown_path(path)
        lines = [Place(shown, line) for line in islice(_lines(path, needles), MOST + 1)]
        if len(lines) > MOST:
            lines[MOST] = Place(shown)
        if not lines and not any(place.path == shown for place in known):
            search = Search(needles)
            search.files([path])
            lines = [Place(shown)] if search.result.found else []
        found |= dict.fromkeys(lines)
    return sorted(found)


def _lines(path: Path, needles: Needles) -> Iterator[int]:
    with path.open("rb") as file:
        number = 0
        while some := list(islice(file, _AT_ONCE)):
            if needles.are_in(b"".join(some)):
                for offset, line in enumerate(some, 1):
                    if needles.are_in(line):
                        yield number + offset
            number += len(some)
