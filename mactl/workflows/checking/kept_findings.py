"""Findings kept from an earlier `mactl check`, for as long as nothing that they were made from has changed.

What they were made from is all that lies in the folders of the recipes, mactl.yaml, mactl itself and what is installed
beside it; the hash of the whole is compared, not dates. Nothing heavy is imported here, so that a check of what has not
changed takes no longer than reading the files. A damaged entry counts as none.
"""

import contextlib
import hashlib
import json
import os
import stat
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from mactl import __version__
from mactl.findings import Finding, Place, Severity
from mactl.keeping import CACHE, FOLDER, keep_whole

_SETTINGS = "mactl.yaml"
_FOLDER = CACHE / "checks"
_MOST_FILES = 20_000
_MOST_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class Checked:
    """Which recipes were looked at, and what was found, in reading order."""

    recipes: tuple[str, ...]
    findings: tuple[Finding, ...]
    texts: dict[str, list[str]] = field(default_factory=dict, compare=False)
    """Path → lines, of files that are not on disk as they were looked at."""

    def line(self, path: str, number: int) -> str:
        """The text of line `number` (from 1) of a file; empty where it is not known."""
        if path not in self.texts:
            self.texts[path] = lines_of(path)
        lines = self.texts[path]
        return lines[number - 1] if 0 < number <= len(lines) else ""


def lines_of(path: str) -> list[str]:
    """The lines of a file; none where it can't be read."""
    try:
        return Path(path).read_text(encoding="utf-8-sig", errors="replace").splitlines()
    except OSError:
        return []


@dataclass(frozen=True)
class Seen:
    """What a check was made from: `mark` changes with any of it, `dates` as soon as it is written again."""

    mark: str
    dates: str


@dataclass(frozen=True)
class Shelf:
    """Where the findings of one way to call `mactl check` in one project are kept."""

    project: Path
    names: Sequence[str]

    @classmethod
    def of(cls, given: Path | None, names: Sequence[str]) -> "Shelf | None":
        """The shelf of the project that a check is about; None where there is no mactl.yaml."""
        start = given or next((Path(name) for name in names if Path(name).exists()), Path())
        folder = start.resolve()
        folders = (folder,) if given else (folder, *folder.parents)
        project = next((each for each in folders if (each / _SETTINGS).is_file()), None)
        return None if project is None else cls(project, tuple(names))

    @property
    def _path(self) -> Path:
        called = json.dumps([os.fspath(Path.cwd()), os.fspath(self.project), list(self.names)])
        return self.project / _FOLDER / f"{hashlib.sha256(called.encode()).hexdigest()[:24]}.json"

    def take(self) -> Checked | None:
        """What was found, if all that it was found in is as it was; else None."""
        try:
            entry = json.loads(self._path.read_bytes())
            roots = [Path(root) for root in entry["roots"]]
            seen = self.look(roots)
            if seen is None or seen.mark != entry["mark"]:
                return None
            return Checked(tuple(entry["recipes"]), tuple(map(_finding, entry["findings"])))
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return None

    def put(self, found: Checked, roots: Sequence[Path], before: Seen | None) -> None:
        """Keep what was found in files that were as `before` when they were read, and still are."""
        if before is None or self._dates(roots) != before.dates:
            return
        entry = {
            "mark": before.mark,
            "roots": [os.fspath(root) for root in roots],
            "recipes": found.recipes,
            "findings": [asdict(finding) for finding in found.findings],
        }
        # A folder that can't be written to only costs time.
        with contextlib.suppress(OSError):
            keep_whole(self._path, json.dumps(entry).encode())

    def look(self, roots: Sequence[Path]) -> Seen | None:
        """All that lies in `roots`, mactl.yaml and mactl itself; None where that is too much to look through."""
        dates = self._dates(roots)
        if dates is None:
            return None
        mark = hashlib.sha256(_mactl_itself())
        for name in self.names:
            path = Path(name)
            mark.update(f"{name}\0{path.is_dir()}\0{path.exists()}\n".encode())
        for file, _ in self._files(roots):
            try:
                with open(file, "rb") as content:  # noqa: PTH123  # thousands of them: no Path for each
                    digest = hashlib.sha256(content.read()).digest()
            except OSError as unreadable:
                digest = str(unreadable.errno).encode()
            mark.update(os.fsencode(file) + b"\0" + digest)
        return Seen(mark.hexdigest(), dates)

    def _dates(self, roots: Sequence[Path]) -> str | None:
        """What changes as soon as a file is written; None where there are too many, or too large ones."""
        found = []
        size = 0
        for file, status in self._files(roots):
            if status is not None:
                size += status.st_size
                found.append(f"{file} {status.st_size} {status.st_mtime_ns} {status.st_ctime_ns}")
            if len(found) > _MOST_FILES or size > _MOST_BYTES:
                return None
        return hashlib.sha256("\n".join(found).encode("utf-8", "surrogateescape")).hexdigest()

    def _files(self, roots: Sequence[Path]) -> Iterator[tuple[str, os.stat_result | None]]:
        """Every file that counts, in order, with its status; None where it has none."""
        yield from _below(self.project / _SETTINGS)
        for root in roots:
            yield from _below(root)


def _below(path: Path | os.DirEntry[str]) -> Iterator[tuple[str, os.stat_result | None]]:
    """Every file at or below `path`, in order; a link to a folder is a file of its own, which can't be read."""
    name = os.fspath(path)
    try:
        status = path.stat()
        is_folder = stat.S_ISDIR(status.st_mode) and not (
            isinstance(path, os.DirEntry) and path.is_symlink()
        )
        inside = sorted(os.scandir(name), key=lambda entry: entry.name) if is_folder else []
    except OSError:
        yield name, None
        return
    if not is_folder:
        yield name, status
    for entry in inside:
        if entry.name != FOLDER.name:
            yield from _below(entry)


def _mactl_itself() -> bytes:
    """What tells this mactl, and what is installed beside it, from any other."""
    found = [f"{__version__} {sys.version}"]
    for folder, folders, files in os.walk(Path(__file__).parent.parent):
        folders[:] = sorted(each for each in folders if each != "__pycache__")
        for name in sorted(files):
            status = Path(folder, name).stat()
            found.append(f"{name} {status.st_size} {status.st_mtime_ns}")
    with contextlib.suppress(OSError):
        found.append(str(Path(sysconfig.get_path("purelib")).stat().st_mtime_ns))
    return "\n".join(found).encode()


def _finding(plain: dict[str, Any]) -> Finding:
    place = plain.pop("place")
    severity = Severity(plain.pop("severity"))
    return Finding(severity=severity, place=None if place is None else Place(**place), **plain)


def roots_of(cookbook: Path, names: Iterable[str]) -> list[Path]:
    """The folders that a check of `names` reads: the cookbook, and where the paths among them lie."""
    paths = (Path(name) for name in names)
    around = (path if path.is_dir() else path.parent for path in paths if path.exists())
    return list(dict.fromkeys((cookbook, *around)))
