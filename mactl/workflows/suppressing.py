"""`mactl suppress`: who must not be written to."""

from collections.abc import Sequence
from datetime import datetime

import pandas as pd

from mactl.clock import to_epoch
from mactl.errors import UsageError
from mactl.project import Project
from mactl.store.suppressions import (
    ALL_MAIL,
    Suppression,
    add_suppressions,
    read_suppressions,
    remove_suppression,
)
from mactl.workflows.opening import open_state


def list_suppressions(project: Project) -> pd.DataFrame:
    """address_key, topic ("" for all mail), reason, source, at (epoch seconds), send; oldest first."""
    with (
        open_state(project) as state,
        state.reading() as connection,
    ):
        return read_suppressions(connection)


def suppress(
    project: Project, addresses: Sequence[str], topic: str | None, reason: str, now: datetime
) -> int:
    """Suppress `addresses` for `topic` (None: all mail); how many were not suppressed for it before.

    Raises UsageError where one of them is no address.
    """
    for address in addresses:
        if address.count("@") != 1 or not all(address.strip().split("@")):
            raise UsageError(f"{address!r} is not an e-mail address")
    entries = [
        Suppression(address.strip(), reason, "command", to_epoch(now), topic or ALL_MAIL)
        for address in addresses
    ]
    with (
        open_state(project, write=True) as state,
        state.writing() as connection,
    ):
        return add_suppressions(connection, entries)


def lift(project: Project, addresses: Sequence[str], topic: str | None) -> int:
    """Lift the suppressions of `addresses` for `topic` (None: all of them); how many there were."""
    with (
        open_state(project, write=True) as state,
        state.writing() as connection,
    ):
        return sum(remove_suppression(connection, address, topic) for address in addresses)
