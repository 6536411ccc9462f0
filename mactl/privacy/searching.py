"""Files searched to the bottom: as they are, and what is packed in them (gzip, zip, zstd, Parquet, Arrow, SQLite)."""

import bz2
import gzip
import io
import lzma
import sqlite3
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

import pyarrow as pa
import pyarrow.compute as pc

from mactl.privacy.needles import Needles

_PART = 8 * 1024 * 1024  # bytes looked at in one go
_DEEPEST = 4  # packed in packed in …
_LARGEST = 8 * 1024**3  # bytes that one packed thing may come to
_ROWS = 20_000
_JOINT = b"\0\n"  # between two values: part of neither


@dataclass
class Searched:
    """What a search came to: `found` names the places where something is left, `unread` what could not be looked at."""

    files: int = 0
    size: int = 0
    """Bytes of the files, as they are on the disk."""
    found: dict[str, None] = field(default_factory=dict)
    unread: dict[str, None] = field(default_factory=dict)


class Search:
    """A search for `needles`; `result` grows."""

    def __init__(self, needles: Needles) -> None:
        self._needles = needles
        self.result = Searched()

    def files(self, paths: Iterable[Path], shown: Any = str) -> None:
        """Look into files; `shown` says how a path is told."""
        for path in paths:
            name = shown(path)
            try:
                self.result.size += path.stat().st_size
                with path.open("rb") as file:
                    self._stream(file, name)
                    self._opened(file, name, path)
            except FileNotFoundError:
                continue  # it was there a moment ago
            except (OSError, *_BROKEN) as error:
                self.result.unread[f"{name}: {error}"] = None
            self.result.files += 1

    def rows(self, rows: Iterable[Mapping[str, Any]], place: str) -> None:
        """Look into rows of a database; a column is told beside `place`."""
        held: dict[str, list[bytes]] = {}
        sizes: dict[str, int] = {}
        for row in rows:
            for column, value in row.items():
                if isinstance(value, str):
                    data = value.encode("utf-8", "surrogatepass")
                elif isinstance(value, (bytes, memoryview)):
                    self._data(bytes(value), f"{place}, column {column}", 1)
                    continue
                elif value is None or isinstance(value, float):
                    continue
                else:
                    data = str(value).encode()
                held.setdefault(column, []).append(data)
                sizes[column] = sizes.get(column, 0) + len(data)
                if sizes[column] > _PART:
                    self._look(_JOINT.join(held.pop(column)), f"{place}, column {column}")
                    sizes[column] = 0
        for column, values in held.items():
            self._look(_JOINT.join(values), f"{place}, column {column}")

    def _look(self, data: bytes, place: str) -> None:
        if place not in self.result.found and self._needles.are_in(data):
            self.result.found[place] = None

    def _data(self, data: bytes, place: str, depth: int) -> None:
        self._look(data, place)
        self._opened(io.BytesIO(data), place, None, depth)

    def _stream(self, file: IO[bytes], place: str) -> None:
        kept, total = b"", 0
        while part := file.read(_PART):
            total += len(part)
            if total > _LARGEST and not hasattr(file, "fileno"):
                self.result.unread[f"{place}: larger than {_LARGEST >> 30} GiB when unpacked"] = (
                    None
                )
                return
            self._look(kept + part, place)
            kept = (kept + part)[-self._needles.reach :]

    def _opened(self, file: IO[bytes], place: str, path: Path | None, depth: int = 0) -> None:
        """Look into what is packed in `file`, which is read from its beginning."""
        file.seek(0)
        head = file.read(16)
        file.seek(0)
        if depth > _DEEPEST:
            self.result.unread[f"{place}: packed too deep"] = None
        elif head.startswith(b"\x1f\x8b"):
            self._unpacked(gzip.GzipFile(fileobj=file), place, depth)
        elif head.startswith(b"BZh"):
            self._unpacked(bz2.BZ2File(file), place, depth)
        elif head.startswith(b"\xfd7zXZ\0"):
            self._unpacked(lzma.LZMAFile(file), place, depth)  # noqa: SIM115
        elif head.startswith(b"\x28\xb5\x2f\xfd"):
            packed = pa.CompressedInputStream(pa.PythonFile(file, "r"), "zstd")
            self._unpacked(packed, place, depth)
        elif head.startswith(b"PK\x03\x04"):
            self._members(file, place, depth)
        elif head.startswith(b"PAR1"):
            self._table(_parquet(file), place)
        elif head.startswith(b"ARROW1"):
            self._batches(pa.ipc.open_file(pa.PythonFile(file, "r")), place)
        elif head.startswith(b"\xff\xff\xff\xff") and depth:
            self._stream_of_batches(file, place)
        elif head.startswith(b"SQLite format 3\0") and path is not None:
            self._database(path, place)

    def _unpacked(self, file: Any, place: str, depth: int) -> None:
        with file:
            head = file.read(16)
            rest = io.BufferedReader(_Joined(head, file))
            if _is_packed(head):
                self._data(rest.read(_LARGEST), place, depth + 1)
            else:
                self._stream(rest, place)

    def _members(self, file: IO[bytes], place: str, depth: int) -> None:
        with zipfile.ZipFile(file) as archive:
            for member in archive.infolist():
                self._look(member.filename.encode(), f"{place} ({member.filename})")
                with archive.open(member) as packed:
                    data = packed.read(_LARGEST)
                self._data(data, f"{place} ({member.filename})", depth + 1)

    def _stream_of_batches(self, file: IO[bytes], place: str) -> None:
        try:
            reader = pa.ipc.open_stream(pa.PythonFile(file, "r"))
        except pa.ArrowInvalid:
            return  # other bytes begin like that too
        self._table(reader.read_all(), place)

    def _batches(self, reader: Any, place: str) -> None:
        for number in range(reader.num_record_batches):
            self._table(pa.Table.from_batches([reader.get_batch(number)]), place)

    def _table(self, table: pa.Table, place: str) -> None:
        for key, value in (table.schema.metadata or {}).items():
            self._look(key + _JOINT + value, place)
        for name in table.column_names:
            where = f"{place}, column {name}"
            for chunk in table.column(name).chunks:
                for texts in _texts(chunk):
                    self._values(texts, where)

    def _values(self, texts: pa.Array, place: str) -> None:
        binary = texts.cast(pa.large_binary()).drop_null()
        for start in range(0, len(binary), _ROWS):
            values = binary.slice(start, _ROWS).to_pylist()
            self._look(_JOINT.join(values), place)

    def _database(self, path: Path, place: str) -> None:
        driver = sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=ro", uri=True)
        try:
            driver.row_factory = sqlite3.Row
            driver.text_factory = bytes
            names = driver.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            for (name,) in names:
                table = name.decode()
                rows = driver.execute(f'SELECT * FROM "{table}"')
                self.rows(_as_texts(rows), f"{place}: table {table}")
        finally:
            driver.close()


