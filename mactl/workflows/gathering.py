"""The facts of a run: sources → people and events, with what the state knows laid over them."""

import functools
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import pandas as pd
import pyarrow as pa

from mactl.clock import zone_named
from mactl.columns import CONTACT
from mactl.consent.ledger import no_words
from mactl.errors import UsageError
from mactl.facts.facts import Facts
from mactl.facts.fields import lay_fields
from mactl.facts.layers import layer_events
from mactl.findings import Finding
from mactl.keeping import CACHE, EVENTS
from mactl.own_events import FIELD_SET
from mactl.people.archive import Archive
from mactl.people.cache import Cache
from mactl.people.events import Events, read_events, sheets_ahead
from mactl.people.kept import Kept, kept_events, kept_people
from mactl.people.memory import give_back
from mactl.people.origins import Origins
from mactl.people.people import People, read_origins, read_people
from mactl.people.sources.files import declared_source
from mactl.project import ContactSource, EventSource, Project, Settings
from mactl.store.erasures import Erasures, read_erasures
from mactl.store.events import read_events as read_own_events
from mactl.store.identities import aliases_mark, follow_merges, read_aliases, read_merges
from mactl.store.journeys import read_passages
from mactl.store.state import State
from mactl.store.suppressions import read_suppressions
from mactl.store.tables import EMAIL
from mactl.workflows.addresses import contact_frame
from mactl.workflows.consenting.reading import read_kept_ledger
from mactl.workflows.echoing import with_echoes
from mactl.workflows.opting_out import opted_out

_Source = TypeVar("_Source", ContactSource, EventSource)


@dataclass(frozen=True)
class Sources:
    """Which files people and events come from: the project's, or others named on the command line."""

    contacts: Sequence[Path] = ()
    events: Sequence[Path] = ()


@dataclass(frozen=True)
class Gathered:
    """People and what they did, as they stand at one `now`."""

    people: People
    facts: Facts
    frame: Callable[[], pd.DataFrame]
    """Makes `contacts`, once: a million names take their time, and not all commands show any."""
    known: pd.DataFrame
    """alias, contact: the identity keys that the state knew before; empty where `is_known`."""
    findings: tuple[Finding, ...]
    merges: Mapping[str, str] = field(default_factory=dict)
    """Contacts that turned out to be another → the one that they are today."""
    is_known: bool = False
    """Whether the state knows all identity keys already."""
    ledger: pa.Table = field(default_factory=no_words)
    """What the ledger of consents says of each contact; the facts have what others said that holds for them, too."""

    @property
    def contacts(self) -> pd.DataFrame:
        """Indexed by contact id: key, address, address_key, zone (null for the project's); see `contact_frame`."""
        return self.frame()


def read_known(state: State) -> pd.DataFrame:
    """alias, contact of every identity key that the state knows, oldest first."""
    with state.reading() as connection:
        return read_aliases(connection)


def read_erased(state: State) -> Erasures | None:
    """Who was erased and does not come back by an import; None where nobody was."""
    with state.reading() as connection:
        return read_erasures(connection)


def gather_people(
    project: Project, sources: Sources, known: pd.DataFrame, erased: Erasures | None = None
) -> People:
    """The people in the project's sources, or in `sources.contacts` where they are named, less who was `erased`;
    `known` are the aliases in the state.

    Raises UsageError where there are no sources at all.
    """
    folder, files = contact_sources(project, sources)
    return read_people(project.settings, folder, files, _as_table(known), erased)


def gather_origins(
    project: Project, sources: Sources, known: pd.DataFrame, erased: Erasures | None = None
) -> tuple[People, Origins]:
    """As `gather_people`, with the rows that they were made of."""
    folder, files = contact_sources(project, sources)
    return read_origins(project.settings, folder, files, _as_table(known), erased)


def gather_events(project: Project, sources: Sources, people: People) -> Events:
    """The events in the project's sources, or in `sources.events` where they are named."""
    folder, files = event_sources(project, sources)
    return read_events(project.settings, folder, files, people)


def _as_table(known: pd.DataFrame) -> pa.Table:
    return pa.Table.from_pandas(known.rename(columns={"contact": CONTACT}), preserve_index=False)


def contact_sources(project: Project, sources: Sources) -> tuple[Path, Sequence[ContactSource]]:
    """The folder that the files of contacts are named from, and the files."""
    if sources.contacts:
        declared = project.settings.contacts
        return Path(), [
            _as_declared(path, project, declared, ContactSource) for path in sources.contacts
        ]
    if not project.settings.contacts:
        raise UsageError(
            "there are no contacts",
            "name a file with --contacts, or under `contacts` in mactl.yaml",
        )
    return project.folder, project.settings.contacts


def _as_declared(
    path: Path, project: Project, declared: Sequence[_Source], kind: type[_Source]
) -> _Source:
    """A file that is named on the command line, read as mactl.yaml says where it says anything of it."""
    source = declared_source(path, project.folder, declared) or kind(file=str(path))
    return source.model_copy(update={"file": str(path)})


