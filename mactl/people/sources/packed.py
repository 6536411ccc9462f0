"""Compressed files → what is in them, bounded: a small file must not become an endless one."""

import io
import zipfile
import zlib
from collections.abc import Iterator

import pyarrow as pa

from mactl.errors import UnreadableInput

GZIP = b"\x1f\x8b"
ZIP = b"PK\x03\x04"
MOST = 4 << 30
"""Bytes that a packed file may hold: more than a run can take as one file."""
_PIECE = 1 << 20
_JUNK = ("__MACOSX/", ".DS_Store", "Thumbs.db")
# What a workbook or a document of an office program has among its parts.
_WORKBOOK_PARTS = ("xl/workbook.xml", "xl/workbook.bin")
_OPEN_DOCUMENT = "content.xml"


def gunzip(data: pa.Buffer, shown: str, most: int = MOST) -> pa.Buffer:
    """What a gzip file (RFC 1952), of one member or several, holds.

    Raises UnreadableInput where it is damaged, ends too early, or holds more than `most` bytes.
    """
    packed = memoryview(data)
    sink = pa.BufferOutputStream()
    size = 0
    try:
        for piece in _members(packed):
            size += len(piece)
            if size > most:
                raise _too_large(shown, most)
            sink.write(piece)
    except zlib.error:
        raise UnreadableInput(
            f"{shown}: the gzip file is damaged", "copy or download it again"
        ) from None
    except EOFError:
        raise UnreadableInput(
            f"{shown}: the gzip file ends too early", "copy or download it again"
        ) from None
    return sink.getvalue()


def _members(packed: memoryview) -> Iterator[bytes]:
    """The pieces of what is in each member; zlib.error or EOFError where one is not whole."""
    position = 0
    while position < len(packed):
        unpacker = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
        rest = b""
        while not unpacker.eof:
            if not rest:
                rest = bytes(packed[position : position + _PIECE])
                position += len(rest)
                if not rest:
                    raise EOFError
            yield unpacker.decompress(rest, _PIECE)
            rest = unpacker.unconsumed_tail
        position -= len(unpacker.unused_data)
        # Tapes and some programs fill up with zeros, which are no member.
        while position < len(packed) and not any(packed[position : position + _PIECE]):
            position += _PIECE


def parts_of(data: pa.Buffer, shown: str) -> list[zipfile.ZipInfo]:
    """What a zip file lists; UnreadableInput where it is damaged."""
    try:
        with zipfile.ZipFile(pa.BufferReader(data)) as archive:
            return archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise UnreadableInput(
            f"{shown}: the zip archive or Excel workbook is damaged, or only half of it is there",
            "copy or download it again",
        ) from None


def is_workbook(parts: list[zipfile.ZipInfo]) -> bool:
    """Whether a zip file is a workbook: XLSX, XLSB or ODS."""
    names = {part.filename for part in parts}
    return any(name in names for name in _WORKBOOK_PARTS) or {"mimetype", _OPEN_DOCUMENT} <= names


def unzip_one(data: pa.Buffer, parts: list[zipfile.ZipInfo], shown: str) -> tuple[str, pa.Buffer]:
    """The name and the content of the one file that a zip file holds.

    Raises UnreadableInput where it holds none or several, or one that is encrypted, damaged or too large.
    """
    files = [p for p in parts if not p.is_dir() and not any(word in p.filename for word in _JUNK)]
    if len(files) != 1:
        some = ", ".join(repr(part.filename) for part in files[:3])
        more = ", …" if len(files) > 3 else ""
        raise UnreadableInput(
            f"{shown}: this is a zip archive of {len(files)} files ({some}{more})"
            if files
            else f"{shown}: this is an empty zip archive",
            "unpack it, and name the file that is meant",
        )
    part = files[0]
    if part.flag_bits & 1:
        raise UnreadableInput(f"{shown}: the zip archive asks for a password", "unpack it")
    if part.file_size > MOST:
        raise _too_large(shown, MOST)
    sink = pa.BufferOutputStream()
    try:
        # What it says of its size is all that is taken from it: more of it is a fault.
        with zipfile.ZipFile(pa.BufferReader(data)) as archive, archive.open(part) as file:
            while piece := file.read(_PIECE):
                sink.write(piece)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, io.UnsupportedOperation):
        raise UnreadableInput(
            f"{shown}: the zip archive or Excel workbook is damaged, or only half of it is there",
            "copy or download it again",
        ) from None
    return part.filename, sink.getvalue()


def _too_large(shown: str, most: int) -> UnreadableInput:
    return UnreadableInput(
        f"{shown}: unpacked it is larger than {most >> 30} GiB, which is more than one run can take",
        "split it, or leave out old rows",
    )