_BROKEN = (
    EOFError, zipfile.BadZipFile, lzma.LZMAError, sqlite3.Error, pa.ArrowException, RuntimeError, NotImplementedError,
)  # fmt: skip
_PACKED = (
    b"\x1f\x8b",
    b"BZh",
    b"\xfd7zXZ\0",
    b"\x28\xb5\x2f\xfd",
    b"PK\x03\x04",
    b"PAR1",
    b"ARROW1",
)


def _is_packed(head: bytes) -> bool:
    return head.startswith(_PACKED)


def _as_texts(rows: Iterable[sqlite3.Row]) -> Iterator[dict[str, Any]]:
    """Rows whose texts came as bytes, which need be no UTF-8: as text where they are short, as every text is."""
    for row in rows:
        yield {
            name: value.decode("utf-8", "surrogateescape")
            if isinstance(value, bytes)
            and not _is_packed(value)
            and not value.startswith(b"\xff\xff")
            else value
            for name, value in zip(row.keys(), row, strict=True)
        }


def _parquet(file: IO[bytes]) -> pa.Table:
    """The table, with the dictionaries as they stand in the file: a word may be there that no row has any more."""
    import pyarrow.parquet as pq

    schema = pq.read_schema(file)
    file.seek(0)
    words = [one.name for one in schema if _is_text(one.type) or pa.types.is_dictionary(one.type)]
    return pq.read_table(file, read_dictionary=words)


def _is_text(type_: pa.DataType) -> bool:
    return any(
        is_one(type_)
        for is_one in (
            pa.types.is_string, pa.types.is_large_string, pa.types.is_binary, pa.types.is_large_binary,
            pa.types.is_fixed_size_binary,
        )
    )  # fmt: skip


def _texts(array: pa.Array) -> Iterator[pa.Array]:
    """All text in an array, also what no row has."""
    if pa.types.is_dictionary(array.type):
        yield from _texts(array.dictionary)
    elif pa.types.is_list(array.type) or pa.types.is_large_list(array.type):
        yield from _texts(array.values)
    elif pa.types.is_struct(array.type):
        for number in range(array.type.num_fields):
            yield from _texts(array.field(number))
    elif pa.types.is_fixed_size_binary(array.type):
        yield array.cast(pa.binary(array.type.byte_width)).cast(pa.binary())
    elif _is_text(array.type):
        yield array
    elif pa.types.is_integer(array.type):
        yield pc.cast(array, pa.string())


class _Joined(io.RawIOBase):
    """What was read of a stream already, and then the rest of it."""

    def __init__(self, head: bytes, rest: Any) -> None:
        self._head, self._rest = head, rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data, self._head = (self._head, b"") if self._head else (self._rest.read(len(buffer)), b"")
        taken = data[: len(buffer)]
        self._head = data[len(buffer) :]
        buffer[: len(taken)] = taken
        return len(taken)