def event_sources(project: Project, sources: Sources) -> tuple[Path, Sequence[EventSource]]:
    """The folder that the files of events are named from, and the files."""
    if sources.events:
        known = project.settings.events
        return Path(), [_as_declared(path, project, known, EventSource) for path in sources.events]
    # Contacts from elsewhere have not done what the project's events say.
    return project.folder, () if sources.contacts else project.settings.events


def gather(
    project: Project,
    sources: Sources,
    state: State,
    now: datetime,
    changed: Collection[str] | None = (),
) -> Gathered:
    """All that a run needs to know of people and events at `now`, with the kept changes of the fields `changed` (None:
    of all).

    In a project what is read is kept, and read again only where something it was made from has changed.
    """
    kept, events = read_sources(project, sources, state)
    known = _NOBODY if kept.is_known else read_known(state)
    cache = Cache(project.folder / CACHE) if project.has_file else None
    gathered = lay_over(
        project.settings, kept.people, events, known, state, now, cache=cache, changed=changed
    )
    return replace(gathered, is_known=kept.is_known)


def read_sources(project: Project, sources: Sources, state: State) -> tuple[Kept, Events]:
    """The people and events in the project's sources, or in those that are named; kept in a project.

    Raises UsageError where there are no sources at all.
    """
    if not project.has_file:
        people = gather_people(project, sources, read_known(state), read_erased(state))
        return Kept(people, None, False), gather_events(project, sources, people)
    # Contacts from elsewhere have not done what was imported, and whoever names files of events means these.
    is_own = not (sources.contacts or sources.events)
    archive = Archive(project.folder / EVENTS) if is_own else None
    folder, declared = event_sources(project, sources)
    ahead = sheets_ahead(folder, declared)
    kept = _kept_people(project, sources, state, ahead.begin)
    merged = {}
    if archive is not None and archive.parts:
        with state.reading() as connection:
            merged = read_merges(connection)
    entries = Cache(project.folder / CACHE)
    merges = follow_merges({**merged, **dict(kept.people.merged)})
    events = kept_events(entries, project.settings, folder, declared, kept, archive, merges, ahead)
    give_back()
    return kept, events


def read_project_people(project: Project, state: State) -> People:
    """The people in the project's sources; what is kept of them is used, and kept."""
    return _kept_people(project, Sources(), state).people


def _kept_people(
    project: Project, sources: Sources, state: State, meanwhile: Callable[[], None] = lambda: None
) -> Kept:
    with state.reading() as connection:
        mark = [state.id, *aliases_mark(connection)]
        erased = read_erasures(connection)
    folder, contacts = contact_sources(project, sources)
    kept = kept_people(
        Cache(project.folder / CACHE),
        project.settings,
        folder,
        contacts,
        lambda: _as_table(read_known(state)),
        mark,
        erased,
        meanwhile,
    )
    give_back()
    return kept


_NOBODY = pd.DataFrame({"alias": pd.Series(dtype="str"), "contact": pd.Series(dtype="str")})


def _told_facts(
    settings: Settings, people: People, events: Events, own: pd.DataFrame, now: datetime
) -> Facts:
    """What the sources tell, with the state's `own` events."""
    facts = Facts(
        now, zone_named(settings.timezone), people.contacts, people.fields,
        events.events, events.properties,
    )  # fmt: skip
    if not len(own):
        return facts
    return layer_events(facts, pa.Table.from_pandas(own, preserve_index=False))


def lay_over(
    settings: Settings,
    people: People,
    events: Events,
    known: pd.DataFrame,
    state: State,
    now: datetime,
    frame: pd.DataFrame | None = None,
    cache: Cache | None = None,
    changed: Collection[str] | None = (),
) -> Gathered:
    """`people` and `events` with what the state knows laid over them, as they stand at `now`.

    `frame` is the `contact_frame` of `people`, where it was made before; `cache` keeps what of the state is long;
    `changed` is as in `gather`.
    """
    with state.reading() as connection:
        own = read_own_events(connection, changed)
        passages = read_passages(connection)
        merges = follow_merges({**read_merges(connection), **dict(people.merged)})
        suppressed = read_suppressions(connection)
        consents = read_kept_ledger(connection, state.id, cache, merges)
    for told in (own, passages):
        told["contact"] = told["contact"].replace(merges) if merges else told["contact"]
    if len(own) and (own["event"] == FIELD_SET).any():
        table, fields = lay_fields(people.contacts, people.fields, own)
        people, frame = replace(people, contacts=table, fields=fields), None

    @functools.cache
    def contacts() -> pd.DataFrame:
        return contact_frame(people, settings) if frame is None else frame

    facts = replace(
        _told_facts(settings, people, events, own, now),
        passages=pa.Table.from_pandas(passages, preserve_index=False),
        opted_out=opted_out(people, contacts, suppressed, state.secret, settings.consent),
        consents=consents,
        consent=settings.consent,
        channels=(EMAIL, *(name for name in settings.channels if name != EMAIL)),
    )
    findings = (*people.findings, *events.findings)
    return Gathered(
        people, with_echoes(facts, people), contacts, known, findings, merges, ledger=consents
    )
