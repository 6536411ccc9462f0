"""Which files a source of mactl.yaml names, and what tells them from what they were."""

import time
from collections.abc import Iterable, Sequence
from glob import has_magic
from pathlib import Path
from typing import TypeVar

from mactl.errors import MactlError, UnreadableInput
from mactl.project import ContactSource

_SETTLED = 2.0  # seconds; a file that changed later than this may change again within the same tick of its clock
_Source = TypeVar("_Source", bound=ContactSource)
STDIN = Path("-")
"""What names standard input in place of a file."""
Stamp = tuple[str, int, int, int]
"""A file's path, size, time of change and inode."""


def find_files(folder: Path, pattern: str) -> list[Path]:
    """The files that `pattern`, relative to `folder`, names, sorted; UnreadableInput where none is."""
    if pattern == str(STDIN):
        return [STDIN]
    path = folder / pattern
    if path.exists() or not has_magic(pattern):
        return [path]
    top = Path(path.anchor) if Path(pattern).is_absolute() else folder
    found = sorted(top.glob(str(path.relative_to(top))))
    # Editors and macOS leave hidden files beside those that are meant.
    files = [file for file in found if not file.is_dir() and not file.name.startswith(".")]
    if not files:
        raise UnreadableInput(f"{shown_path(path)}: no file has a name like this")
    return files


def declared_source(path: Path, folder: Path, sources: Sequence[_Source]) -> _Source | None:
    """The first of `sources`, relative to `folder`, that names the file at `path`; None where none does."""
    if path == STDIN:
        return None
    meant = path.resolve()
    for source in sources:
        pattern = folder.resolve() / source.file
        if meant == pattern or (has_magic(source.file) and meant.match(str(pattern))):
            return source
    return None


def shown_path(path: Path) -> str:
    """`path` as people gave it: relative to the working directory where it lies below it."""
    if path == STDIN:
        return "stdin"
    try:
        return str(path.absolute().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def changed_at(shown: str | None) -> int:
    """When the file that is shown by this name changed last, in epoch seconds; 0 where that can't be told."""
    try:
        return 0 if shown is None else int(Path(shown).stat().st_mtime)
    except (OSError, ValueError):
        return 0


def stamps_of(folder: Path, patterns: Iterable[str]) -> list[Stamp] | None:
    """What changes as soon as one of the files that `patterns`, relative to `folder`, name is written or replaced.

    None where that can't be told: a file is missing, is no regular file, or changed only just now.
    """
    looked_at = time.time()
    stamps = []
    try:
        for pattern in patterns:
            for path in find_files(folder, pattern):
                status = path.stat()
                if not path.is_file() or status.st_mtime > looked_at - _SETTLED:
                    return None
                stamps.append((str(path), status.st_size, status.st_mtime_ns, status.st_ino))
    except (OSError, ValueError, MactlError):  # whoever reads the files tells what is wrong
        return None
    return stamps
