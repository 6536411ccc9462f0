"""Typed columns by name: of a table, or of some of its rows."""

import weakref
from collections.abc import Callable, Collection, Hashable, Mapping
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from mactl.columns import CONTACT, FieldType
from mactl.people.cells import in_one
from mactl.rules import prepared

Rows = npt.NDArray[np.int64]
"""Numbers of rows of a table, ascending."""
Made = TypeVar("Made")
_WORDS = pa.dictionary(pa.int32(), pa.string())


class Memory:
    """What was made of tables, for as long as they live: evaluations in one session share it."""

    def __init__(self) -> None:
        self._tables: dict[int, tuple[weakref.ref[pa.Table], dict[Hashable, Any]]] = {}
        self._count = 0

    def next_number(self) -> int:
        """A number that it has not given yet: what a table may be told by that others outlive."""
        self._count += 1
        return self._count

    def once(self, table: pa.Table, key: Hashable, make: Callable[[], Made]) -> Made:
        """What `make` makes of `table`, made once for each `key`."""
        number = id(table)
        if number not in self._tables:
            # Tables can't be hashed; when one dies its number may come to be another's.
            gone = weakref.ref(table, lambda _: self._tables.pop(number, None))
            self._tables[number] = (gone, {})
        made = self._tables[number][1]
        if key not in made:
            made[key] = make()
        found: Made = made[key]
        return found


class Table:
    """Columns of a table in their declared types: of all its rows, or of `rows`.

    What is made of whole columns stays in `memory`.
    """

    def __init__(
        self,
        table: pa.Table,
        types: Mapping[str, FieldType],
        memory: Memory,
        rows: Rows | None = None,
    ) -> None:
        self._table = table
        self._types = types
        self._rows = rows
        self._mask: pa.Array | None = None
        self.memory = memory

    @property
    def count(self) -> int:
        """How many rows it has."""
        return self._table.num_rows if self._rows is None else len(self._rows)

    @property
    def whole(self) -> "Table":
        """All rows of the same table."""
        return self if self._rows is None else Table(self._table, self._types, self.memory)

    def resolve(self, name: str, recipe: str) -> Hashable:
        """The column that `name` means in `recipe`."""
        return name

    def type(self, column: Hashable) -> FieldType | None:
        """What a resolved column holds; None where the table lacks it."""
        known = column in self._types and column in self._table.column_names
        return self._types[str(column)] if known else None

    def values(self, column: Hashable) -> pa.ChunkedArray:
        """The cells of a resolved column that is there, in its declared type."""
        type_ = self._types[str(column)]
        return self.once(
            ("values", column), lambda: prepared.clean(self.own(str(column)), type_.arrow)
        )

    def words(self, column: Hashable) -> pa.ChunkedArray:
        """As `values`, but text of few words that stands in a dictionary stays in it."""
        stored = self._table.schema.field(str(column)) if column in self._types else None
        if stored is None or stored.type != _WORDS or self._types[stored.name].arrow != pa.string():
            return self.values(column)
        return self.own(stored.name)

    def own(self, column: str) -> pa.ChunkedArray:
        """A column as it stands."""
        found = self._table.column(column)
        if self._rows is None:
            return found
        if self._mask is None:
            chosen = np.zeros(self._table.num_rows, np.bool_)
            chosen[self._rows] = True
            self._mask = pa.array(chosen)
        # Of long columns a few rows are filtered faster than they are taken.
        return found.filter(self._mask)

    def once(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What `make` makes of columns, remembered where it is of whole ones."""
        return make() if self._rows is not None else self.memory.once(self._table, key, make)

    def of_all(self, key: Hashable, make: Callable[["Table"], Made]) -> Made:
        """What `make` makes of the whole table, whatever rows this has."""
        return self.memory.once(self._table, ("of all", key), lambda: make(self.whole))


def rows_of(contacts: pa.Table, chosen: Collection[str]) -> Rows:
    """The rows of the table of contacts that are of one of those `chosen`."""
    wanted = pa.array(list(chosen), pa.string())
    column = prepared.clean(contacts.column(CONTACT), pa.string())
    found: Rows = np.flatnonzero(pc.is_in(column, value_set=wanted).to_numpy())
    return found


def rows_that_happened(events: pa.Table, contacts: pa.Table, rows: Rows, memory: Memory) -> Rows:
    """The rows of `events` that happened to the contacts in `rows` of their table."""
    theirs = places_of_events(events, contacts, memory)
    chosen = np.zeros(contacts.num_rows + 1, np.bool_)
    chosen[rows] = True
    found: Rows = np.flatnonzero(chosen[theirs])
    return found


def places_of_events(events: pa.Table, contacts: pa.Table, memory: Memory) -> npt.NDArray[np.int32]:
    """For each event the row of its contact; one past the last for a stranger's.

    They are looked up once: ids are long, and comparing numbers takes a tenth of the time and the room.
    """
    number = memory.once(contacts, "number", memory.next_number)
    return memory.once(events, ("places", number), lambda: _places(events, contacts))


def _places(events: pa.Table, contacts: pa.Table) -> npt.NDArray[np.int32]:
    column = events.column(CONTACT)
    known = prepared.clean(contacts.column(CONTACT), pa.string())
    if pa.types.is_dictionary(column.type):
        found = [_places_of_words(chunk, known) for chunk in column.chunks]
    else:
        found = pc.index_in(column, value_set=known).chunks
    numbers = [
        places.fill_null(contacts.num_rows) if places.null_count else places for places in found
    ]
    rows: npt.NDArray[np.int32] = in_one(pa.chunked_array(numbers, pa.int32())).to_numpy()
    return rows


def _places_of_words(chunk: pa.DictionaryArray, known: pa.ChunkedArray) -> pa.Array:
    ids = chunk.dictionary.cast(pa.string())
    # Events that were read for these very contacts have their ids: nothing to look up.
    if known.num_chunks == 1 and _is_same(ids, known.chunk(0)):
        return chunk.indices
    return pc.index_in(ids, value_set=known).take(chunk.indices)


def _is_same(one: pa.Array, other: pa.Array) -> bool:
    """Whether two columns lie in the same place: told without a look at what they hold."""
    places = [
        (len(array), array.offset, [buffer and buffer.address for buffer in array.buffers()])
        for array in (one, other)
    ]
    return places[0] == places[1]
