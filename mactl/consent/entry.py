"""An entry of the consent ledger: somebody said yes or no to a topic, and what proves it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from hashlib import sha256
from typing import Any

ALL_TOPICS = ""
"""The topic of a withdrawal that covers all marketing."""
PROOFS = ("free", "specific", "informed", "unambiguous")
"""What a consent must be (GDPR Article 4(11)), in the order in which it is told."""
LONGEST = 1_000
"""Letters of a text in an entry; the wording, which may be longer, is kept beside the ledger."""


class Said(StrEnum):
    """The state that an entry puts a consent in."""

    GRANTED = "granted"
    WITHDRAWN = "withdrawn"
    PENDING = "pending"
    """They were asked, and have not confirmed it yet."""
    CORRECTED = "corrected"
    """An earlier entry was a mistake: what was entered stays, and counts no more."""
    ERASED = "erased"
    """Not about anybody: so many entries lost their content at this place of the ledger."""


class Origin(StrEnum):
    """Where mactl has an entry from."""

    COLUMNS = "columns"
    """The columns that mactl.yaml declares."""
    EVENT = "event"
    LIST = "list"
    """The suppression list."""
    COMMAND = "command"
    ECHO = "echo"
    """What somebody said who shares an address with them, or had it before them."""
    TOKEN = "token"
    """The address that a message asked to confirm it with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What one entry says; instants in epoch seconds, None for what is not known."""

    contact: str
    topic: str
    state: str
    at: int | None = None
    """When they said it."""
    source: str | None = None
    """The form or conversation it was said in."""
    place: str | None = None
    """Where mactl read it: a file and its line, a send."""
    wording: str | None = None
    """The SHA-256 of the words they were shown."""
    file: str | None = None
    """The file with these words, relative to mactl.yaml."""
    free: str | None = None
    """What proves that it was no condition for something else; None where nothing does. The other three likewise."""
    specific: str | None = None
    informed: str | None = None
    unambiguous: str | None = None
    channels: str | None = None
    """The channels it covers: `email;sms`; None for all, which only a withdrawal has."""
    corrects: int | None = None
    """The number of the entry that was a mistake."""
    origin: str = Origin.COMMAND
    recorded_at: int = 0
    recorded_by: str = ""
    """The command."""


CONTENT = tuple(field.name for field in fields(Entry))
"""The columns that are an entry's content, in the order in which it is committed to."""


def wording_hash(text: str) -> str:
    """The SHA-256 that a wording is known by: of its lines, however they end, and without what stands around it."""
    return sha256("\n".join(text.strip().splitlines()).encode(errors="replace")).hexdigest()


def contents_of(rows: Sequence[Sequence[Any]]) -> list[bytes]:
    """The bytes that entries are committed to as; each row is the entry's number and its values of `CONTENT`.

    A JSON array in ASCII, with `,` and a line feed between two values. The number is in it so that the same words, said
    twice, have two commitments.
    """
    # One call for thousands of rows; no text of JSON has a line feed in it, so they are parted safely.
    whole = _ENCODE(rows)[2:-2]
    return [f"[{row}]".encode() for row in whole.split("],\n[")] if rows else []


# What a hand put there that is no plain value is not what was committed to, and no reason to stop.
_ENCODE = json.JSONEncoder(separators=(",\n", ":"), default=repr).encode
