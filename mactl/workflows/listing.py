"""`mactl sends`: what went out, what waits, and what became of it."""

from dataclasses import dataclass

import pandas as pd
from sqlalchemy import select

from mactl.errors import UsageError
from mactl.project import Project
from mactl.store.frames import read_frame
from mactl.store.suppressions import address_key
from mactl.store.tables import SendStatus, sends
from mactl.validation import did_you_mean
from mactl.workflows.opening import open_state


@dataclass(frozen=True)
class Filter:
    """Which sends are meant; None for all."""

    status: str | None = None
    recipe: str | None = None
    to: str | None = None


def list_sends(project: Project, wanted: Filter) -> pd.DataFrame:
    """The sends of the state with every column of the table but `merge`, by due time.

    Raises UsageError for a status that there is not.
    """
    statuses = [str(status) for status in SendStatus]
    if wanted.status is not None and wanted.status not in statuses:
        hint = did_you_mean(wanted.status, statuses) or f"choose one of {', '.join(statuses)}"
        raise UsageError(f"there is no status {wanted.status!r}", hint)
    columns = [column for column in sends.c if column.name != "merge"]
    query = select(*columns).order_by(sends.c.due_at, sends.c.id)
    if wanted.status is not None:
        query = query.where(sends.c.status == wanted.status)
    if wanted.recipe is not None:
        query = query.where(sends.c.recipe == wanted.recipe)
    if wanted.to is not None:
        query = query.where(sends.c.address_key == address_key(wanted.to))
    with (
        open_state(project) as state,
        state.reading() as connection,
    ):
        return read_frame(connection, query)


def show_send(project: Project, id: str) -> dict[str, object]:
    """Every column of one send, found by its id, the beginning of it, or its Message-ID.

    Raises UsageError where there is none, or more than one.
    """
    query = select(sends).where(
        (sends.c.id.startswith(id, autoescape=True)) | (sends.c.message_id == id)
    )
    with (
        open_state(project) as state,
        state.reading() as connection,
    ):
        found = [dict(row) for row in connection.execute(query.limit(2)).mappings()]
    if len(found) != 1:
        raise UsageError(
            f"{'several sends begin' if found else 'no send begins'} with {id!r}",
            "mactl sends list",
        )
    return found[0]
