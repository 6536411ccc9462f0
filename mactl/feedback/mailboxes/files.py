"""Mails in files: one by one, in an mbox (RFC 4155), in a Maildir, in a folder of any of these."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import BinaryIO

from mactl.errors import UnreadableInput
from mactl.feedback.mail import LARGEST
from mactl.feedback.mailboxes.mailbox import Letter

_FROM = b"From "
_INSTEAD = "name a file, a folder, a Maildir, or imaps://user:password@host/FOLDER"
_MAILDIR = ("cur", "new")  # what lies in tmp is not there yet: https://cr.yp.to/proto/maildir.html


class Files:
    """The mails in a file, or below a folder."""

    def __init__(self, path: Path) -> None:
        try:
            mode = path.stat().st_mode
            self._files = sorted(_files_below(path)) if S_ISDIR(mode) else [path]
        except OSError as error:
            raise UnreadableInput(f"{path}: {error.strerror}", _INSTEAD) from error
        if not (S_ISDIR(mode) or S_ISREG(mode)):
            raise UnreadableInput(f"{path}: neither a file nor a folder", _INSTEAD)

    @property
    def count(self) -> int | None:
        """The number of files; an mbox has more mails than that."""
        return len(self._files)

    def letters(self) -> Iterator[Letter]:
        """Every mail, by the names of the files."""
        for file in self._files:
            yield from _letters_in(file)

    def put_away(self, letters: Sequence[Letter]) -> None:
        """Files stay where they are."""

    def close(self) -> None:
        """Nothing is held."""


def _files_below(folder: Path) -> Iterator[Path]:
    """The files in `folder` and below it, but hidden ones, and what a Maildir keeps beside its mails."""
    if all((folder / part).is_dir() for part in _MAILDIR):
        for part in _MAILDIR:
            yield from _plain_files(folder / part)
        return
    for entry in sorted(folder.iterdir()):
        if entry.name.startswith("."):
            continue
        if entry.is_dir() and not entry.is_symlink():
            yield from _files_below(entry)
        elif entry.is_file():
            yield entry


def _plain_files(folder: Path) -> Iterator[Path]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_file() and not entry.name.startswith("."):
                yield Path(entry.path)


def _letters_in(file: Path) -> Iterator[Letter]:
    try:
        with file.open("rb") as opened:
            beginning = opened.read(len(_FROM))
            opened.seek(0)
            if beginning != _FROM:
                yield Letter(str(file), opened.read(LARGEST))
                return
            for number, data in enumerate(_split(opened), 1):
                yield Letter(f"{file}#{number}", data)
    except FileNotFoundError:
        return  # another reader of the Maildir has moved it since
    except OSError as error:
        yield Letter(str(file), b"", error.strerror or str(error))


def _split(opened: BinaryIO) -> Iterator[bytes]:
    """The beginnings of the mails in an mbox, each of which a line with From and an empty one before it begin."""
    lines: list[bytes] = []
    size, is_after_blank, is_whole = 0, True, True
    while line := opened.readline(LARGEST):
        if is_after_blank and is_whole and line.startswith(_FROM):
            if size:
                yield b"".join(lines)
            lines, size, is_after_blank = [], 0, False
            continue
        is_after_blank = is_whole and line in (b"\n", b"\r\n")
        is_whole = line.endswith(b"\n")
        if size < LARGEST:
            # A line of the mail that looks like the beginning of one has an angle before it.
            lines.append(line[1:] if line.startswith(b">From ") else line)
        size += len(line)
    if size:
        yield b"".join(lines)
