"""JSON → grids: an object on each line (JSON Lines), an array of objects, or an object with one such array.

What stands deeper becomes a column of its own: `{"customer": {"city": "Delft"}}` is `customer.city`, and what is
below `properties` (or `fields`, `attributes`, `traits`) is named without that. A list of words is a list; a list of
objects stays JSON, which conditions can look into.
"""

import io
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from mactl.errors import UnreadableInput
from mactl.findings import Finding, Place, Severity
from mactl.people.sources.decoding import Text, find_odd_bytes
from mactl.people.sources.faults import LEFT_OUT, line_findings
from mactl.people.sources.grids import Grid
from mactl.people.sources.headers import read_header
from mactl.people.sources.json_columns import (
    WRAPPERS,
    JsonColumns,
    RowColumns,
    read_alike,
)
from mactl.people.sources.refusals import Refusal
from mactl.people.sources.sheets import LARGEST_CELL
from mactl.project import ContactSource

_SUFFIXES = (".json", ".jsonl", ".ndjson")
_DECODER = json.JSONDecoder()

Fault = tuple[int, str]
"""The line of a row that cannot be read, and why."""


@dataclass(frozen=True, slots=True)
class _Object:
    """An object and the line on which it begins."""

    line: int
    value: dict[str, Any]


def is_json(head: bytes, name: str) -> bool:
    """Whether a text is JSON, by how it begins or by its file's name."""
    start = head[:4096].lstrip()
    brackets = start.startswith(b"{") or (
        start.startswith(b"[") and start[1:].lstrip()[:1] in (b"{", b"]", b"")
    )
    return brackets or (name.lower().endswith(_SUFFIXES) and start[:1] in b"[{")


def read_json(text: Text, source: ContactSource, path: str) -> Grid:
    """The objects of a JSON text, and what is wrong with those that are left out.

    Raises UnreadableInput where it holds no objects at all, or objects with too many different keys.
    """
    read = read_alike(text.data)
    faults: list[Fault] = []
    if read is None:
        rows = RowColumns(path)
        for item in _items(text.data.to_pybytes()):
            if isinstance(item, _Object):
                rows.add(item.line, item.value)
            else:
                faults.append(item)
        read = rows.finish()
    if not read.names:
        raise UnreadableInput(
            f"{path}: no object in this JSON has anything in it",
            'write one on each line: {"email": "ann@example.com"}',
        )
    header, layout, findings = read_header(read.names, source, Place(path))
    lists = frozenset(
        field for field, is_list in zip(header.fields, read.lists, strict=True) if field and is_list
    )
    return Grid(
        path=path,
        source=source,
        header=header,
        header_line=0,
        columns={str(number): column for number, column in enumerate(read.columns)},
        lines=read.lines,
        odd=_odd_rows(text, read),
        has_loose_space=True,
        rejected=len(faults),
        refusals=_refusals(faults, text.data.to_pybytes()),
        findings=findings + _fault_findings(faults, path),
        layout=layout,
        # JSON has one way to write a number; one between quotes may be written in another.
        decimal=source.decimal or ".",
        lists=lists,
    )


def _odd_rows(text: Text, read: JsonColumns) -> "np.typing.NDArray[np.bool_]":
    """The rows that may hold control characters or oversized cells."""
    odd = find_odd_bytes(text.data)
    plain = not (len(odd.control) or len(odd.nul) or len(odd.undecodable))
    # An escape such as \\u0007 or a cell that is too long shows only once it is read.
    simple = plain and text.data.to_pybytes().find(b"\\u") < 0 and read.longest <= LARGEST_CELL
    return np.full(len(read.lines), not simple)


