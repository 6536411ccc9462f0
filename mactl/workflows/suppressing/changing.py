"""Adding to the suppression list, and taking from it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mactl.clock import to_epoch
from mactl.errors import UsageError
from mactl.project import Project
from mactl.store.covering import EntryKind, kind_of
from mactl.store.state import State
from mactl.store.suppressions import (
    ALL_MAIL,
    Suppression,
    add_suppressions,
    find_suppressions,
    remove_suppression,
    suppress_hash,
)
from mactl.workflows.opening import need_file, open_state
from mactl.workflows.suppressing.entries import read_entries

COMMAND = "command"
"""The source of what was added by hand."""


@dataclass(frozen=True, slots=True)
class Remaining:
    """What still forbids mail to an address: for `topic` ("" for all mail), and why, which names the entry."""

    address: str
    topic: str
    reason: str


@dataclass(frozen=True, slots=True)
class Lifted:
    """How many suppressions there were, and what is left of those that were asked about."""

    count: int
    remaining: Sequence[Remaining]


def suppress(
    project: Project,
    entries: Sequence[str],
    topic: str | None,
    reason: str,
    now: datetime,
    *,
    hashed: bool = False,
) -> int:
    """Suppress `entries` for `topic` (None: all mail); how many were not suppressed for it before.

    An entry is an address, `@domain`, `*.domain`, a phone number, or a hash of an address. With `hashed` an address is
    kept as a keyed hash alone, and so is what the list said of it before. Raises ConfigurationError without a project,
    UsageError where one is none of these, or is no address though it is to be hashed.
    """
    need_file(project)
    with open_state(project, write=True) as state:
        keys = _keys(entries, state)
        at, about = to_epoch(now), topic or ALL_MAIL
        asked = [Suppression(key, reason, COMMAND, at, about) for key in keys]
        if not hashed:
            with state.writing() as connection:
                return add_suppressions(connection, asked)
        for key, entry in zip(keys, entries, strict=True):
            if kind_of(key) not in (EntryKind.ADDRESS, EntryKind.OTHER):
                raise UsageError(f"{entry!r}: only an address can be hashed")
        with state.writing() as connection:
            return sum(suppress_hash(connection, one) for one in asked)


def lift(project: Project, entries: Sequence[str], topic: str | None) -> Lifted:
    """Lift the suppressions of `entries` for `topic` (None: all of them), and tell what still holds for them.

    Raises ConfigurationError without a project, UsageError where one is no entry.
    """
    need_file(project)
    with open_state(project, write=True) as state:
        keys = _keys(entries, state)
        with state.writing() as connection:
            count = sum(remove_suppression(connection, key, topic) for key in keys)
            left = find_suppressions(connection, keys)
    remaining = [
        Remaining(key, about, reason)
        for key, reasons in left.items()
        for about, reason in reasons.items()
        if topic is None or about in (ALL_MAIL, topic)
    ]
    return Lifted(count, remaining)


def _keys(entries: Sequence[str], state: State) -> list[str]:
    keys, faults = read_entries(entries, state.secret)
    for entry, why in faults.items():
        raise UsageError(f"{entry!r} can't be suppressed: {why}")
    return [key for key in keys if key is not None]
