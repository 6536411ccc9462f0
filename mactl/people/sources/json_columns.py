"""Objects of JSON → columns of text: at once where they are all alike, else one by one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json

from mactl.errors import UnreadableInput
from mactl.people.cells import Numbers
from mactl.people.sources.sheets import as_text

WRAPPERS = ("properties", "fields", "attributes", "traits")
"""Keys at the top of an object whose own keys are columns by their own names."""
_DEEPEST = 4  # levels that become columns; what is below stays JSON
_MOST_NAMES = 2000
_BATCH = 20_000  # rows made columns together
_HEAD = 1 << 20


@dataclass(frozen=True, slots=True, eq=False)
class JsonColumns:
    """The `columns` (text) of objects by `names` (`customer.city`), which of them are `lists`, the line of each
    object, and how long the longest cell is, in bytes."""

    names: Sequence[str]
    columns: Sequence[pa.ChunkedArray]
    lists: Sequence[bool]
    lines: Numbers
    longest: int


def _name(route: Sequence[str]) -> str:
    return ".".join(route[1:] if len(route) > 1 and route[0] in WRAPPERS else route)


class RowColumns:
    """Columns that grow object by object."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._texts: dict[str, list[str | None]] = {}
        self._chunks: dict[str, list[pa.Array]] = {}
        self._lists: set[str] = set()
        self._lines: list[int] = []
        self._made = 0

    def add(self, line: int, value: dict[str, Any]) -> None:
        """One more row; UnreadableInput where there are more different keys than a table can have."""
        row = len(self._lines) - self._made
        self._lines.append(line)
        for route, cell in _leaves(value, ()):
            text = as_text(cell)
            if text is None:
                continue
            name = _name(route)
            column = self._texts.get(name)
            if column is None:
                column = self._column(name)
            if len(column) > row:
                continue  # the same name stands outside of `properties` as well
            column.extend([None] * (row - len(column)))
            if isinstance(cell, list) and not any(isinstance(i, (dict, list)) for i in cell):
                self._lists.add(name)
            column.append(text)
        if row + 1 >= _BATCH:
            self._flush()

    def _column(self, name: str) -> list[str | None]:
        if len(self._texts) >= _MOST_NAMES:
            raise UnreadableInput(
                f"{self._path}: its objects have more than {_MOST_NAMES:,} different keys",
                "keys that are names or ids of things belong in a list of objects",
            )
        self._chunks[name] = [pa.nulls(self._made, pa.string())]
        return self._texts.setdefault(name, [])

    def _flush(self) -> None:
        count = len(self._lines) - self._made
        for name, texts in self._texts.items():
            texts.extend([None] * (count - len(texts)))
            # Half a surrogate pair is no character, though JSON may spell one out.
            self._chunks[name].append(pa.array(map(_whole, texts), pa.string()))
            texts.clear()
        self._made = len(self._lines)

    def finish(self) -> JsonColumns:
        """All columns, in order of first appearance."""
        self._flush()
        names = list(self._chunks)
        columns = [pa.chunked_array(self._chunks[name]) for name in names]
        return JsonColumns(
            names,
            columns,
            [name in self._lists for name in names],
            np.array(self._lines, np.int64),
            max((_longest(column) for column in columns), default=0),
        )


def _leaves(value: dict[str, Any], route: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for key, inner in value.items():
        if isinstance(inner, dict) and len(route) < _DEEPEST - 1:
            yield from _leaves(inner, (*route, key))
        else:
            yield (*route, key), inner


def _whole(text: str | None) -> str | None:
    if text is None or text.isascii():
        return text
    return text.encode("utf-8", "replace").decode("utf-8")


def _longest(column: pa.ChunkedArray) -> int:
    return pc.max(pc.binary_length(column)).as_py() or 0


def read_alike(data: pa.Buffer) -> JsonColumns | None:
    """The columns of JSON Lines whose objects are all alike; None for any other text.

    Arrow reads them on all processors; what it would change or refuse (instants, numbers beyond a double's digits,
    lists of objects, a fault in a line) is left to `RowColumns`.
    """
    head = bytes(data[:_HEAD])
    if not head.lstrip().startswith(b"{") or data.size <= len(head):
        return None
    try:
        sample = _read(pa.py_buffer(head[: head.rfind(b"\n") + 1]), None)
        table = _read(data, _schema(sample.schema))
        lines = _lines(data)
        if table.num_rows != len(lines):
            return None
        flat = list(_flat(table))
        columns = dict(flat)
        texts = {name: _texts(column) for name, column in columns.items()}
        texts = {name: c for name, c in texts.items() if c.null_count < len(c)}
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, _Odd):
        return None
    if len(columns) < len(flat) or len(flat) > _MOST_NAMES:
        return None
    return JsonColumns(
        list(texts),
        list(texts.values()),
        [pa.types.is_list(columns[name].type) for name in texts],
        lines,
        max((_longest(column) for column in texts.values()), default=0),
    )


class _Odd(Exception):
    """A column that Arrow's reader would not give back as it is written."""


def _read(data: pa.Buffer, schema: pa.Schema | None) -> pa.Table:
    return pyarrow.json.read_json(
        pa.BufferReader(data),
        pyarrow.json.ReadOptions(block_size=4 << 20),
        pyarrow.json.ParseOptions(explicit_schema=schema),
    )


def _schema(schema: pa.Schema) -> pa.Schema:
    """The same with what looks like an instant as text."""
    return pa.schema([pa.field(field.name, _plain(field.type)) for field in schema])


def _plain(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_temporal(kind) or pa.types.is_null(kind):
        return pa.string()
    if pa.types.is_struct(kind):
        return pa.struct([pa.field(inner.name, _plain(inner.type)) for inner in kind])
    if pa.types.is_list(kind):
        return pa.list_(_plain(kind.value_type))
    return kind


def _flat(table: pa.Table) -> Iterator[tuple[str, pa.ChunkedArray]]:
    """Name and column of everything that is no object, or stands too deep."""
    waiting: list[tuple[tuple[str, ...], pa.ChunkedArray]]
    waiting = [((name,), table.column(name)) for name in table.column_names]
    while waiting:
        route, column = waiting.pop(0)
        if not pa.types.is_struct(column.type):
            yield _name(route), column
            continue
        if len(route) >= _DEEPEST:
            raise _Odd
        inner = [(*route, field.name) for field in column.type]
        parts = column.flatten()
        waiting = [*zip(inner, parts, strict=True), *waiting]


def _texts(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The cells of a column as JSON writes them, null where empty."""
    kind = column.type
    if pa.types.is_string(kind):
        return pc.if_else(pc.equal(column, ""), None, column)
    if pa.types.is_boolean(kind) or pa.types.is_integer(kind):
        return column.cast(pa.string())
    if pa.types.is_floating(kind):
        written = column.cast(pa.string())
        if pc.any(pc.match_substring_regex(written, "[^0-9.-]")).as_py():
            raise _Odd
        return pc.replace_substring_regex(written, r"\.0$", "")
    if pa.types.is_list(kind) and pa.types.is_string(kind.value_type):
        joined = pc.binary_join(column.combine_chunks(), ";")
        return pa.chunked_array([pc.if_else(pc.equal(joined, ""), None, joined)])
    raise _Odd


def _lines(data: pa.Buffer) -> Numbers:
    """The numbers of the lines that have anything in them."""
    text = np.frombuffer(data, np.uint8)
    ends = np.append(np.flatnonzero(text == 0x0A), len(text))
    starts = np.concatenate([[0], ends[:-1] + 1])
    filled = np.flatnonzero(ends > starts) + 1
    return filled.astype(np.int64)
