"""Who a contact is: every identity key ever seen, and which contacts turned out to be one."""

from collections.abc import Collection

import pandas as pd
from sqlalchemy import Connection, func, select

from mactl.store.decisions import Decision, read_splits
from mactl.store.frames import read_frame
from mactl.store.tables import aliases, contacts, identity_decisions


def read_aliases(connection: Connection) -> pd.DataFrame:
    """alias, contact of every identity key, oldest first, and whose it is today: that of the contact that it was first
    seen with, or of one that was split from them, or into which they were merged.

    Where people were split there is also `decided`, whether the split named this very key, and `parted_from`: of
    the keys of who was split off, the contact that they left.
    """
    query = select(aliases.c.alias, aliases.c.contact, aliases.c.age).order_by(aliases.c.age)
    frame = read_frame(connection, query)
    splits = read_splits(connection)
    if splits:
        frame = _split(frame, splits)
    merges = read_merges(connection)
    if merges:
        frame["contact"] = frame["contact"].replace(merges)
    if splits:
        before = frame["parted_from"].replace(merges)
        frame["parted_from"] = before.where(before != frame["contact"])
    return frame.drop(columns="age")


def _split(frame: pd.DataFrame, splits: list[Decision]) -> pd.DataFrame:
    """`frame` with the keys that splits moved, each as old as the split."""
    frame = frame.assign(decided=False, parted_from=None, order=frame["age"].astype("float64"))
    for decision in splits:
        moved = frame["alias"].isin(decision.moved)
        frame.loc[moved, "contact"] = decision.other
        frame.loc[moved, "parted_from"] = decision.contact
        frame.loc[moved, "order"] = decision.after + 0.5
        frame["decided"] |= frame["alias"].isin(decision.named)
    return frame.sort_values("order", kind="stable").drop(columns="order").reset_index(drop=True)


def find_contact(connection: Connection, named: str, meant: Collection[str]) -> str | None:
    """The contact, as of today, who has one of the identity keys `meant`, the one seen first; else the one whose key
    or internal id is `named`. None where the state knows nobody by any of them."""
    known = select(aliases.c.alias, aliases.c.contact).where(aliases.c.alias.in_(meant))
    first = connection.execute(known.order_by(aliases.c.age).limit(1)).first()
    if first is not None:
        id = _moved(connection).get(first.alias, first.contact)
    else:
        is_named = (contacts.c.id == named) | (contacts.c.key == named)
        found = select(contacts.c.id).where(is_named).order_by(contacts.c.id != named)
        id = connection.execute(found.limit(1)).scalar()
    return None if id is None else read_merges(connection).get(id, id)


def read_keys_of(connection: Connection, ids: Collection[str]) -> list[str]:
    """The identity keys that belong to any of these contacts today, oldest first."""
    moved = _moved(connection)
    came = [alias for alias, owner in moved.items() if owner in ids]
    query = select(aliases.c.alias, aliases.c.contact).order_by(aliases.c.age)
    found = connection.execute(query.where(aliases.c.contact.in_(ids) | aliases.c.alias.in_(came)))
    return [row.alias for row in found if moved.get(row.alias, row.contact) in ids]


def _moved(connection: Connection) -> dict[str, str]:
    """The identity keys that splits gave to another contact than had them first → that contact."""
    moved: dict[str, str] = {}
    for decision in read_splits(connection):
        moved |= dict.fromkeys(decision.moved, decision.other)
    return moved


def aliases_mark(connection: Connection) -> list[int]:
    """Numbers that are others whenever `read_aliases` or `read_merges` would tell something else."""
    newest = select(func.coalesce(func.max(aliases.c.age), 0))
    merged = select(func.count()).where(contacts.c.merged_into.is_not(None))
    decided = select(func.coalesce(func.max(identity_decisions.c.number), 0))
    undone = select(func.count()).where(identity_decisions.c.undone_at.is_not(None))
    asked = (newest, merged, decided, undone)
    return [connection.execute(query).scalar_one() for query in asked]


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
