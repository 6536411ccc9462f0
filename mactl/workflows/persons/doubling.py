"""`mactl contacts doubles`: who may be one person, for somebody to decide on."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from mactl.columns import CONTACT, KEY
from mactl.people.doubles.doubles import find_doubles
from mactl.people.doubles.traits import names_in
from mactl.people.people import People
from mactl.project import Project
from mactl.store.decisions import read_decisions
from mactl.store.state import State
from mactl.workflows.gathering import Sources, gather_people, read_known
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
        people = gather_people(project, Sources(contacts=files), read_known(state))
        parted = _parted(people, state)
    found = find_doubles(people.contacts, project.settings.country, least, parted)
    shown = found if most is None else found[:most]
    return [
        Proposed(
            (_told(people, one.places[0]), _told(people, one.places[1])), one.score, one.reasons
        )
        for one in shown
    ], len(found)


def _parted(people: People, state: State) -> list[tuple[int, int]]:
    with state.reading() as connection:
        decisions = read_decisions(connection)
    pairs = [(one.contact, one.other) for one in decisions]
    ids = people.contacts.column(CONTACT).combine_chunks()
    places = [
        pc.index_in(
            pa.array([pair[side] for pair in pairs], pa.string()), value_set=ids
        ).to_pylist()
        for side in (0, 1)
    ]
    return [
        (a, b) for a, b in zip(*places, strict=True) if a is not None and b is not None and a != b
    ]


def _told(people: People, place: int) -> dict[str, Any]:
    row = people.contacts.slice(place, 1).to_pylist()[0]
    first, last, whole = (
        next((str(row[name]) for name in names if row.get(name)), "")
        for names in names_in(people.contacts.column_names).values()
    )
    name = f"{first} {last}".strip() or whole or None
    return {"contact": row[KEY], "email": row.get("email"), "name": name}
