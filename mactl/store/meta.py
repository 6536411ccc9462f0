"""Values that the state has one of each: a row of `meta` by its name."""

from sqlalchemy import Connection, select

from mactl.store.tables import meta
from mactl.store.upsert import insert_into


def read_value(connection: Connection, name: str) -> str | None:
    """The value called `name`; None where there is none."""
    return connection.execute(select(meta.c.value).where(meta.c.name == name)).scalar()


def write_value(connection: Connection, name: str, value: str) -> None:
    """Has `value` be the one called `name`, in place of what it was."""
    add = insert_into(connection, meta).values(name=name, value=value)
    connection.execute(
        add.on_conflict_do_update(index_elements=[meta.c.name], set_={"value": value})
    )
