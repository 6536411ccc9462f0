"""The bytes of a source, unpacked where they are compressed."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa

from mactl.errors import UnreadableInput
from mactl.people.sources.files import STDIN
from mactl.people.sources.packed import GZIP, MOST, ZIP, gunzip, is_workbook, parts_of, unzip_one

_PIECE = 1 << 20


@dataclass(frozen=True, slots=True, eq=False)
class Content:
    """What a source holds: its bytes, and the name that tells what they are, without that of its packing."""

    name: str
    data: pa.Buffer
    is_workbook: bool = False


def read_content(path: Path, shown: str) -> Content:
    """The content of a file, or of standard input.

    Raises UnreadableInput where it cannot be read or unpacked.
    """
    return unpack(path.name, _read(path, shown), shown)


def unpack(name: str, data: pa.Buffer, shown: str) -> Content:
    """What `data` holds, where it is a gzip file or a zip file of one file; raises as `read_content` does."""
    if data[: len(GZIP)].to_pybytes() == GZIP:
        data = gunzip(data, shown)
        name = name.removesuffix(".gz")
    if data[: len(ZIP)].to_pybytes() != ZIP:
        return Content(name, data)
    parts = parts_of(data, shown)
    if is_workbook(parts):
        return Content(name, data, is_workbook=True)
    name, data = unzip_one(data, parts, shown)
    if data[: len(ZIP)].to_pybytes() == ZIP:
        parts = parts_of(data, shown)
        if not is_workbook(parts):
            raise UnreadableInput(f"{shown}: this is a zip archive within another", "unpack it")
        return Content(name, data, is_workbook=True)
    return Content(name, data)


def _read(path: Path, shown: str) -> pa.Buffer:
    if path == STDIN:
        return _read_stream(sys.stdin.buffer, shown)
    if path.is_dir():
        raise UnreadableInput(f"{shown}: this is a folder, not a file", f"write {shown}/*.csv")
    try:
        if path.exists() and not path.is_file():  # a pipe, such as <(zcat contacts.csv.gz)
            with path.open("rb") as pipe:
                return _read_stream(pipe, shown)
        with pa.OSFile(str(path)) as file:
            return file.read_buffer()
    except FileNotFoundError:
        raise UnreadableInput(f"{shown}: there is no such file") from None
    except (OSError, UnicodeEncodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UnreadableInput(f"{shown}: {reason}") from error


def _read_stream(stream: BinaryIO, shown: str) -> pa.Buffer:
    sink = pa.BufferOutputStream()
    size = 0
    while piece := stream.read(_PIECE):
        size += len(piece)
        if size > MOST:
            raise UnreadableInput(f"{shown}: more than {MOST >> 30} GiB came in", "split it")
        sink.write(piece)
    return sink.getvalue()
