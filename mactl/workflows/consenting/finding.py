"""Whose consent a command is about, in the sources or only in the state, and at which addresses they are reached."""

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow.compute as pc

from mactl.columns import CONTACT
from mactl.project import Project
from mactl.store.state import State
from mactl.store.suppressions import address_key
from mactl.workflows.gathering import Gathered
from mactl.workflows.persons.finding import emails_known, find_known, find_place, refuse_unknown


@dataclass(frozen=True, slots=True)
class Person:
    """A contact by its id, with the key and the addresses that people know it by."""

    id: str
    key: str
    email: str | None
    address_keys: Sequence[str] = ()
    """What the suppression list calls its addresses, on all channels, former ones as well."""


def person_meant(project: Project, gathered: Gathered, state: State, who: str) -> Person:
    """The contact that `who` names; UsageError where there is none, or several."""
    people = gathered.people
    place = find_place(people, who, project.settings)
    if place is not None:
        return _in_sources(gathered, place)
    with state.reading() as connection:
        id = find_known(connection, who, project.settings)
        if id is None:
            refuse_unknown(people, who, project, connection)
        addresses = emails_known(connection, id)
    place = pc.index(people.contacts.column(CONTACT), id).as_py()
    if place >= 0:
        return _in_sources(gathered, place)
    addresses += [who] if "@" in who else []
    keys = list(dict.fromkeys(map(address_key, addresses)))
    return Person(id, who, addresses[-1] if addresses else None, keys)


def _in_sources(gathered: Gathered, place: int) -> Person:
    contacts = gathered.contacts
    row, id = contacts.iloc[place], str(contacts.index[place])
    keys = [row[name] for name in contacts.columns if str(name).startswith("address_key")]
    keys += _former(gathered, id)
    known = [key for key in dict.fromkeys(keys) if isinstance(key, str)]
    email = row["address"] if isinstance(row["address"], str) else None
    return Person(id, str(row["key"]), email, known)


def _former(gathered: Gathered, id: str) -> list[str]:
    """The addresses that somebody had before, or has beside the one that is written to."""
    former = gathered.people.former
    theirs = former.filter(pc.equal(former.column(CONTACT), id))
    return [address_key(email) for email in theirs.column("email").to_pylist()]
