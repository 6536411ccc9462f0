"""What the columns that mactl.yaml declares for a topic say of everybody, as entries of the ledger."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from mactl.columns import CONTACT, FieldType
from mactl.consent.entry import Origin, Said
from mactl.consent.ledger import newest_of_columns
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
    newest = newest_of_columns(ledger, topic)
    contacts = columns.contacts.column(CONTACT).cast(pa.string())
    places = pc.index_in(contacts, value_set=newest.column("contact").combine_chunks())

    def before(name: str) -> pa.ChunkedArray:
        return newest.column(name).take(places)

    gave = pc.equal(before("state"), str(Said.GRANTED)).fill_null(False)
    refused = pc.and_(columns.is_(declared.state, False), gave)
    withdrawn = pc.or_(columns.is_(declared.withdrawn, True), refused)
    given = pc.and_not(columns.is_(declared.state, True), withdrawn)
    lacks = columns.text(declared.confirmed).is_null()
    waits = pc.and_(given, lacks) if declared.confirmed else pc.and_(given, False)
    state = pc.if_else(
        withdrawn, str(Said.WITHDRAWN), pc.if_else(waits, str(Said.PENDING), str(Said.GRANTED))
    )
    cells = columns.text(declared.wording)
    withdrawn_by = pc.if_else(
        refused, f"column {declared.state} says no", f"column {declared.withdrawn} says so"
    )
    said = {
        "at": pc.if_else(withdrawn, now, columns.instant(declared.at)),
        "source": pc.if_else(withdrawn, withdrawn_by, columns.text(declared.source)),
        "wording": pc.if_else(withdrawn, _NO_TEXT, _looked_up(cells, words.hashes)),
        "file": pc.if_else(withdrawn, _NO_TEXT, _looked_up(cells, words.files)),
    }
    channels = ";".join(declared.channel)
    same = pc.equal(before("state"), state).fill_null(False)
    unchanged = [
        _alike(before("at"), said["at"]),
        _alike(before("source"), said["source"]),
        # Words that changed within a file are not what these people agreed to.
        _alike(
            pc.coalesce(before("file"), before("wording")),
            pc.coalesce(said["file"], said["wording"]),
        ),
        pc.equal(before("channels"), channels).fill_null(False),
        pc.equal(before("free"), declared.free).fill_null(False),
        pc.equal(before("unambiguous"), declared.unambiguous).fill_null(False),
    ]
    still = pc.and_(same, withdrawn)
    for one in unchanged:
        same = pc.and_(same, one)
    new = pc.and_not(pc.or_(withdrawn, given), pc.or_(same, still))
    count = columns.contacts.num_rows
    proof = {
        "free": _DECLARED if declared.free else None,
        "specific": f"asked for {topic} in a column of its own",
        "unambiguous": _DECLARED if declared.unambiguous else None,
    }
    shown = said["wording"].is_valid()
    table = pa.table(
        {
            "row": pa.array(range(count), pa.int64()),
            "contact": contacts,
            "state": state,
            "withdrawn": withdrawn,
            **said,
            "informed": pc.if_else(shown, "its words are on record", _NO_TEXT),
        }
    ).filter(new)
    out = table.column("withdrawn")
    rows = table.num_rows
    filled = {
        **{name: pc.if_else(out, _NO_TEXT, pa.scalar(text, pa.string())) for name, text in proof.items()},
        "channels": pc.if_else(out, _NO_TEXT, channels),
        "topic": pa.repeat(pa.scalar(topic), rows),
        "origin": pa.repeat(pa.scalar(str(Origin.COLUMNS)), rows),
    }  # fmt: skip
    for name, column in filled.items():
        table = table.append_column(name, column)
    return table.drop_columns(["withdrawn"])


_NO_TEXT = pa.scalar(None, pa.string())


def _alike(one: pa.ChunkedArray, other: pa.ChunkedArray) -> pa.ChunkedArray:
    """Whether two cells are the same, empty ones too."""
    both_empty = pc.and_(one.is_null(), other.is_null())
    return pc.or_(pc.equal(one, other).fill_null(False), both_empty)


def _looked_up(cells: pa.ChunkedArray, found: Mapping[str, str]) -> pa.ChunkedArray:
    places = pc.index_in(cells, value_set=pa.array(list(found), pa.string()))
    values = pa.array(list(found.values()), pa.string())
    return pa.chunked_array([values.take(chunk) for chunk in places.chunks], pa.string())
