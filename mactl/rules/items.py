"""Properties that list things, kept as JSON: `{lines: {any: {category: coffee}}}`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from mactl.columns import FieldType
from mactl.facts.typed import as_type, inferred_type, plain
from mactl.recipe.operators import ValueTest
from mactl.rules.comparisons import every
from mactl.rules.embedded import Pandas
from mactl.rules.moments import Present
from mactl.rules.source import Source
from mactl.rules.tables import Memory, Table
from mactl.rules.values import passes


@dataclass(frozen=True, slots=True, eq=False)
class Items:
    """The things in a column, each once for each distinct text that lists them.

    `types` tells what their properties hold: numbers, text, ISO 8601 dates, true or false, lists of words, as is
    found of all of them.
    """

    texts: pa.Array
    """The distinct texts of the column."""
    listed: npt.NDArray[np.int64]
    """Which of the texts lists it, for each thing."""
    things: pa.Table
    """A row for each thing, a column for each property."""
    types: Mapping[str, FieldType]


def read_items(column: pa.ChunkedArray) -> Items:
    """The things that the texts of `column` list: JSON objects, or lists of them; a single one is a list of one."""
    texts = pc.unique(column).drop_null()
    found = [(place, item) for place, text in enumerate(texts.to_pylist()) for item in _read(text)]
    cells: dict[str, list[Any]] = {}
    for number, (_, item) in enumerate(found):
        for name, value in item.items():
            cells.setdefault(name, [None] * len(found))[number] = plain(value)
    types = {name: inferred_type(values) for name, values in cells.items()}
    columns = {name: as_type(values, types[name]) for name, values in cells.items()}
    listed = np.array([place for place, _ in found], np.int64)
    return Items(texts, listed, pa.table(columns), types)


def _read(text: str) -> list[dict[str, Any]]:
    if not text.startswith(("[", "{")):
        return []
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return []
    return [i for i in (found if isinstance(found, list) else [found]) if isinstance(i, dict)]


def with_item(
    column: pa.ChunkedArray, items: Items, tests: Mapping[str, ValueTest], present: Present
) -> pa.ChunkedArray:
    """Whether each text lists a thing that passes every one of `tests`; false for an empty cell.

    A thing has no contact: an operand that is a field of theirs is empty.
    """
    things = Source(Table(items.things, items.types, Memory()), present, "i")
    nobody = Source(Table(pa.table({}), {}, Memory()), present, "n")
    fits = every(passes(things.cell(name), test, nobody) for name, test in tests.items())
    listing = np.zeros(len(items.texts), np.bool_)
    if len(items.listed):
        # Texts of a column are few beside its rows, and so one engine does for all of them.
        with Pandas().session() as session:
            frame = session.frame(pa.table({"listed": pa.array(items.listed), **things.columns()}))
            rows = session.collect(frame.select("listed", fits=fits))
        listing[rows.column("listed").filter(rows.column("fits")).to_numpy()] = True
    good = items.texts.filter(pa.array(listing))
    return pc.is_in(column, value_set=good)
