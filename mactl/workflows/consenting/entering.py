"""`mactl consent record CONTACT TOPIC`: one word of one person, and what follows from it for the suppression list."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete

from mactl.clock import parse_instant, to_epoch, zone_named
from mactl.consent.columns import Columns
from mactl.consent.entry import ALL_TOPICS, PROOFS, Entry, Origin, Said
from mactl.errors import UnreadableInput, UsageError
from mactl.project import Project
from mactl.store.consents import append_consents, find_entries_by, keep_wordings, read_consents
from mactl.store.suppressions import ALL_MAIL, Suppression, add_suppressions, find_entries
from mactl.store.tables import aliases, consents, contacts, suppressions
from mactl.store.upsert import insert_into
from mactl.workflows.consenting.finding import Person, person_meant
from mactl.workflows.consenting.recording import Wordings
from mactl.workflows.gathering import Gathered, Sources, gather
from mactl.workflows.opening import GO_THERE, need_file, open_state, select_recipes

COMMAND = "consent record"
_HARD = ("bounce", "send")
"""Sources of the suppression list that say that an address does not work, which no consent mends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What a command says that somebody said; texts as they were typed."""

    state: Said = Said.GRANTED
    at: str | None = None
    source: str | None = None
    wording: str | None = None
    """A file of the project with the words they were shown."""
    free: str | None = None
    specific: str | None = None
    unambiguous: str | None = None
    channels: Sequence[str] = ("email",)


@dataclass(frozen=True, slots=True)
class Entered:
    """What came of it: the entry, which proofs it lacks, and what of the suppression list is lifted or still stands."""

    person: Person
    entry: Entry
    lacking: Sequence[str] = ()
    suppressed: int = 0
    lifted: int = 0
    standing: Sequence[tuple[str, str]] = ()
    """(topic, reason) of what still keeps mail from them."""
    beaten_at: int | None = None
    """When they withdrew at the latest, where that was not before this consent."""
    told_otherwise: str | None = None
    """The column of the sources that still says that they withdrew, and beats this."""


def record_consent(
    project: Project, who: str, topic: str | None, said: Statement, now: datetime
) -> Entered:
    """Enter what `who` (an address or a key) said on `topic`; None for all marketing, which can only be withdrawn.

    Who withdraws is put on the suppression list for the topic, so that what is queued stops as well. A consent with
    four proofs of its own, newer than an opt-out of the topic on that list, takes that opt-out off it. Raises
    ConfigurationError without a project, UsageError for what can't be, UnreadableInput for a file without words.
    """
    need_file(project, "the ledger of consents is a project's", GO_THERE)
    if topic is None and said.state is not Said.WITHDRAWN:
        raise UsageError("consent is to one topic: name it after the contact")
    with open_state(project, write=True) as state:
        gathered = gather(project, Sources(), state, now)
        person = person_meant(project, gathered, state, who)
        texts = Wordings(project.folder)
        entry = _entry(project, person.id, topic or ALL_TOPICS, said, now, texts)
        lacking = lacking_of(entry)
        with state.writing() as connection:
            _make_known(connection, person, gathered)
            keep_wordings(connection, texts.texts)
            append_consents(connection, [entry])
            added = lifted = 0
            if said.state is Said.WITHDRAWN:
                added = _suppress(connection, project, person, entry)
            elif said.state is Said.GRANTED and not lacking:
                lifted = _lift(connection, person, entry)
            standing = _standing(connection, person, entry)
            ledger = read_consents(connection, person.id, topic)
        is_grant = said.state is Said.GRANTED
        return Entered(
            person, entry, lacking, added, lifted, standing if is_grant else (),
            _beaten_at(entry, ledger) if is_grant else None,
            _contradiction(project, gathered, person.id, entry),
        )  # fmt: skip


def _beaten_at(entry: Entry, ledger: Sequence[Mapping[str, Any]]) -> int | None:
    corrected = {other["corrects"] for other in ledger}
    ends = [
        other["at"]
        for other in ledger
        if other["state"] == Said.WITHDRAWN and other["number"] not in corrected
    ]
    return max(ends) if ends and max(ends) >= (entry.at or 0) else None


def lacking_of(entry: Entry) -> list[str]:
    """What an entry of a consent lacks of a proof that holds; [] of any other."""
    if entry.state != Said.GRANTED:
        return []
    return [name for name in ("at", "source", *PROOFS) if getattr(entry, name) is None]


def _entry(
    project: Project, contact: str, topic: str, said: Statement, now: datetime, texts: Wordings
) -> Entry:
    hash = None
    if said.wording is not None:
        words = texts.file(said.wording)
        if words is None or not words.strip():
            raise UnreadableInput(
                f"{said.wording}: no file of the project that has words in it",
                "name it as seen from mactl.yaml",
            )
        hash = texts.add(words)
    is_grant = said.state is Said.GRANTED
    shown = f"the words of {said.wording}" if said.wording and is_grant else None
    return Entry(
        contact=contact,
        topic=topic,
        state=str(said.state),
        at=_instant(project, said, now),
        source=said.source,
        place=None,
        wording=hash,
        file=said.wording,
        free=said.free,
        specific=(said.specific or f"given for {topic} alone") if is_grant else None,
        informed=shown,
        unambiguous=said.unambiguous,
        channels=";".join(said.channels) if said.state is not Said.WITHDRAWN else None,
        origin=str(Origin.COMMAND),
        recorded_at=to_epoch(now),
        recorded_by=COMMAND,
    )


def _instant(project: Project, said: Statement, now: datetime) -> int | None:
    if said.at is None:
        return None if said.state is Said.GRANTED else to_epoch(now)
    try:
        at = to_epoch(parse_instant(said.at, zone_named(project.settings.timezone)))
    except (ValueError, OverflowError) as invalid:
        raise UsageError(f"--at: {invalid}") from None
    if at > to_epoch(now) + 59:  # a run's now is in whole minutes
        raise UsageError(f"--at {said.at}: nobody has said that yet")
    return at


def _make_known(connection: Connection, person: Person, gathered: Gathered) -> None:
    """Has the state know the contact by all their keys: whoever gets another one stays who they are."""
    if gathered.is_known:
        return
    table = gathered.people.aliases.to_pandas()
    theirs = table.loc[table["_contact"].astype("str") == person.id, "alias"].tolist()
    add = insert_into(connection, contacts).on_conflict_do_nothing()
    connection.execute(add, {"id": person.id, "key": person.key, "merged_into": None})
    if theirs:
        add = insert_into(connection, aliases).on_conflict_do_nothing()
        connection.execute(add, [{"alias": alias, "contact": person.id} for alias in theirs])


def _suppress(connection: Connection, project: Project, person: Person, entry: Entry) -> int:
    """What is queued is looked at once more when it goes out, and the suppression list is what it is held against."""
    topics = [entry.topic] if entry.topic != ALL_TOPICS else marketing_topics(project)
    return add_suppressions(
        connection,
        [
            Suppression(key, "withdrew their consent", "consent", entry.recorded_at, topic)
            for key in person.address_keys
            for topic in topics
        ],
    )


def marketing_topics(project: Project) -> list[str]:
    """All topics that there is marketing on: an entry for all mail would stop service mail as well."""
    recipes = select_recipes(project, ()).cookbook.recipes.values()
    written = {r.file.privacy.topic for r in recipes if r.file.privacy and r.file.privacy.topic}
    return sorted({*project.settings.consent, *written})


def _lift(connection: Connection, person: Person, entry: Entry) -> int:
    columns = suppressions.c
    older = delete(suppressions).where(
        columns.address_key.in_(person.address_keys),
        columns.topic == entry.topic,
        columns.at < (entry.at or 0),
        columns.source.not_in(_HARD),
    )
    return connection.execute(older).rowcount


def _standing(connection: Connection, person: Person, entry: Entry) -> list[tuple[str, str]]:
    found = find_entries(connection, person.address_keys)
    return [
        (topic, reason)
        for reasons in found.values()
        for topic, reason in reasons.items()
        if topic in (ALL_MAIL, entry.topic)
    ]


def _contradiction(project: Project, gathered: Gathered, contact: str, entry: Entry) -> str | None:
    declared = project.settings.consent.get(entry.topic)
    if entry.state != Said.GRANTED or declared is None or declared.withdrawn is None:
        return None
    facts = gathered.facts.about(contact)
    said = Columns(facts.contacts, facts.fields, lambda days: days).is_(declared.withdrawn, True)
    return declared.withdrawn if any(said.to_pylist()) else None


def correct_consent(project: Project, number: int, reason: str, now: datetime) -> Entry:
    """Say that an entry was a mistake: it stays in the ledger and counts no more. Returns the correction.

    Raises UsageError where there is no such entry, or it was corrected before.
    """
    need_file(project, "the ledger of consents is a project's", GO_THERE)
    with open_state(project, write=True) as state, state.writing() as connection:
        entry = _corrects(connection, number)
        correction = replace(
            Entry(contact=entry["contact"], topic=entry["topic"], state=str(Said.CORRECTED)),
            at=to_epoch(now),
            source=reason,
            corrects=number,
            recorded_at=to_epoch(now),
            recorded_by="consent correct",
        )
        append_consents(connection, [correction])
    return correction


def _corrects(connection: Connection, number: int) -> Mapping[str, Any]:
    found = find_entries_by(connection, consents.c.number == number)
    if not found:
        raise UsageError(f"the ledger has no entry {number}", "mactl consent list numbers them")
    if found[0]["state"] == Said.CORRECTED or find_entries_by(
        connection, consents.c.corrects == number
    ):
        raise UsageError(f"entry {number} was corrected before, or is itself a correction")
    return found[0]
