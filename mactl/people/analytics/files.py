"""Files of analytics, packed with gzip or not: their beginning, their lines, their tables. Nothing is held that has no
bounds but its own."""

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mactl.errors import UnreadableInput
from mactl.findings import Finding
from mactl.people.sources.csv_text import parse_csv
from mactl.people.sources.decoding import Text, decode
from mactl.people.sources.grids import sheet_of
from mactl.people.sources.sheets import Sheet
from mactl.project import ContactSource

HEAD = 1 << 16  # bytes by which a file is recognised
_BLOCK = 1 << 24  # bytes of lines read at a time
_LONGEST_LINE = 1 << 20  # bytes; what is longer is cut off
_LARGEST = 1 << 31  # bytes of a table or a document that is read whole
_GZIP = b"\x1f\x8b"


def head_of(path: Path) -> str:
    """The beginning of a file as text. Raises UnreadableInput where it can't be read, or is empty."""
    with _reading(path) as file:
        head = file.read(HEAD)
    text = bytes(decode(pa.py_buffer(head)).data).decode("utf-8", "replace")
    if not text.strip():
        raise UnreadableInput(f"{path}: the file is empty")
    return text


def lines_of(path: Path) -> Iterator[pa.Array]:
    """The lines of a file as text, block by block; bytes that are no UTF-8 are marked as such."""
    with _reading(path) as file:
        rest = b""
        while block := file.read(_BLOCK):
            whole, newline, tail = (rest + block).rpartition(b"\n")
            if newline:
                yield _lines(whole)
            rest = tail[:_LONGEST_LINE]
        if rest:
            yield _lines(rest)


def _lines(data: bytes) -> pa.Array:
    try:
        return _cut(data)
    except pa.ArrowInvalid:
        return _cut(data.decode("utf-8", "replace").encode())


def _cut(data: bytes) -> pa.Array:
    """The lines in UTF-8 text; ArrowInvalid where it is none."""
    ends = np.flatnonzero(np.frombuffer(data, np.uint8) == ord("\n"))
    starts = np.concatenate([[0], ends + 1]).astype(np.int32)
    # Each cell ends where the next begins: with its line feed, which is trimmed with what else stands at the edge.
    offsets = np.append(starts, len(data)).astype(np.int32)
    cells = pa.BinaryArray.from_buffers(
        pa.binary(), len(starts), [None, pa.py_buffer(offsets), pa.py_buffer(data)]
    )
    return pc.ascii_rtrim(cells.cast(pa.string()), "\r\n")


def text_of(path: Path) -> Text:
    """A whole file as text. Raises UnreadableInput where it is too large for that."""
    with _reading(path) as file:
        data = file.read(_LARGEST + 1)
    if len(data) > _LARGEST:
        raise UnreadableInput(
            f"{path}: it holds more than 2 GiB", "export it in parts, such as by day"
        )
    return decode(pa.py_buffer(data))


def table_of(path: Path, skipped: int = 0) -> tuple[Sheet, list[Finding]]:
    """A whole file as the rows of a table whose header stands after `skipped` lines.

    Raises UnreadableInput where it is none.
    """
    text = text_of(path)
    start = 0
    for _ in range(skipped):
        start = bytes(text.data[start : start + HEAD]).find(b"\n") + start + 1
    # Lines count from the beginning of the file, so what stands before the header stays, as blank lines.
    blank = pa.py_buffer(b"\n" * skipped + bytes(text.data[start:]))
    parsed = parse_csv(Text(blank, text.encoding), ContactSource(file=str(path)), str(path))
    return sheet_of(parsed)


def _reading(path: Path) -> BinaryIO:
    """The file, unpacked where it is packed with gzip."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise UnreadableInput(f"{path}: {error.strerror}") from error
    is_packed = file.read(2) == _GZIP
    file.seek(0)
    return cast(BinaryIO, _Unpacking(file, path) if is_packed else file)


class _Unpacking(gzip.GzipFile):
    """A packed file that says what is wrong with it as any other does."""

    def __init__(self, file: BinaryIO, path: Path) -> None:
        super().__init__(fileobj=file, mode="rb")
        self._packed, self._path = file, path

    def read(self, size: int | None = -1) -> bytes:
        try:
            return super().read(size)
        except (OSError, EOFError) as error:
            raise UnreadableInput(f"{self._path}: gzip can't unpack it: {error}") from error

    def close(self) -> None:
        super().close()
        self._packed.close()
