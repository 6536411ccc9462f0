"""Proof that somebody is gone: every file that mactl wrote is searched for them, and every table of the state."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, MetaData, Table, select

from mactl.people.sources.files import shown_path
from mactl.privacy.needles import Needles
from mactl.privacy.searching import Search, Searched
from mactl.project import Project
from mactl.store.state import State
from mactl.workflows.protecting.places import own_files

_ROWS = 10_000


def prove_gone(project: Project, state: State, needles: Needles) -> Searched:
    """Search all that mactl wrote for the project: files as bytes, what is packed in them, and the tables of a server.

    What a source file says is not looked at: mactl did not write it.
    """
    search = Search(needles)
    if not needles:
        return search.result
    search.files(own_files(project), _shown)
    if state.path is None and state.is_lasting:
        with state.reading() as connection:
            _search_tables(connection, state, search)
    return search.result


def _search_tables(connection: Connection, state: State, search: Search) -> None:
    for name in sorted(state.database.tables(connection)):
        table = Table(name, MetaData(), autoload_with=connection)
        search.rows(_rows(connection, table), f"table {name}")


def _rows(connection: Connection, table: Table) -> Iterator[dict[str, Any]]:
    result = connection.execution_options(stream_results=True).execute(select(table)).mappings()
    for some in result.partitions(_ROWS):
        yield from (dict(row) for row in some)


def _shown(path: Path) -> str:
    return shown_path(path)
