"""What holds for both where one contact turns out to be two: what they withdrew, and what was begun with them."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, insert

from mactl.clock import from_epoch
from mactl.columns import AT, CONTACT, EVENT, KEY
from mactl.own_events import OPT_OUTS
from mactl.people.people import People
from mactl.project import Project, Settings
from mactl.store.decisions import DecisionKind, share_opt_outs
from mactl.store.identities import read_merges
from mactl.store.state import State
from mactl.store.suppressions import address_key
from mactl.store.tables import events
from mactl.workflows.addresses import address_fields
from mactl.workflows.gathering import Gathered, Sources, gather
from mactl.workflows.persons.reading import Reading
from mactl.workflows.persons.withdrawing import keep_withdrawn, withdrawn_topics


class Parting:
    """What holds for both of two contacts who were one.

    `all_ids` are those that led to the one, `at` is now in epoch seconds.
    """

    def __init__(
        self, project: Project, reading: Reading, place: int, state: State, at: int
    ) -> None:
        self._project, self._reading, self._place = project, reading, place
        self._state, self.at = state, at
        self._id = id_of(reading.people, place)
        with state.reading() as connection:
            merges = read_merges(connection)
        self.all_ids = {self._id, *(one for one, end in merges.items() if end == self._id)}
        gathered = gather(project, Sources(), state, from_epoch(at))
        self._told = self._opt_out_events(gathered)
        self._withdrawn = withdrawn_topics(project, gathered, self._id)

    def address_keys(self, rows: Iterable[int]) -> set[str]:
        """The addresses in some of the rows, as they are compared."""
        return _address_keys(self._reading, sorted(rows), self._project.settings)

    def keep_opt_outs(
        self, connection: Connection, other: str, kind: DecisionKind, number: int
    ) -> int:
        """Let what either said hold for both: suppressions, withdrawals, and events that tell of them."""
        keys = addresses_of(self._reading, self._place, self._project.settings)
        count = share_opt_outs(connection, keys, kind, self.at, self._state.secret)
        told = "withdrawn before they were told apart", f"contacts {kind}"
        both = self._id, other
        count += keep_withdrawn(
            connection, self._project, both, keys, self._withdrawn, told, self.at
        )
        copies = [
            {**row, "contact": other, "source_id": f"{kind}:{number}:{place}"}
            for place, row in enumerate(self._told)
        ]
        if copies:
            connection.execute(insert(events), copies)
        return count

    def _opt_out_events(self, gathered: Gathered) -> list[dict[str, Any]]:
        told = gathered.facts.about(self._id).events
        opted_out = pc.is_in(told.column(EVENT).cast(pa.string()), value_set=pa.array(OPT_OUTS))
        rows = told.filter(opted_out).to_pylist()
        return [
            {"event": row[EVENT], "at": row[AT], "properties": json.dumps(_topic(row))}
            for row in rows
        ]


def _topic(row: dict[str, Any]) -> dict[str, str]:
    return {"topic": row["topic"]} if row.get("topic") else {}


def addresses_of(reading: Reading, place: int, settings: Settings) -> set[str]:
    """Every address that a person is or was known by, as they are compared."""
    people, id = reading.people, id_of(reading.people, place)
    mine = people.aliases.filter(pc.equal(people.aliases.column(CONTACT).cast(pa.string()), id))
    known = [alias for alias in mine.column("alias").to_pylist() if alias.startswith("email:")]
    keys = {address_key(alias.removeprefix("email:")) for alias in known}
    return keys | _address_keys(reading, reading.rows_of(place).tolist(), settings)


def _address_keys(reading: Reading, rows: Sequence[int], settings: Settings) -> set[str]:
    found: set[str] = set()
    cells = reading.origins.rows.cells
    for name in address_fields(settings):
        if name in cells:
            values = cells[name].take(_numbers(rows)).array().drop_null().to_pylist()
            found |= {address_key(str(value)) for value in values}
    return found


def _numbers(rows: Sequence[int]) -> Any:
    return pa.array(rows, pa.int64()).to_numpy()


def id_of(people: People, place: int) -> str:
    """The contact's internal id."""
    return str(people.contacts.column(CONTACT)[place].as_py())


def key_of(people: People, place: int) -> str:
    """The contact as people know it."""
    return str(people.contacts.column(KEY)[place].as_py())
