"""Codes: of each list every code goes to one enrollment, and every enrollment gets one, for ever."""

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd
from sqlalchemy import Connection, select

from mactl.errors import TryAgainLater
from mactl.store.frames import cells_of, write_cells
from mactl.store.tables import codes as table
from mactl.store.upsert import insert_into

_BATCH = 1_000  # enrollments asked for at a time


class CodeTaken(TryAgainLater):
    """A code that was to be handed out is somebody else's: another run was faster. Nothing may be written then."""


def choose_codes(
    connection: Connection, name: str, codes: Sequence[str], enrollments: Iterable[str]
) -> dict[str, str]:
    """Which code of the list `name` each of `enrollments` has or would get; those for whom none is left lack one.

    `codes` is the list as its file has it now: what is free is given in its order, whatever was taken out of it or
    added to it since. Writes nothing.
    """
    wanted = list(dict.fromkeys(enrollments))
    chosen = _codes_of(connection, name, wanted)
    taken = set(connection.execute(select(table.c.code).where(table.c.name == name)).scalars())
    free = (code for code in dict.fromkeys(codes) if code not in taken)
    for enrollment in wanted:
        if enrollment not in chosen:
            code = next(free, None)
            if code is None:
                break
            chosen[enrollment] = code
    return chosen


def assign_codes(
    connection: Connection, name: str, codes: Sequence[str], enrollments: Iterable[str]
) -> dict[str, str]:
    """As `choose_codes`, and written down: in the transaction of whoever uses them."""
    chosen = choose_codes(connection, name, codes, enrollments)
    write_codes(connection, {name: chosen})
    return chosen


def write_codes(connection: Connection, chosen: Mapping[str, Mapping[str, str]]) -> None:
    """Writes down what was chosen: list → enrollment → code. What is there already stays.

    Raises CodeTaken where a code is another enrollment's by now, or an enrollment has another code.
    """
    for name, by_enrollment in chosen.items():
        if not by_enrollment:
            continue
        frame = pd.DataFrame(
            {"name": name, "code": list(by_enrollment.values()), "enrollment": list(by_enrollment)}
        )
        add = insert_into(connection, table).on_conflict_do_nothing()
        write_cells(connection, add, cells_of(frame, table))
        if _codes_of(connection, name, list(by_enrollment)) != dict(by_enrollment):
            raise CodeTaken(f"codes of {name} were handed out by another run meanwhile")


def count_left(connection: Connection, name: str, codes: Iterable[str]) -> int:
    """How many of `codes` nobody has yet."""
    taken = set(connection.execute(select(table.c.code).where(table.c.name == name)).scalars())
    return len(set(codes) - taken)


def _codes_of(connection: Connection, name: str, enrollments: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    query = select(table.c.enrollment, table.c.code).where(table.c.name == name)
    for first in range(0, len(enrollments), _BATCH):
        some = enrollments[first : first + _BATCH]
        rows = connection.execute(query.where(table.c.enrollment.in_(some)))
        found |= {row.enrollment: row.code for row in rows}
    return found
