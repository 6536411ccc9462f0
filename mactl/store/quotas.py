"""Quotas: how fast, and how many a day, all workers together may send; each takes its share before it spends it.

A rate is kept as the instant at which the next message may go (the "theoretical arrival time" of the generic cell
rate algorithm, ITU-T I.371): who takes `n` moves it `n` gaps on. What a worker took and did not spend before it died
is lost, so that the limit holds whatever happens.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from mactl.store.tables import quotas
from mactl.store.upsert import insert_into

_LONGEST_WAIT = 600_000  # milliseconds


@dataclass(frozen=True, slots=True)
class Share:
    """How many may go, and when more may be asked for (epoch milliseconds)."""

    count: int
    again_at: int


def take_share(connection: Connection, name: str, want: int, span: int, now: int) -> Share:
    """At most `want` of the rate called `name`, which lets so many go in `span` milliseconds.

    `now` is in epoch milliseconds. What nobody asked for in the past is gone: after a pause it does not come all at
    once.
    """
    row = connection.execute(select(quotas.c.next_at).where(quotas.c.name == name)).first()
    next_at = max(row.next_at if row is not None else now, now)
    # A clock that was wrong and is put right again would have us wait for as long as it was wrong.
    next_at = min(next_at, now + max(span, _LONGEST_WAIT))
    if next_at > now:
        return Share(0, next_at)
    _write(connection, name, next_at=now + span)
    return Share(want, now + span)


def take_of_day(connection: Connection, name: str, limit: int, want: int, day: int) -> int:
    """At most `want` of the `limit` that `day` (its number since 1970) has of `name`."""
    row = connection.execute(
        select(quotas.c.day, quotas.c.used).where(quotas.c.name == name)
    ).first()
    used = row.used if row is not None and row.day == day else 0
    count = max(0, min(want, limit - used))
    if count:
        _write(connection, name, day=day, used=used + count)
    return count


def give_back_of_day(connection: Connection, name: str, count: int, day: int) -> None:
    """Gives back `count` of what was taken of `name` on `day` and not spent; nothing where another day has begun."""
    connection.execute(
        update(quotas)
        .where(quotas.c.name == name, quotas.c.day == day)
        .values(used=quotas.c.used - count)
    )


def first_day(connection: Connection, name: str, day: int) -> int:
    """The day on which `name` was first asked for: `day`, where that is now."""
    row = connection.execute(select(quotas.c.first_day).where(quotas.c.name == name)).first()
    if row is not None and row.first_day is not None:
        return int(row.first_day)
    _write(connection, name, first_day=day)
    return day


def _write(connection: Connection, name: str, **values: int) -> None:
    insert = insert_into(connection, quotas)
    connection.execute(
        insert.values(name=name, **values).on_conflict_do_update(
            index_elements=[quotas.c.name], set_=values
        )
    )
