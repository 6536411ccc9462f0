"""`mactl sends resolve` and `mactl sends retry`: what people know of sends that mactl can't tell, or want once more."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from mactl.clock import to_epoch
from mactl.errors import UsageError
from mactl.project import Project
from mactl.store.settling import requeue_sends, resolve_sends
from mactl.store.tables import SendStatus, sends
from mactl.workflows.opening import need_file, open_state

_PROVISIONAL = 24 * 3600
"""Seconds for which a send that is tried once more may take, where it is late already."""


@dataclass(frozen=True)
class Settled:
    """How many sends were settled, of how many that were named."""

    changed: int
    named: int


def resolve(project: Project, ids: Sequence[str], now: datetime, *, is_sent: bool) -> Settled:
    """End the doubt about sends whose fate is unknown: those that `ids` begin, or all of them where it is empty.

    Raises UsageError, and writes nothing, where one is not known, or there is no doubt about it; ConfigurationError
    outside a project.
    """
    need_file(project)
    with open_state(project, write=True) as state, state.writing() as connection:
        found = _find(connection, ids, SendStatus.UNKNOWN)
        changed = resolve_sends(connection, found, is_sent=is_sent, now=to_epoch(now))
    return Settled(changed, len(found))


def retry(project: Project, ids: Sequence[str], now: datetime) -> Settled:
    """Queue sends that have failed once more: those that `ids` begin, or all of them where it is empty.

    Gates are asked again when they go out. Raises UsageError, and writes nothing, where one is not known or has not
    failed: what is unknown might reach somebody twice; ConfigurationError outside a project.
    """
    latest = to_epoch(now) + _PROVISIONAL
    need_file(project)
    with open_state(project, write=True) as state, state.writing() as connection:
        found = _find(connection, ids, SendStatus.FAILED)
        changed = requeue_sends(connection, found, latest)
    return Settled(changed, len(found))


def _find(connection: Connection, ids: Sequence[str], status: SendStatus) -> list[str]:
    if not ids:
        return list(
            connection.execute(select(sends.c.id).where(sends.c.status == status)).scalars()
        )
    return [_one(connection, id, status) for id in dict.fromkeys(ids)]


def _one(connection: Connection, id: str, status: SendStatus) -> str:
    query = select(sends.c.id, sends.c.status).where(
        sends.c.id.startswith(id, autoescape=True) | (sends.c.message_id == id)
    )
    found = connection.execute(query.limit(2)).all()
    if len(found) != 1:
        words = "several sends begin" if found else "no send begins"
        raise UsageError(f"{words} with {id!r}", f"mactl sends list --status {status}")
    if found[0].status != status:
        hint = f"mactl sends list --status {status} shows those that can be"
        if found[0].status == SendStatus.UNKNOWN:
            hint = "look it up at the relay, then say mactl sends resolve --sent or --not-sent"
        raise UsageError(f"the send {found[0].id} is {found[0].status}, not {status}", hint)
    return str(found[0].id)
