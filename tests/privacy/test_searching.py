"""What is packed is opened before it is searched."""

import bz2
import gzip
import io
import json
import lzma
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mactl.privacy.needles import Needles
from mactl.privacy.searching import Search

ANN, BOB = "ann.vries@example.com", "bob.vries@example.com"


def zipped(data: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/b.txt", data)
    return buffer.getvalue()


def zstd(data: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as packed:
        packed.write(data)
    return bytes(sink.getvalue().to_pybytes())


def stream(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with pa.ipc.new_stream(sink, table.schema, options=options) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue().to_pybytes())


def parquet(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd", write_statistics=False)
    return bytes(sink.getvalue().to_pybytes())


def people(who: str) -> pa.Table:
    names = pa.array(["zed@example.com", who, "zed@example.com"] * 50)
    return pa.table({"n": list(range(150)), "who": names.dictionary_encode(), "l": [[who]] * 150})


PACKED: dict[str, Callable[[str], bytes]] = {
    "gzip": lambda who: gzip.compress(f"x {who}".encode()),
    "bzip2": lambda who: bz2.compress(f"x {who}".encode()),
    "xz": lambda who: lzma.compress(f"x {who}".encode()),
    "zip": lambda who: zipped(f"x {who}".encode()),
    "zstd": lambda who: zstd(f"x {who}".encode() * 50),
    "gzip in zip": lambda who: zipped(gzip.compress(f"x {who}".encode())),
    "zip in gzip": lambda who: gzip.compress(zipped(f"x {who}".encode())),
    "parquet": lambda who: parquet(people(who)),
    "a word of a dictionary that no row has": lambda who: parquet(
        people(who).slice(0, 1).drop(["l"])
    ),
}


def search(path: Path) -> Search:
    found = Search(Needles([ANN]))
    found.files([path])
    assert not found.result.unread
    return found


@pytest.mark.parametrize("way", PACKED)
def test_what_is_packed_is_opened(way: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(PACKED[way](ANN))
    assert search(path).result.found
    path.write_bytes(PACKED[way](BOB))
    assert not search(path).result.found


@pytest.mark.parametrize("way", ["text", "blob", "stream"])
def test_a_database_is_searched_value_by_value(way: str, tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    long = "x" * 3000  # runs over pages, so that the file has no one place with the whole of it
    values = {
        "text": f"{long}{ANN}{long}",
        "blob": gzip.compress(ANN.encode()),
        "stream": stream(people(ANN)),
    }
    with sqlite3.connect(path) as driver:
        driver.execute("CREATE TABLE kept (name TEXT, data BLOB)")
        driver.execute("INSERT INTO kept VALUES ('a', ?)", [values[way]])
    driver.close()
    found = search(path).result.found
    assert any("table kept, column data" in place for place in found)


def test_what_was_deleted_is_found_until_its_page_is_rewritten(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    driver = sqlite3.connect(path, isolation_level=None)
    driver.execute("CREATE TABLE kept (name TEXT)")
    driver.execute("PRAGMA secure_delete = OFF")
    driver.execute("INSERT INTO kept VALUES (?)", [ANN])
    driver.execute("DELETE FROM kept")
    assert search(path).result.found
    driver.execute("VACUUM")
    assert not search(path).result.found
    driver.close()


def test_an_address_on_the_border_of_two_parts_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mactl.privacy.searching._PART", 64)
    path = tmp_path / "file.json"
    for before in range(0, 70, 3):
        path.write_text(json.dumps({"a": "é" * before + ANN + "b" * 200}))
        assert search(path).result.found


def test_what_cannot_be_read_is_said_and_never_taken_for_clean(tmp_path: Path) -> None:
    path = tmp_path / "broken.gz"
    path.write_bytes(gzip.compress(b"x" * 10_000)[:-20])
    found = Search(Needles([ANN]))
    found.files([path, tmp_path / "gone"])
    assert list(found.result.unread) and "broken.gz" in next(iter(found.result.unread))
    assert found.result.files == 1
