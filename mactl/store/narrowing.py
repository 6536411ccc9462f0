"""A state in memory of which, for a while, only the rows about some contacts are to be seen.

What is asked of few contacts then costs as much as there is of them, not as much as the state holds.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, text

from mactl.store.state import State

_CONTACTS = "narrowed_contacts"
_ADDRESSES = "narrowed_addresses"
_OF_CONTACTS = ("enrollments", "events", "actions")


@contextmanager
def narrowed(state: State, contacts: Iterable[str], addresses: Iterable[str]) -> Iterator[None]:
    """Within it `state`, which must be in memory, reads as if it knew of `contacts` alone.

    Messages to their `addresses` (address keys) count too, whoever got them. Nothing may be written meanwhile.
    Raises ValueError for a state that others read as well: in a file, on a server.
    """
    if state.is_lasting:
        raise ValueError(f"{state.database.name}: only a state in memory is narrowed")
    with state.writing(durable=False) as connection:
        _hide(connection, contacts, addresses)
    try:
        yield
    finally:
        with state.writing(durable=False) as connection:
            _show(connection)


def _hide(connection: Connection, contacts: Iterable[str], addresses: Iterable[str]) -> None:
    for name, values in ((_CONTACTS, contacts), (_ADDRESSES, addresses)):
        connection.execute(text(f"CREATE TEMP TABLE {name} (value TEXT PRIMARY KEY) WITHOUT ROWID"))
        rows = [(value,) for value in dict.fromkeys(values)]
        if rows:
            connection.exec_driver_sql(f"INSERT INTO temp.{name} VALUES (?)", rows)
    # A name is looked for among what is temporary first: https://sqlite.org/lang_naming.html
    for table in _OF_CONTACTS:
        connection.execute(
            text(
                f"CREATE TEMP VIEW {table} AS SELECT * FROM main.{table} "
                f"WHERE contact IN (SELECT value FROM temp.{_CONTACTS})"
            )
        )
    connection.execute(
        text(
            "CREATE TEMP VIEW sends AS SELECT * FROM main.sends "
            f"WHERE contact IN (SELECT value FROM temp.{_CONTACTS}) "
            f"UNION SELECT * FROM main.sends WHERE address_key IN (SELECT value FROM temp.{_ADDRESSES})"
        )
    )


def _show(connection: Connection) -> None:
    for view in (*_OF_CONTACTS, "sends"):
        connection.execute(text(f"DROP VIEW temp.{view}"))
    for table in (_CONTACTS, _ADDRESSES):
        connection.execute(text(f"DROP TABLE temp.{table}"))
