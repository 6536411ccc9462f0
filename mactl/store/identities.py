"""Who a contact is: every identity key ever seen, and which contacts turned out to be one."""

import pandas as pd
from sqlalchemy import Connection, func, select

from mactl.store.frames import read_frame
from mactl.store.tables import aliases, contacts


def read_aliases(connection: Connection) -> pd.DataFrame:
    """alias, contact of every identity key, oldest first; `contact` as it was when the key was first seen."""
    return read_frame(
        connection, select(aliases.c.alias, aliases.c.contact).order_by(aliases.c.age)
    )


def aliases_mark(connection: Connection) -> list[int]:
    """Numbers that are others whenever `read_aliases` or `read_merges` would tell something else."""
    newest = select(func.coalesce(func.max(aliases.c.age), 0))
    merged = select(func.count()).where(contacts.c.merged_into.is_not(None))
    return [connection.execute(query).scalar_one() for query in (newest, merged)]


def read_contacts(connection: Connection) -> pd.DataFrame:
    """id, key, merged_into of every contact ever seen."""
    return read_frame(connection, select(contacts))


def read_merges(connection: Connection) -> dict[str, str]:
    """Each contact that was merged → the one that it is today, however many merges that took."""
    query = select(contacts.c.id, contacts.c.merged_into).where(contacts.c.merged_into.is_not(None))
    return follow_merges({row.id: row.merged_into for row in connection.execute(query)})


def follow_merges(merged_into: dict[str, str]) -> dict[str, str]:
    """Each key → the end of its chain; ValueError where a chain bites its tail."""
    ends: dict[str, str] = {}
    for start in merged_into:
        path: dict[str, None] = {}
        here = start
        while here not in ends and here in merged_into:
            if here in path:
                raise ValueError(f"contact {here} is merged into itself")
            path[here] = None
            here = merged_into[here]
        end = ends.get(here, here)
        ends.update(dict.fromkeys(path, end))
    return ends
