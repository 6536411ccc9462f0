"""Whom a command means by a contact: an address or a key, in the sources or only in the state."""

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow.compute as pc
from sqlalchemy import Connection, select

from mactl.clock import from_epoch
from mactl.columns import CONTACT
from mactl.errors import UsageError
from mactl.project import Project
from mactl.store.erasures import find_erased
from mactl.store.identities import read_merges
from mactl.store.state import State
from mactl.store.suppressions import address_key
from mactl.store.tables import aliases
from mactl.validation import did_you_mean
from mactl.workflows.gathering import Gathered

_LIKENESS = 0.85
"""How alike two addresses are of which one is the other misspelt; most share their domain."""


@dataclass(frozen=True, slots=True)
class Person:
    """A contact by its id, with the key and the addresses that people know it by."""

    id: str
    key: str
    email: str | None
    address_keys: Sequence[str] = ()
    """What the suppression list calls its addresses, on all channels, former ones as well."""


def find_person(project: Project, gathered: Gathered, state: State, who: str) -> Person:
    """The contact that `who` names; UsageError where there is none."""
    contacts = gathered.contacts
    wanted = address_key(who) if "@" in who else who
    found = contacts.index[(contacts["key"] == who) | (contacts["address_key"] == wanted)]
    if len(found):
        row = contacts.loc[found[0]]
        keys = [row[name] for name in contacts.columns if str(name).startswith("address_key")]
        keys += _former(gathered, str(found[0]))
        known = [key for key in dict.fromkeys(keys) if isinstance(key, str)]
        email = row["address"] if isinstance(row["address"], str) else None
        return Person(str(found[0]), str(row["key"]), email, known)
    with state.reading() as connection:
        id = find_id(connection, project, who)
        refuse_erased(connection, project, who)
    if id is None:
        names = [*contacts["key"].dropna(), *contacts["address"].dropna()]
        hint = did_you_mean(who, names, likeness=_LIKENESS)
        raise UsageError(
            f"there is no contact {who!r}", hint or "mactl contacts list shows who there is"
        )
    is_address = "@" in who
    return Person(id, who, who if is_address else None, [wanted] if is_address else ())


def _former(gathered: Gathered, id: str) -> list[str]:
    """The addresses that somebody had before, or has beside the one that is written to."""
    former = gathered.people.former
    theirs = former.filter(pc.equal(former.column(CONTACT), id))
    return [address_key(email) for email in theirs.column("email").to_pylist()]


def refuse_erased(connection: Connection, project: Project, who: str) -> None:
    """UsageError where who was known by this address or key was erased."""
    wanted = address_key(who) if "@" in who else who
    kinds = dict.fromkeys((*project.settings.identity_fields, "email"))
    keys = [(field, wanted if field == "email" else who) for field in kinds]
    at = find_erased(connection, keys)
    if at is not None:
        raise UsageError(
            f"{who!r} was erased on {from_epoch(at).date()}",
            f"where they come back by themselves: mactl privacy readmit {who}",
        )


def find_id(connection: Connection, project: Project, who: str) -> str | None:
    """The contact that the state knows by `who`, also where no source has them any more; None where there is none."""
    names = [f"{field}:{who}" for field in project.settings.identity_fields]
    names += [f"email:{address_key(who)}"] if "@" in who else []
    query = select(aliases.c.contact).where(aliases.c.alias.in_(names)).order_by(aliases.c.age)
    id = connection.execute(query.limit(1)).scalar()
    return None if id is None else read_merges(connection).get(id, id)
