"""A CSV file that each row is appended to once: locked, on the disk when it says so, found again after a crash.

The first column holds an id that never changes; a row that is there already is not written again. Others may fetch
the file, move it away or truncate it at any time: the next row starts a new one.
"""

import fcntl
import mmap
import os
import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from mactl.delivery.channels.cells import cell, csv_line, read_line
from mactl.errors import ConfigurationError

FOLDER = "exports"
"""Where files for others may be, in the project's folder."""
_TAIL = 1024 * 1024  # bytes that are searched for an id before it is appended
_HEAD = 64 * 1024  # bytes in which the header ends
_TORN = re.compile(  # a row of ours, or the beginning of its id
    rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12},|[0-9a-f-]{1,36}$"
)


def export_fault(name: str) -> str | None:
    """What is wrong with `name` as the path of a CSV file below exports/, if anything."""
    path, windows = PurePosixPath(name), PureWindowsPath(name)
    if not name.isprintable() or windows.drive or windows.root or ".." in windows.parts:
        return f"{name!r} leads out of {FOLDER}/"
    if len(path.parts) < 2 or path.parts[0] != FOLDER or path.suffix.lower() != ".csv":
        return f"{name!r} is not a CSV file below {FOLDER}/"
    return None


def export_path(folder: Path, name: str) -> Path:
    """The file called `name` in the project's `folder`; ConfigurationError unless it lies below exports/, with every
    link followed."""
    fault = export_fault(name)
    if fault is None:
        base = Path(os.path.realpath(folder)) / FOLDER
        path = Path(os.path.realpath(folder / name))
        if path.is_relative_to(base) and path != base:
            return path
        fault = f"{name!r} leads out of {FOLDER}/"
    raise ConfigurationError(fault, f"write {FOLDER}/NAME.csv")


class RowFile:
    """A CSV file with the columns `header`, of which the first is an id; made with its first row."""

    def __init__(self, folder: Path, name: str, header: Sequence[str]) -> None:
        """Raises ConfigurationError where `name` leads out of exports/."""
        self._path = export_path(folder, name)
        self.name = name
        """As mactl.yaml or the recipe names it."""
        self._header = [cell(column) for column in header]
        self._file: int | None = None

    def append(self, id: str, values: Sequence[Any]) -> bool:
        """Appends the row of `id`, and returns when it is on the disk; False where it is there already.

        Raises ConfigurationError where the file has other columns, OSError where it can't be written; then nothing
        was.
        """
        with self._locked() as file:
            self._check_header(file)
            size = _mend(file)
            start = max(size - _TAIL, 0)
            if _row_of(id) in os.pread(file, size - start, start):
                return False
            line = csv_line([id, *values])
            _append_whole(file, line if size else csv_line(self._header) + line, size)
        return True

    def append_all(self, rows: Sequence[tuple[str, Sequence[Any]]]) -> int:
        """As `append`, of many rows in one go; returns how many were not there yet."""
        with self._locked() as file:
            self._check_header(file)
            size = _mend(file)
            lines = {id: csv_line([id, *values]) for id, values in rows}
            start = max(size - _TAIL - sum(map(len, lines.values())), 0)
            there = os.pread(file, size - start, start)
            new = [line for id, line in lines.items() if _row_of(id) not in there]
            if new:
                data = b"".join(new)
                _append_whole(file, data if size else csv_line(self._header) + data, size)
        return len(new)

    def holding(self, ids: Collection[str]) -> set[str]:
        """Which of `ids` have a row; nobody has one in a file that isn't there."""
        if not ids or not self._path.exists():
            return set()
        with self._locked() as file:
            if not _mend(file):
                return set()
            with mmap.mmap(file, 0, access=mmap.ACCESS_READ) as data:
                return {id for id in ids if data.find(_row_of(id)) >= 0}

    def check(self) -> None:
        """Raises ConfigurationError where the file has other columns, OSError where it can't be opened."""
        if self._path.exists():
            with self._locked() as file:
                self._check_header(file)

    def close(self) -> None:
        """Gives the file back."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    @contextmanager
    def _locked(self) -> Iterator[int]:
        """The file that stands at the path now, for us alone."""
        while True:
            file = self._opened()
            fcntl.flock(file, fcntl.LOCK_EX)
            if _is_still_there(file, self._path):
                break
            self.close()  # it was moved away; closing unlocks it
        try:
            yield file
        finally:
            fcntl.flock(file, fcntl.LOCK_UN)

    def _opened(self) -> int:
        if self._file is None:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # It holds people's data: for the owner alone, like the state.
            flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
            self._file = os.open(self._path, flags, 0o600)
            _sync_folder(self._path.parent)
        return self._file

    def _check_header(self, file: int) -> None:
        head = os.pread(file, _HEAD, 0)
        found = read_line(head) if head else self._header
        if found != self._header:
            raise ConfigurationError(
                f"{self.name} has the columns {', '.join(found) or '?'}, not {', '.join(self._header)}",
                "move the file away, and a new one is started",
            )


def _row_of(id: str) -> bytes:
    return b"\n" + id.encode() + b","


def _append_whole(file: int, data: bytes, size: int) -> None:
    """All of `data` after the `size` bytes that there are, or nothing of it."""
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(file, view) :]
        os.fsync(file)
    except BaseException:
        with suppress(OSError):
            os.ftruncate(file, size)
        raise


def _mend(file: int) -> int:
    """The size of the file, after its last line was ended: what a power cut left of a row of ours is taken away."""
    size = os.fstat(file).st_size
    if not size or os.pread(file, 1, size - 1) == b"\n":
        return size
    start = max(size - _TAIL, 0)
    last = os.pread(file, size - start, start).rpartition(b"\n")[2]
    if _TORN.match(last):
        os.ftruncate(file, size - len(last))
    else:
        os.write(file, b"\r\n")
    return os.fstat(file).st_size


def _is_still_there(file: int, path: Path) -> bool:
    try:
        there = path.stat(follow_symlinks=False)
    except FileNotFoundError:
        return False
    return os.path.samestat(os.fstat(file), there)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
