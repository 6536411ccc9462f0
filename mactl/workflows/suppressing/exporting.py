"""The suppression list → a file that `import` reads back, and that a spreadsheet opens without working anything out."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pandas as pd

from mactl.clock import from_epoch
from mactl.delivery.channels.cells import csv_line
from mactl.store.covering import kind_of
from mactl.workflows.rows import plain_rows
from mactl.workflows.suppressing.rows import escaped

COLUMNS = ("address", "kind", "topic", "reason", "source", "at")
HASHED = ("sha256", "topic")


def told_entries(entries: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Each entry in `COLUMNS`: topic is None for all mail, `at` epoch seconds."""
    for row in plain_rows(entries):
        yield {
            "address": row["address_key"],
            "kind": str(kind_of(row["address_key"])),
            "topic": row["topic"] or None,
            "reason": row["reason"],
            "source": row["source"],
            "at": row["at"],
        }


def export_csv(entries: pd.DataFrame) -> Iterator[bytes]:
    """The lines of a CSV file with `COLUMNS`, in UTF-8, instants in UTC.

    What begins like a formula has an apostrophe before it, `@example.com` too; whatever began with one before what
    looks like a formula has another, so that `import` finds out.
    """
    rows = (
        {**row, "at": f"{from_epoch(row['at']):%Y-%m-%dT%H:%M:%SZ}"}
        for row in told_entries(entries)
    )
    return _lines(COLUMNS, rows)


def export_hashes(entries: pd.DataFrame) -> Iterator[bytes]:
    """The lines of a CSV file with `HASHED`."""
    return _lines(HASHED, plain_rows(entries))


def _lines(columns: tuple[str, ...], rows: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    yield csv_line(columns)
    for row in rows:
        yield csv_line(escaped(row[name] or "") for name in columns)
