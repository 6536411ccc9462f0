"""Either of two who turn out to be one: in the sources, or whom only the state knows any more."""

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection

from mactl.columns import CONTACT
from mactl.consent.entry import ALL_TOPICS, Said
from mactl.consent.ledger import counting
from mactl.people.people import People
from mactl.project import Project
from mactl.store.decisions import know_contact
from mactl.store.identities import read_contacts
from mactl.store.suppressions import address_key
from mactl.workflows.gathering import Gathered
from mactl.workflows.persons.finding import emails_known, find_known, find_place, refuse_unknown
from mactl.workflows.persons.parting import addresses_of, id_of, key_of
from mactl.workflows.persons.reading import Reading
from mactl.workflows.persons.withdrawing import withdrawn_topics


@dataclass(frozen=True)
class Side:
    """A contact: `place` is where they stand among the people, None where no source has them any more."""

    id: str
    key: str
    place: int | None
    addresses: frozenset[str]
    """Every address that they are or were known by, as it is compared."""

    def know(self, connection: Connection, people: People) -> None:
        """Have the state know them by all their keys."""
        if self.place is not None:
            whose = people.aliases.column(CONTACT).cast(pa.string())
            mine = people.aliases.filter(pc.equal(whose, self.id))
            know_contact(connection, self.id, self.key, mine.column("alias").to_pylist())

    def withdrawn(self, project: Project, gathered: Gathered) -> set[str]:
        """The topics that they withdrew from, "" for all marketing; of whom is gone, what the ledger says."""
        if self.place is not None:
            return withdrawn_topics(project, gathered, self.id)
        ledger = counting(gathered.ledger)
        mine = ledger.filter(pc.equal(ledger.column("contact"), self.id)).to_pylist()
        ends = [entry for entry in mine if entry["state"] == Said.WITHDRAWN]
        anew = [entry for entry in mine if entry["state"] == Said.GRANTED and entry["complete"]]
        found = {
            end["topic"]
            for end in ends
            if not any(e["topic"] == end["topic"] and e["at"] > end["at"] for e in anew)
        }
        return found | ({*project.settings.consent} if ALL_TOPICS in found else set())


def side_at(reading: Reading, project: Project, place: int) -> Side:
    """The contact at a place among the people."""
    people = reading.people
    addresses = frozenset(addresses_of(reading, place, project.settings))
    return Side(id_of(people, place), key_of(people, place), place, addresses)


def find_side(connection: Connection, reading: Reading, project: Project, who: str) -> Side:
    """The contact that `who` names; UsageError where there is none, or several."""
    people = reading.people
    place = find_place(people, who, project.settings)
    if place is not None:
        return side_at(reading, project, place)
    id = find_known(connection, who, project.settings)
    if id is None:
        refuse_unknown(people, who, project, connection)
    there = pc.index(people.contacts.column(CONTACT), id).as_py()
    if there >= 0:
        return side_at(reading, project, there)
    key = str(read_contacts(connection).set_index("id")["key"][id])
    return Side(id, key, None, frozenset(map(address_key, emails_known(connection, id))))
