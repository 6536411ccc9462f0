"""Sheets: the rows of one source as text, before anything is made of them."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from math import isfinite
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mactl.findings import Place
from mactl.people.cells import Cells, Numbers
from mactl.people.sources.headers import field_name
from mactl.people.sources.notation import Notation
from mactl.people.sources.refusals import Refusal

LARGEST_CELL = 64 * 1024  # bytes


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """One source's rows: `columns` (text, trimmed, null where empty) by field, in the file's order.

    `lines` has the physical line of each row, 0 where there is no file. `odd` are the rows that may hold
    control characters or oversized cells; `rejected` counts the rows that were too faulty to read.
    `names` maps the names of events; `lists` are the fields known to be lists. `refusals` say of the rejected rows
    why. `decimal` is None where the mark of its numbers shows only in its cells; with `serials` a bare number may be
    a day of Excel's. `layout` names the program whose export it is; `notations` how the cells of those columns are
    written in which that was looked at.
    """

    path: str | None
    columns: dict[str, Cells]
    lines: Numbers
    odd: Numbers
    rejected: int = 0
    decimal: str | None = "."
    headers: Mapping[str, str] | None = None
    names: Mapping[str, str] | None = None
    lists: frozenset[str] = frozenset()
    refusals: Sequence[Refusal] = ()
    serials: bool = False
    layout: str | None = None
    notations: Mapping[str, Notation] = field(default_factory=dict)

    def notation(self, field: str) -> Notation:
        """How the cells of a column are written."""
        known = self.notations.get(field)
        return known or Notation(decimal=self.decimal or ".", serials=self.serials)

    def __len__(self) -> int:
        return len(self.lines)

    def place(self, row: int | None = None) -> Place | None:
        """Where a row stands, or the whole source."""
        if self.path is None:
            return None
        return Place(self.path, 0 if row is None else int(self.lines[row]))

    def called(self, field: str) -> str:
        """A column as its file calls it: `column 'E-mail' (email)`."""
        written = (self.headers or {}).get(field, field)
        plain = written == field or field.startswith("_")  # our own names mean nothing to people
        return f"column {written!r}" if plain else f"column {written!r} ({field})"


def sheet_of_rows(rows: Sequence[Mapping[str, Any]]) -> Sheet:
    """Rows that are in memory already; their values may be text, numbers, booleans, dates or lists."""
    columns: dict[str, list[str | None]] = {}
    lists = set()
    for number, row in enumerate(rows):
        for key, value in row.items():
            name = field_name(key)
            if name not in columns:
                columns[name] = [None] * len(rows)
            columns[name][number] = as_text(value)
            if isinstance(value, list) and not any(isinstance(item, dict) for item in value):
                lists.add(name)
    count = len(rows)
    return Sheet(
        path=None,
        columns={
            name: Cells(pa.array(texts, pa.string())) for name, texts in columns.items() if name
        },
        lines=np.zeros(count, np.int64),
        odd=np.arange(count),
        lists=frozenset(lists),
    )


def as_text(value: Any) -> str | None:
    """A value as a CSV file would hold it: `true`, `1500`, `2026-12-01`, `a;b`; None where it is empty."""
    if value is None or (isinstance(value, float) and not isfinite(value)):
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        whole = value.is_integer()
        return str(int(value)) if whole else format(Decimal(repr(value)), "f")
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, list) and not any(isinstance(item, (dict, list)) for item in value):
        return ";".join(_words(value)) or None
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False)
    return str(value).strip() or None


def _words(values: Iterable[Any]) -> Iterable[str]:
    return (text for text in map(as_text, values) if text)


def trimmed(cells: Cells) -> Cells:
    """Text without white space around it; null where nothing is left."""
    plain = pc.all(pc.string_is_ascii(cells.values)).as_py() is not False
    trim = pc.ascii_trim_whitespace if plain else pc.utf8_trim_whitespace
    values = trim(cells.values)
    blank = pc.equal(pc.binary_length(values), 0)
    if pc.any(blank).as_py():
        values = pc.if_else(blank, None, values)
    return cells.replaced(values)
