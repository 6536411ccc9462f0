"""`mactl consent show` and `list`: what is on record, of one contact or as it was entered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow.compute as pc
from sqlalchemy import ColumnElement, func, select

from mactl.clock import to_epoch
from mactl.consent.entry import ALL_TOPICS, PROOFS, Said
from mactl.consent.judging import Verdict, judge_consents
from mactl.errors import UsageError
from mactl.project import Project
from mactl.store.consents import find_entries_by, ids_of, read_consents, read_wordings
from mactl.store.suppressions import ALL_MAIL, find_suppressions
from mactl.store.tables import consents, contacts
from mactl.workflows.consenting.finding import Person, person_meant
from mactl.workflows.consenting.opening import open_record
from mactl.workflows.gathering import Sources
from mactl.workflows.opening import open_state
from mactl.workflows.persons.finding import find_known
from mactl.workflows.rows import plain_rows

SHOWN = "consent show"
_STATES = {
    Verdict.HOLDS: "granted",
    Verdict.STALE: "granted",
    Verdict.LACKING: "granted",
    Verdict.PENDING: "pending",
    Verdict.EXPIRED: "expired",
    Verdict.WITHDRAWN: "withdrawn",
}


@dataclass(frozen=True)
class Standing:
    """How one contact's consent for a topic stands; `at` in epoch seconds."""

    state: str
    """granted, withdrawn, pending or expired."""
    holds: bool
    """Whether the proof of a consent that was given would hold."""
    why: str
    at: int | None
    source: str | None
    place: str | None
    wording: str | None
    """The words themselves."""
    file: str | None
    proofs: Mapping[str, str | None]
    channels: Sequence[str]
    recorded: bool
    """Whether the ledger was told; else it is what the sources or the suppression list say."""


@dataclass(frozen=True)
class Shown:
    """All that is on record of one contact's consent."""

    person: Person
    topics: Mapping[str, Standing]
    entries: Sequence[Mapping[str, Any]]
    """The entries of the ledger, oldest first, and behind them what it was not told yet (`number` None)."""
    suppressed: Mapping[str, str]
    """Topic ("" for all mail) → why the suppression list keeps mail from their addresses."""


def show_consent(project: Project, who: str, now: datetime, sources: Sources) -> Shown:
    """What is on record of `who`, an address or a key; UsageError where there is no such contact."""
    with open_record(project, now, sources, SHOWN) as record:
        person = person_meant(project, record.gathered, record.state, who)
        fresh = record.unrecorded.entries
        unrecorded = fresh.filter(pc.equal(fresh.column("contact"), person.id)).to_pylist()
        with record.state.reading() as connection:
            entered = read_consents(connection, person.id)
            known = read_wordings(connection, [e["wording"] for e in entered if e["wording"]])
            found = find_suppressions(connection, person.address_keys)
        ledger = record.ledger
        mine = ledger.filter(pc.equal(ledger.column("contact"), person.id))
        judged = judge_consents(mine, record.standards(now), record.files(), to_epoch(now))
        numbers = mine.column("number").to_pylist()
    words = {**record.unrecorded.wordings, **known}
    unentered = [number for number in numbers if number < 0]
    entries = [*entered, *({"number": None, **entry} for entry in unrecorded)]
    by_number = dict(zip([e["number"] for e in entered] + unentered, entries, strict=True))
    topics = {
        row["topic"]: _standing(row, by_number.get(row["number"], {}), words)
        for row in plain_rows(judged)
    }
    if any(e["topic"] == ALL_TOPICS and e["state"] == Said.WITHDRAWN for e in entries):
        topics |= _of_all(entries, topics)
    suppressed = {topic: why for reasons in found.values() for topic, why in reasons.items()}
    return Shown(person, topics, entries, suppressed)


def _of_all(
    entries: Sequence[Mapping[str, Any]], topics: Mapping[str, Standing]
) -> dict[str, Standing]:
    """The withdrawal of all marketing as a topic of its own, where no other one tells it."""
    if topics:
        return {}
    last = max(
        (e for e in entries if e["topic"] == ALL_TOPICS and e["state"] == Said.WITHDRAWN),
        key=lambda e: e["at"],
    )
    row = {"verdict": Verdict.WITHDRAWN, "why": "withdrawn", "at": last["at"]}
    return {ALL_MAIL: _standing(row, last, {})}


def _standing(
    row: Mapping[str, Any], entry: Mapping[str, Any], words: Mapping[str, str]
) -> Standing:
    verdict = Verdict(row["verdict"])
    said = entry.get("wording")
    return Standing(
        _STATES[verdict],
        verdict in (Verdict.HOLDS, Verdict.STALE),
        row["why"],
        entry.get("at"),
        entry.get("source"),
        entry.get("place"),
        words.get(said) if said else None,
        entry.get("file"),
        {name: entry.get(name) for name in PROOFS},
        (entry.get("channels") or "").split(";") if entry.get("channels") else (),
        entry.get("number") is not None,
    )


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries are meant; None for all."""

    contact: str | None = None
    topic: str | None = None
    state: str | None = None


@dataclass(frozen=True)
class Listed:
    """The newest entries that are wanted, in their order, each with the contact's key; and how many there are."""

    entries: Sequence[Mapping[str, Any]]
    count: int


def list_consents(project: Project, wanted: Wanted, most: int | None) -> Listed:
    """The newest entries of the ledger, `most` of them; UsageError for a contact that the state does not know."""
    with open_state(project) as state, state.reading() as connection:
        which: list[ColumnElement[bool]] = []
        if wanted.contact is not None:
            id = find_known(connection, wanted.contact, project.settings)
            if id is None:
                raise UsageError(
                    f"the state knows no contact {wanted.contact!r}",
                    "mactl consent show says what the sources tell of them",
                )
            which.append(consents.c.contact.in_(ids_of(connection, id)))
        if wanted.topic is not None:
            which.append(consents.c.topic == wanted.topic)
        if wanted.state is not None:
            which.append(consents.c.state == wanted.state)
        entries = find_entries_by(connection, *which, newest=most)
        query = select(func.count()).where(consents.c.contact.is_not(None), *which)
        count = connection.execute(query.select_from(consents)).scalar_one()
        ids = list({entry["contact"] for entry in entries})
        keys: dict[str, str] = {}
        for first in range(0, len(ids), 1_000):
            some = contacts.c.id.in_(ids[first : first + 1_000])
            named = connection.execute(select(contacts.c.id, contacts.c.key).where(some))
            keys |= {row.id: row.key for row in named}
    told = [{**e, "contact": keys.get(e["contact"], e["contact"])} for e in entries]
    return Listed(told, count)
