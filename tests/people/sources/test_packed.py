"""Packed files, standard input and pipes."""

import gzip
import io
import os
import sys
import threading
from pathlib import Path

import pyarrow as pa
import pytest

from mactl.errors import UnreadableInput
from mactl.people.sources.files import STDIN, find_files, stamps_of
from mactl.people.sources.packed import gunzip
from mactl.people.sources.reading import read_sheet
from mactl.project import ContactSource
from tests.people.conftest import Write, rows_of, told


def test_a_gzip_bomb_is_refused_before_it_goes_off() -> None:
    bomb = pa.py_buffer(gzip.compress(b"\0" * 10_000_000))

    with pytest.raises(UnreadableInput, match=r"bomb\.gz: unpacked it is larger than"):
        gunzip(bomb, "bomb.gz", most=1_000_000)


def test_zeros_behind_a_gzip_file_are_no_fault_of_it() -> None:
    packed = gzip.compress(b"one") + gzip.compress(b"two") + b"\0" * 700

    assert gunzip(pa.py_buffer(packed), "a.gz").to_pybytes() == b"onetwo"


def test_standard_input_is_read_whatever_comes_in(
    monkeypatch: pytest.MonkeyPatch, write: Write
) -> None:
    given = io.TextIOWrapper(io.BytesIO(gzip.compress(b"email\na@example.com\nb\n\nc,d\n")))
    monkeypatch.setattr(sys, "stdin", given)

    sheet, findings = read_sheet(STDIN, ContactSource(file="-"))

    assert [row["email"] for row in rows_of(sheet)] == ["a@example.com", "b"]
    assert told(findings) == ["stdin:5: source-cell-count"]
    assert find_files(Path(), "-") == [STDIN]
    assert stamps_of(Path(), ["-"]) is None


def test_a_pipe_is_read_like_a_file(write: Write, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(b"email\na@example.com\n",))
    writer.start()

    sheet, _ = read_sheet(Path("pipe"), ContactSource(file="pipe"))

    writer.join()
    assert rows_of(sheet) == [{"email": "a@example.com"}]
