"""Small files that mactl keeps, each written whole or not at all. Nothing heavy is imported here."""

import os
from collections.abc import Iterable
from pathlib import Path

FOLDER = Path(".mactl")
"""What mactl keeps of a project, within the project's folder."""
CACHE = FOLDER / "cache"
"""What only saves time: it may be thrown away."""
EVENTS = FOLDER / "events"
"""Events that were imported by command: nothing else holds them, so that they are never thrown away."""
WRITTEN = FOLDER / "written"
"""Which files were written where somebody said, a path on a line: what holds people must be found again."""
_DEVICES = Path("/dev")


def write_whole(path: Path, data: bytes | Iterable[bytes], mode: int = 0o666) -> None:
    """Write `data` in place of what is at `path`, whoever reads or writes it meanwhile; `mode` is the file's, less the
    umask. What is no file, a pipe or a device, stays what it is and is written to; a link is replaced, not followed.

    Raises OSError, which names `path`, where it can't be written: what was there is there still, and nothing else.
    """
    if path.parent == _DEVICES or (path.exists() and not path.is_file() and not path.is_dir()):
        with path.open("wb") as file:
            file.writelines([data] if isinstance(data, bytes) else data)
        return
    # A name that nobody else chooses, and hidden: a folder is read by its patterns while somebody writes there.
    draft = path.with_name(f".{path.name}.{os.urandom(6).hex()}.new")
    try:
        opened = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        try:
            with os.fdopen(opened, "wb") as file:
                file.writelines([data] if isinstance(data, bytes) else data)
            draft.replace(path)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
    except OSError as failed:
        raise OSError(failed.errno, failed.strerror, str(path)) from failed


def make_own_folder(folder: Path) -> None:
    """Make `folder`, and those above it that are missing, for the owner alone; what is there stays as it is.

    Raises OSError where it can't be made.
    """
    if not folder.parent.exists():  # `parents=True` would make them for everybody to look into
        make_own_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)


def keep_whole(path: Path, data: bytes) -> None:
    """As `write_whole`, in a folder for the owner alone, which is made where it is missing."""
    make_own_folder(path.parent)
    write_whole(path, data)


def note_written(folder: Path, path: Path) -> None:
    """Remember that a file with people in it was written to `path` for the project in `folder`; where that can't be,
    nothing is said."""
    whole, home = path.resolve(), folder.resolve()
    told = str(whole.relative_to(home) if whole.is_relative_to(home) else whole)
    if not path.is_file() or not told.isprintable():
        return
    try:
        make_own_folder(folder / FOLDER)
        known = _lines_of_written(folder)
        if told not in known:
            lines = "".join(f"{line}\n" for line in [*known, told])
            write_whole(folder / WRITTEN, lines.encode(), 0o600)
    except OSError:
        return


def forget_written(folder: Path) -> None:
    """Remember no more of what was written than is still there: a file is called as the person in it, as often as not.

    Raises OSError where that can't be.
    """
    left = "".join(f"{line}\n" for line in _lines_of_written(folder)).encode()
    path = folder / WRITTEN
    if path.is_file() and path.read_bytes() != left:
        write_whole(path, left, 0o600)


def written_out(folder: Path) -> list[Path]:
    """The files that were remembered and are still there."""
    return [folder / line for line in _lines_of_written(folder)]


def _lines_of_written(folder: Path) -> list[str]:
    try:
        lines = (folder / WRITTEN).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    return [line for line in lines if line and (folder / line).is_file()]