def _items(data: bytes) -> Iterator[_Object | Fault]:
    """The objects of a text, and what cannot be read between them, in order."""
    begin = _past(data, 0)
    if data[begin : begin + 1] == b"[":
        yield from _of_array(data.decode("utf-8", "replace"), begin + 1)
        return
    end = data.find(b"\n", begin) % (len(data) + 1)
    first = _load(data[begin:end])
    is_only = _past(data, end) == len(data)
    # Not all of a large file at once, where its first line is an object already.
    whole = first if first is not None or is_only else _load(data)
    inner = _wrapped(whole) if isinstance(whole, dict) and (is_only or first is None) else None
    if inner is not None:
        yield from inner
    elif first is None and isinstance(whole, dict):
        yield _Object(1, whole)
    else:
        yield from _of_lines(data)


_SOMETHING = re.compile(rb"[^ \t\r\n]")


def _past(data: bytes, position: int) -> int:
    """Where the next thing stands that is no blank, from `position` on."""
    found = _SOMETHING.search(data, position)
    return found.start() if found else len(data)


def _load(text: bytes) -> Any:
    """What a JSON text says; None where it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _wrapped(whole: dict[str, Any]) -> list[_Object] | None:
    """The objects of the one array of objects that `whole` has."""
    arrays = [
        value
        for value in whole.values()
        if isinstance(value, list) and value and all(isinstance(item, dict) for item in value)
    ]
    if len(arrays) != 1 or any(key in whole for key in ("email", "contact", *WRAPPERS)):
        return None
    return [_Object(0, item) for item in arrays[0]]


def _of_lines(data: bytes) -> Iterator[_Object | Fault]:
    for line, text in enumerate(io.BytesIO(data), 1):
        if not text.strip():
            continue
        try:
            value = json.loads(text)
        except RecursionError:
            yield line, "it is nested too deeply"
        except ValueError as error:
            yield line, f"it is no JSON: {_reason(error)}"
        else:
            yield _Object(line, value) if isinstance(value, dict) else (line, _NO_OBJECT)


_NO_OBJECT = 'it is no object such as {"email": "ann@example.com"}'


def _of_array(text: str, position: int) -> Iterator[_Object | Fault]:
    line = 1 + text.count("\n", 0, position)
    while True:
        position, line = _past_blanks(text, position, line)
        if position >= len(text):
            yield line, "the array is not closed: only half of the file may be there"
            return
        if text[position] == "]":
            return
        try:
            value, end = _DECODER.raw_decode(text, position)
        except RecursionError:
            yield line, "it is nested too deeply; what follows is not read"
            return
        except ValueError as error:
            yield line, f"it is no JSON, and what follows is not read: {_reason(error)}"
            return
        yield _Object(line, value) if isinstance(value, dict) else (line, _NO_OBJECT)
        line += text.count("\n", position, end)
        position, line = _past_blanks(text, end, line)
        if text[position : position + 1] == ",":
            position += 1
        elif text[position : position + 1] not in ("]", ""):
            yield line, "a comma is missing before it; what follows is not read"
            return


def _past_blanks(text: str, position: int, line: int) -> tuple[int, int]:
    while position < len(text) and text[position] in " \t\n\r":
        line += text[position] == "\n"
        position += 1
    return position, line


def _reason(error: ValueError) -> str:
    return str(getattr(error, "msg", error)).lower()


def _refusals(faults: Sequence[Fault], data: bytes) -> list[Refusal]:
    """The lines that no object could be read of, as they stand in the file."""
    if not faults:
        return []
    lines = data.split(b"\n")
    raw = [lines[line - 1][:LARGEST_CELL] if line <= len(lines) else b"" for line, _ in faults]
    return [
        Refusal(
            np.array([line for line, _ in faults], np.int64),
            lambda text: text,
            pa.array([reason for _, reason in faults], pa.string()),
            pa.array([text.decode("utf-8", "replace") for text in raw], pa.string()),
        )
    ]


def _fault_findings(faults: Sequence[Fault], path: str) -> list[Finding]:
    return line_findings(
        "source-bad-json",
        Severity.ERROR,
        path,
        [line for line, _ in faults],
        lambda number: faults[number][1],
        LEFT_OUT,
    )
