"""Long files of plain text, read as they are made cells of: their text is never held as a whole."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa

from mactl.people.sources.decoding import HEAD, Reader, decode, is_utf8, with_plain_newlines

_LONG = 1 << 22  # bytes; a shorter file is as well read at once
_MARK = b"\xef\xbb\xbf"


class NotPlain(Exception):
    """A file that begins as UTF-8 does and is not, further down."""


@dataclass(frozen=True, slots=True)
class Stream:
    """A file in UTF-8 that is `size` bytes long and begins with `head`; reading it may raise NotPlain, or OSError."""

    path: Path
    size: int
    head: bytes
    encoding: str = "utf-8"

    @contextmanager
    def opened(self) -> Iterator[Reader]:
        """What reads it from its beginning; each line is whole."""
        with self.path.open("rb") as file:
            if file.read(len(_MARK)) != _MARK:
                file.seek(0)
            lines = _Lines(file)
            yield lines.read


class _Lines:
    """The lines of a file that is open."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._begun = b""

    def read(self, least: int) -> tuple[pa.Buffer, bool]:
        """The next lines, of about so many bytes, and whether they are the last."""
        data = self._file.read(max(1, least - len(self._begun)))
        is_all = not data
        block = self._begun + data if self._begun else data
        end = len(block) if is_all else block.rfind(b"\n") + 1
        self._begun = block[end:]
        lines = pa.py_buffer(block).slice(0, end)
        if not is_utf8(lines):
            raise NotPlain
        return with_plain_newlines(lines), is_all


def stream_of(path: Path, declared: str | None = None) -> Stream | None:
    """A long file of text in UTF-8, as its beginning has it; None for any other, and for what cannot be read.

    `declared` is the encoding that mactl.yaml names.
    """
    try:
        size = path.stat().st_size
        if size < _LONG or not path.is_file():
            return None
        with path.open("rb") as file:
            head = file.read(HEAD)
    except (OSError, ValueError):
        return None
    lines = head[: head.rfind(b"\n") + 1]
    if not lines or b"\0" in lines or decode(pa.py_buffer(lines), declared).encoding != "utf-8":
        return None
    return Stream(path, size, lines.removeprefix(_MARK))
