"""Entries to test with: a consent with all four proofs, and what a test changes of it."""

from dataclasses import asdict
from typing import Any

import pyarrow as pa

from mactl.consent.entry import PROOFS, Entry
from mactl.consent.ledger import SCHEMA

NOW = 1_800_000_000
DAY = 86_400


def granted(contact: str = "ann", at: int | None = NOW - DAY, **other: Any) -> Entry:
    """A consent to offers that a form proves."""
    proofs = {"free": "a box of its own", "specific": "offers alone", "unambiguous": "not ticked"}
    said = {
        "topic": "offers", "state": "granted", "at": at, "source": "form", "informed": "the words",
        "wording": "ab" * 32, "channels": "email", "recorded_at": NOW, "recorded_by": "a test", **proofs,
    }  # fmt: skip
    return Entry(contact=contact, **{**said, **other})


def withdrawn(contact: str = "ann", at: int = NOW - DAY, **other: Any) -> Entry:
    """A withdrawal of offers."""
    said = {"topic": "offers", "state": "withdrawn", "recorded_at": NOW, "recorded_by": "a test"}
    return Entry(contact=contact, at=at, **{**said, **other})


def pending(contact: str = "ann", at: int = NOW - DAY, **other: Any) -> Entry:
    """A request for consent to offers."""
    return withdrawn(contact, at, **{"state": "pending", **other})


def as_table(*entries: Entry) -> pa.Table:
    """Entries as `read_ledger` gives them, numbered from 1."""
    rows = []
    for number, entry in enumerate(entries, 1):
        said = asdict(entry)
        proofs = {name: said[name] is not None for name in PROOFS}
        known = entry.at is not None and entry.source is not None
        rows.append(
            {**said, **proofs, "number": number, "complete": known and all(proofs.values())}
        )
    return pa.Table.from_pylist(rows, schema=SCHEMA)
