"""What planning reads of enrollments and sends, as whole columns.

Columns are those of the tables unless said otherwise; `recipe` and `step` are original ids, instants are
epoch seconds. No order is promised.
"""

from collections.abc import Collection

import pandas as pd
from sqlalchemy import Connection, func, select

from mactl.store.frames import read_frame
from mactl.store.tables import GONE, SendStatus, Standing, enrollments, sends


def read_enrollments(
    connection: Connection,
    recipes: Collection[str] | None = None,
    statuses: Collection[Standing] = (Standing.ACTIVE,),
) -> pd.DataFrame:
    """Enrollments of `recipes` (None: of all) in one of `statuses`, with every column."""
    query = select(enrollments).where(enrollments.c.status.in_(statuses))
    if recipes is not None:
        query = query.where(enrollments.c.recipe.in_(recipes))
    return read_frame(connection, query)


def read_ended_enrollments(connection: Connection, recipes: Collection[str]) -> pd.DataFrame:
    """id, recipe, contact, occurrence, entered_at, ended_at, status, outside_at of those that came to an end."""
    columns = enrollments.c
    query = select(
        columns.id,
        columns.recipe,
        columns.contact,
        columns.occurrence,
        columns.entered_at,
        columns.ended_at,
        columns.status,
        columns.outside_at,
    ).where(columns.recipe.in_(recipes), columns.status != Standing.ACTIVE)
    return read_frame(connection, query)


def read_sends_of_active(connection: Connection, recipes: Collection[str]) -> pd.DataFrame:
    """id, enrollment, recipe, step, template, variant, status, gate, reason, priority, due_at, latest_at, hold_until,
    released_at, settled_at, attempts of the sends of active enrollments."""
    columns = sends.c
    query = (
        select(
            columns.id,
            columns.enrollment,
            columns.recipe,
            columns.step,
            columns.template,
            columns.variant,
            columns.status,
            columns.gate,
            columns.reason,
            columns.priority,
            columns.due_at,
            columns.latest_at,
            columns.hold_until,
            columns.released_at,
            columns.settled_at,
            columns.attempts,
        )
        .join(enrollments, enrollments.c.id == columns.enrollment)
        .where(enrollments.c.recipe.in_(recipes), enrollments.c.status == Standing.ACTIVE)
    )
    return read_frame(connection, query)


def read_gone_templates(connection: Connection, recipes: Collection[str]) -> pd.DataFrame:
    """id, recipe, template, occurrence, contact, address_key, shared, status of all that counts as gone out (`GONE`):
    what nobody may get again (rule 1)."""
    columns = sends.c
    query = select(
        columns.id,
        columns.recipe,
        columns.template,
        columns.occurrence,
        columns.contact,
        columns.address_key,
        columns.shared,
        columns.status,
    ).where(columns.recipe.in_(recipes), columns.status.in_(GONE))
    return read_frame(connection, query)


def read_results(connection: Connection, recipes: Collection[str]) -> pd.DataFrame:
    """recipe, enrollment, step, status, released_at of all sends of `recipes` that were released."""
    columns = sends.c
    query = select(
        columns.recipe, columns.enrollment, columns.step, columns.status, columns.released_at
    ).where(columns.recipe.in_(recipes), columns.released_at.is_not(None))
    return read_frame(connection, query)


def count_released(connection: Connection, channel: str, since: int) -> int:
    """How many messages of `channel` that count as gone out were released at `since` or later."""
    columns = sends.c
    query = select(func.count()).where(
        columns.channel == channel, columns.released_at >= since, columns.status.in_(GONE)
    )
    return int(connection.execute(query).scalar_one())


def read_passages(connection: Connection) -> pd.DataFrame:
    """contact, recipe, status, enrollment: who went through which journey."""
    columns = enrollments.c
    return read_frame(
        connection,
        select(columns.contact, columns.recipe, columns.status, columns.id.label("enrollment")),
    )


def read_marketing_since(connection: Connection, since: int) -> pd.DataFrame:
    """id, contact, address_key, channel, released_at of the marketing that counts as gone out and was released at
    `since` or later: what caps and gaps count."""
    columns = sends.c
    query = select(
        columns.id, columns.contact, columns.address_key, columns.channel, columns.released_at
    ).where(columns.released_at >= since, columns.marketing, columns.status.in_(GONE))
    frame = read_frame(connection, query)
    return frame.astype({"released_at": "int64"})


def read_waiting(
    connection: Connection,
    recipes: Collection[str] | None = None,
    statuses: Collection[SendStatus] = (SendStatus.HELD, SendStatus.QUEUED, SendStatus.DEFERRED),
) -> pd.DataFrame:
    """Sends of `recipes` (None: of all) in one of `statuses`, with every column: by default those that leaving a
    journey cancels."""
    query = select(sends).where(sends.c.status.in_(statuses))
    if recipes is not None:
        query = query.where(sends.c.recipe.in_(recipes))
    return read_frame(connection, query)
