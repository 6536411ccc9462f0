"""What the columns that mactl.yaml declares for a topic say of everybody, as entries of the ledger."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mactl.columns import CONTACT, FieldType
from mactl.consent.entry import Origin, Said
from mactl.consent.ledger import entries_by_columns
from mactl.project import ConsentColumns

_TRUTH = {True: ["true", "yes", "1"], False: ["false", "no", "0"]}
_DECLARED = "declared in mactl.yaml"
Midnights = Callable[[pa.ChunkedArray], pa.ChunkedArray]
"""The instants at which days begin."""


@dataclass(frozen=True, eq=False)
class Columns:
    """The contacts, with what each column holds."""

    contacts: pa.Table
    fields: Mapping[str, FieldType]
    midnights: Midnights

    def is_(self, name: str | None, truth: bool) -> pa.ChunkedArray:
        """Whether a cell says yes (or, for `truth` False, no) as rules read it."""
        if name is None or name not in self.fields:
            return pa.chunked_array([pa.repeat(pa.scalar(False), self.contacts.num_rows)])
        column = self.contacts.column(name)
        if self.fields[name] is FieldType.BOOLEAN:
            return pc.equal(column.cast(pa.bool_()), truth).fill_null(False)
        if self.fields[name] is FieldType.NUMBER:
            return pc.equal(column, float(truth)).fill_null(False)
        texts = pc.utf8_lower(column.cast(pa.string()))
        return pc.is_in(texts, value_set=pa.array(_TRUTH[truth]))

    def take(self, rows: pa.Array, names: Iterable[str | None]) -> "Columns":
        """Those in these rows, with only the columns called so."""
        wanted = [name for name in self.contacts.column_names if name in (CONTACT, *names)]
        return Columns(self.contacts.select(wanted).take(rows), self.fields, self.midnights)

    def text(self, name: str | None) -> pa.ChunkedArray:
        """Cells as text; nothing where there is no such column."""
        if name is None or name not in self.fields:
            return pa.chunked_array([pa.nulls(self.contacts.num_rows, pa.string())])
        return self.contacts.column(name).cast(pa.string())

    def instant(self, name: str | None) -> pa.ChunkedArray:
        """Cells as instants, a day as its first; nothing of what is neither."""
        type_ = self.fields.get(name or "")
        if name is None or type_ not in (FieldType.DATE, FieldType.INSTANT):
            return pa.chunked_array([pa.nulls(self.contacts.num_rows, pa.int64())])
        column = self.contacts.column(name)
        return column if type_ is FieldType.INSTANT else self.midnights(column)


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """The wordings that cells name: cell → the hash of its words, and the file that has them, if any."""

    hashes: Mapping[str, str]
    files: Mapping[str, str]

    def now(self) -> dict[str, str]:
        """File → the hash of the words that it has now."""
        return {name: self.hashes[name] for name in self.files}


def entries_of_columns(
    topic: str,
    declared: ConsentColumns,
    columns: Columns,
    words: Words,
    ledger: pa.Table,
    now: int,
) -> pa.Table:
    """What the columns say that the ledger was not told yet: a row for each contact whose word is another than the
    newest that columns had of them. `row` is its place among the contacts; the rest are columns of entries.

    A withdrawal has no instant in a column: it counts from `now`, in epoch seconds, when it was first seen. That
    a cell says no is one only of those whose cell said yes before.
    """
    before = _Before(ledger, topic, columns)
    refused = pc.and_(columns.is_(declared.state, False), before.is_(Said.GRANTED))
    withdrawn = pc.or_(columns.is_(declared.withdrawn, True), refused)
    given = pc.and_not(columns.is_(declared.state, True), withdrawn)
    waits = pc.and_(given, False)
    if declared.confirmed is not None:
        waits = pc.and_(given, columns.text(declared.confirmed).is_null())
    told = pc.or_(
        pc.and_(withdrawn, before.is_(Said.WITHDRAWN)),
        pc.and_(
            pc.or_(
                pc.and_(waits, before.is_(Said.PENDING)),
                pc.and_(pc.and_not(given, waits), before.is_(Said.GRANTED)),
            ),
            before.has(declared, columns, words),
        ),
    )
    new = pc.and_not(pc.or_(withdrawn, given), told).combine_chunks()
    rows = pa.array(np.flatnonzero(new.to_numpy(zero_copy_only=False)), pa.int64())
    chosen = columns.take(rows, (declared.at, declared.source, declared.wording))
    return pa.table(
        {
            "row": rows,
            "contact": chosen.contacts.column(CONTACT).cast(pa.string()),
            "topic": pa.repeat(pa.scalar(topic), len(rows)),
            "origin": pa.repeat(pa.scalar(str(Origin.COLUMNS)), len(rows)),
            **_said(
                topic, declared, chosen, words, now, _Masks(withdrawn, refused, waits).take(rows)
            ),
        }
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Masks:
    """What cells come to: whether they withdrew, whether that is a no after a yes, whether it is not confirmed."""

    withdrawn: pa.ChunkedArray
    refused: pa.ChunkedArray
    waits: pa.ChunkedArray

    def take(self, rows: pa.Array) -> "_Masks":
        return _Masks(self.withdrawn.take(rows), self.refused.take(rows), self.waits.take(rows))


def _said(
    topic: str, declared: ConsentColumns, columns: Columns, words: Words, now: int, are: _Masks
) -> dict[str, pa.ChunkedArray]:
    """The columns of entries that say what the cells of these contacts do."""

    def unless_withdrawn(given: pa.ChunkedArray | str | None) -> pa.ChunkedArray:
        value = given if isinstance(given, pa.ChunkedArray) else pa.scalar(given, pa.string())
        return pc.if_else(are.withdrawn, _NO_TEXT, value)

    cells = columns.text(declared.wording)
    wording = unless_withdrawn(_looked_up(cells, words.hashes))
    no = f"column {declared.state} says no"
    why = pc.if_else(are.refused, no, f"column {declared.withdrawn} says so")
    given = pc.if_else(are.waits, str(Said.PENDING), str(Said.GRANTED))
    return {
        "state": pc.if_else(are.withdrawn, str(Said.WITHDRAWN), given),
        "at": pc.if_else(are.withdrawn, now, columns.instant(declared.at)),
        "source": pc.if_else(are.withdrawn, why, columns.text(declared.source)),
        "wording": wording,
        "file": unless_withdrawn(_looked_up(cells, words.files)),
        "free": unless_withdrawn(_DECLARED if declared.free else None),
        "specific": unless_withdrawn(f"asked for {topic} in a column of its own"),
        "informed": pc.if_else(wording.is_valid(), "its words are on record", _NO_TEXT),
        "unambiguous": unless_withdrawn(_DECLARED if declared.unambiguous else None),
        "channels": unless_withdrawn(";".join(declared.channel)),
    }


class _Before:
    """What the columns said of each contact when the ledger was last told."""

    def __init__(self, ledger: pa.Table, topic: str, columns: Columns) -> None:
        entries = entries_by_columns(ledger, topic)
        newest_first = pa.array(np.arange(entries.num_rows)[::-1])
        self._entries = entries.take(newest_first) if entries.num_rows else entries
        holders = self._entries.column("contact").combine_chunks()
        contacts = columns.contacts.column(CONTACT).cast(pa.string())
        self._places = pc.index_in(contacts, value_set=holders)  # the first, so the newest

    def _column(self, name: str) -> pa.ChunkedArray:
        return self._entries.column(name).combine_chunks().take(self._places)

    def is_(self, state: Said) -> pa.ChunkedArray:
        """Whether it was this state."""
        found = pc.equal(self._entries.column("state"), str(state)).combine_chunks()
        return found.take(self._places).fill_null(False)

    def has(self, declared: ConsentColumns, columns: Columns, words: Words) -> pa.ChunkedArray:
        """Whether all that proves it was as it is now."""
        # A word that changed within a file is not what these people agreed to: of a file only the name counts.
        named = {**words.hashes, **words.files}
        known = pc.coalesce(self._entries.column("file"), self._entries.column("wording"))
        cells = columns.text(declared.wording)
        found = _alike(_numbered(known, named).take(self._places), _codes(cells, named))
        for one in (
            _alike(self._column("at"), columns.instant(declared.at)),
            _alike(self._column("source"), columns.text(declared.source)),
            pc.equal(self._column("channels"), ";".join(declared.channel)),
            pc.equal(self._column("free"), declared.free),
            pc.equal(self._column("unambiguous"), declared.unambiguous),
        ):
            found = pc.and_(found, one.fill_null(False))
        return found


_NO_TEXT = pa.scalar(None, pa.string())
_STRANGE = -1
"""The number of words that no cell has now."""


def _codes(cells: pa.ChunkedArray, named: Mapping[str, str]) -> pa.ChunkedArray:
    """A number for each cell, the same for those that mean the same words."""
    names = pa.array(list(named.values()), pa.string())
    numbers = pc.index_in(
        names, value_set=pa.array(list(dict.fromkeys(named.values())), pa.string())
    )
    places = pc.index_in(cells, value_set=pa.array(list(named), pa.string()))
    return pa.chunked_array([numbers.take(chunk) for chunk in places.chunks], pa.int32())


def _numbered(known: pa.ChunkedArray, named: Mapping[str, str]) -> pa.Array:
    """The number that `_codes` gives these words."""
    names = pa.array(list(dict.fromkeys(named.values())), pa.string())
    found = pc.index_in(known, value_set=names).combine_chunks()
    strange = pa.scalar(_STRANGE, pa.int32())
    return pc.if_else(known.is_null().combine_chunks(), None, found.fill_null(strange))


def _alike(one: pa.ChunkedArray | pa.Array, other: pa.ChunkedArray) -> pa.ChunkedArray:
    """Whether two cells are the same, empty ones too."""
    both_empty = pc.and_(one.is_null(), other.is_null())
    return pc.or_(pc.equal(one, other).fill_null(False), both_empty)


def _looked_up(cells: pa.ChunkedArray, found: Mapping[str, str]) -> pa.ChunkedArray:
    places = pc.index_in(cells, value_set=pa.array(list(found), pa.string()))
    values = pa.array(list(found.values()), pa.string())
    return pa.chunked_array([values.take(chunk) for chunk in places.chunks], pa.string())
