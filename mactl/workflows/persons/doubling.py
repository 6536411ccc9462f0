"""`mactl contacts doubles`: who may be one person, for somebody to decide on."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection

from mactl.columns import CONTACT, KEY
from mactl.people.doubles.doubles import find_doubles
from mactl.people.doubles.traits import names_in
from mactl.people.people import People
from mactl.project import Project
from mactl.store.decisions import read_decisions
from mactl.store.identities import read_contacts
from mactl.workflows.gathering import Sources, gather_people, read_erased, read_known
from mactl.workflows.opening import open_state


@dataclass(frozen=True)
class Proposed:
    """Two contacts (contact, email, name) who may be one, how likely, and why."""

    contacts: tuple[dict[str, Any], dict[str, Any]]
    score: float
    reasons: tuple[str, ...]


def propose_doubles(
    project: Project, files: Sequence[Path], least: float, most: int | None
) -> tuple[list[Proposed], int]:
    """The likeliest `most` pairs (None for all) who are one person with a likelihood of at least `least`, and how many
    there are. Those whom a decision parted, or whose merge was undone, are not proposed again."""
    with open_state(project) as state:
        people = gather_people(
            project, Sources(contacts=files), read_known(state), read_erased(state)
        )
        with state.reading() as connection:
            decided = [(one.contact, one.other) for one in read_decisions(connection)]
            gone = _gone(connection, people, decided) if least <= _SAME_KEY else []
    found = find_doubles(people.contacts, project.settings.country, least, _places(people, decided))
    shown = found if most is None else found[:most]
    proposed = [
        Proposed(
            (_told(people, one.places[0]), _told(people, one.places[1])), one.score, one.reasons
        )
        for one in shown
    ]
    proposed = sorted([*proposed, *gone], key=lambda one: -one.score)
    return proposed[:most], len(found) + len(gone)


_SAME_KEY = 0.9
"""How likely somebody who is gone is who has a key of theirs today: nothing else is known of them."""


def _gone(
    connection: Connection, people: People, decided: Collection[tuple[str, str]]
) -> list[Proposed]:
    """Contacts whom no source has any more, each with who has one of their keys today: a customer who got a new number,
    often."""
    known = {*decided, *((b, a) for a, b in decided)}
    names = read_contacts(connection).set_index("id")["key"]
    held = set(people.aliases.column("alias").to_pylist()) if people.heirs.num_rows else set()
    found: dict[tuple[str, str], list[str]] = {}
    for alias, gone, heir in zip(*people.heirs.to_pydict().values(), strict=True):
        if alias in held:
            found.setdefault((heir, gone), []).append(alias)
    places = _index(people, [heir for heir, _ in found])
    return [
        Proposed(
            (_told(people, place), {"contact": names[gone], "email": None, "name": None}),
            _SAME_KEY,
            (f"had {_keys_told(aliases)}", "and no source has them any more"),
        )
        for place, ((heir, gone), aliases) in zip(places, found.items(), strict=True)
        if place is not None and (heir, gone) not in known
    ]


def _keys_told(aliases: Sequence[str]) -> str:
    return ", ".join(alias.replace(":", " ", 1) for alias in aliases)


def _places(people: People, pairs: Collection[tuple[str, str]]) -> list[tuple[int, int]]:
    """Where both of each pair stand, without those of whom one is in no source."""
    places = [_index(people, [pair[side] for pair in pairs]) for side in (0, 1)]
    return [
        (a, b) for a, b in zip(*places, strict=True) if a is not None and b is not None and a != b
    ]


def _index(people: People, ids: Collection[str]) -> list[int | None]:
    theirs = people.contacts.column(CONTACT).combine_chunks()
    found: list[int | None] = pc.index_in(pa.array(ids, pa.string()), value_set=theirs).to_pylist()
    return found


def _told(people: People, place: int) -> dict[str, Any]:
    row = people.contacts.slice(place, 1).to_pylist()[0]
    first, last, whole = (
        next((str(row[name]) for name in names if row.get(name)), "")
        for names in names_in(people.contacts.column_names).values()
    )
    name = f"{first} {last}".strip() or whole or None
    return {"contact": row[KEY], "email": row.get("email"), "name": name}
