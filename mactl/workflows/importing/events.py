"""`mactl events import`: files of events → the archive, which the next run's facts are read from as well."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from mactl.clock import zone_named
from mactl.columns import AT, CONTACT, EVENT, KEY
from mactl.findings import Finding, Severity, in_reading_order
from mactl.keeping import EVENTS
from mactl.people.analytics.formats import ExportFormat, How, read_hits, recognise
from mactl.people.analytics.hits import Hits, put_together
from mactl.people.archive import Archive, first_of_each, known_by
from mactl.people.cells import Numbers
from mactl.people.event_tables import Archived, joined
from mactl.people.events import read_events
from mactl.people.people import People
from mactl.project import EventSource, Project
from mactl.store.commit import write_people
from mactl.store.identities import follow_merges, read_merges
from mactl.store.state import State
from mactl.workflows.gathering import read_known, read_project_people
from mactl.workflows.importing.recording import record_events, record_hits, sift
from mactl.workflows.importing.whose import Visitors
from mactl.workflows.opening import GO_THERE, need_file, open_state

_NO_KEY = bytes(32)
_TOGETHER = 250_000  # hits


@dataclass(frozen=True)
class Arrived:
    """What came of one file: how many events are new, how many were there before, how many hits were of nobody known,
    of robots, or nothing that somebody did, and how many rows can't be read."""

    path: str
    format: ExportFormat
    new: int
    known: int
    anonymous: int
    robots: int
    others: int
    faulty: int
    contacts: int
    events: Mapping[str, int]
    """Of those that are new, how many of each name."""
    span: tuple[int, int] | None
    """When the first and the last of those happened, epoch seconds."""
    findings: Sequence[Finding] = field(default_factory=tuple)


def import_events(
    project: Project,
    files: Sequence[Path],
    now: datetime,
    *,
    format: ExportFormat | None = None,
    more: Sequence[str] = (),
    dry_run: bool = False,
    progress: Callable[[str], None] = lambda path: None,
) -> list[Arrived]:
    """Import every file, one after another, each whole or not at all; what was imported before adds nothing.

    `format` is that of all of them; each is recognised where it is left out. `more` are parameters that are kept beside
    those that mactl knows. With `dry_run` nothing is written. Raises ConfigurationError without a project,
    UnreadableInput for a file that is no such export, TryAgainLater where another import runs for long.
    """
    need_file(project, "imported events are a project's", GO_THERE)
    formats = [format or recognise(path) for path in files]
    archive = Archive(project.folder / EVENTS)
    with open_state(project, write=not dry_run) as state, _alone(archive, dry_run):
        importer = _Importer(project, state, archive, more, dry_run=dry_run)
        arrived = []
        for path, its in zip(files, formats, strict=True):
            progress(str(path))
            arrived.append(importer.take_in(path, its, f"{now:%Y%m%dT%H%M%S}-{its}"))
        return arrived


def _alone(archive: Archive, dry_run: bool) -> AbstractContextManager[None]:
    return nullcontext() if dry_run else archive.alone()


class _Importer:
    def __init__(
        self,
        project: Project,
        state: State,
        archive: Archive,
        more: Sequence[str],
        *,
        dry_run: bool,
    ) -> None:
        self._project, self._state, self._archive = project, state, archive
        self._dry_run = dry_run
        self._people: People = read_project_people(project, state)
        self._ids = self._people.contacts.column(CONTACT).combine_chunks()
        with state.reading() as connection:
            merges = follow_merges({**read_merges(connection), **dict(self._people.merged)})
        self._merges = merges
        self._visitors = Visitors(project.settings, self._people, state, merges)
        self._how = How(zone_named(project.settings.timezone), self._visitors.keys, more)
        self._prints = archive.prints(merges)
        is_new = dry_run and not archive.parts
        self._key = _NO_KEY if is_new else archive.key()

    def take_in(self, path: Path, format: ExportFormat, name: str) -> Arrived:
        """Import one file."""
        counts: Counter[str] = Counter()
        findings: list[Finding] = []
        parts: list[Archived] = []
        for part in self._read(path, format, counts, findings):
            fresh = self._fresh(part)
            counts["known"] += len(part) - len(fresh)
            if len(fresh):
                parts.append(fresh)
        whole = joined(parts)
        if len(whole) and not self._dry_run:
            self._remember(whole)
            self._archive.add(whole, name)
        could_be_read = counts["anonymous"] or not counts["faulty"]
        if not len(whole) and not counts["known"] and could_be_read:
            findings.append(_nobody(path, counts["anonymous"]))
        return _told(path, format, whole, counts, findings)

    def _read(
        self, path: Path, format: ExportFormat, counts: Counter[str], findings: list[Finding]
    ) -> Iterator[Archived]:
        if format is ExportFormat.CSV:
            source = EventSource(file=str(path))
            events = read_events(self._project.settings, Path(), [source], self._people)
            findings += events.findings
            told = events.summary
            counts.update(anonymous=told.unknown, faulty=told.rejected, known=told.repeated)
            yield record_events(events, self._key)
            return
        for hits in self._sifted(path, format, counts, findings):
            recorded = record_hits(hits, self._visitors, self._ids, self._key)
            counts.update(
                anonymous=recorded.anonymous, robots=recorded.robots, others=recorded.others
            )
            yield recorded.events

    def _sifted(
        self, path: Path, format: ExportFormat, counts: Counter[str], findings: list[Finding]
    ) -> Iterator[Hits]:
        """The hits that may be somebody's, so many at a time that looking up whose they are is worth it."""
        kept: list[Hits] = []
        for hits in read_hits(path, format, self._how):
            sifted = sift(hits)
            findings += hits.findings
            counts.update(
                anonymous=hits.anonymous + sifted.anonymous,
                robots=sifted.robots,
                others=hits.others,
                faulty=hits.faulty,
            )
            kept.append(sifted.hits)
            if sum(map(len, kept)) >= _TOGETHER:
                yield put_together(kept)
                kept.clear()
        if kept:
            yield put_together(kept)

    def _fresh(self, part: Archived) -> Archived:
        """What of it was not imported before, each once; from now on it was."""
        if not len(part):
            return part
        keys: Numbers = known_by(part.events, self._merges)
        new = first_of_each(keys, self._prints)
        self._prints = np.concatenate([self._prints, keys[new]])
        return Archived(part.events.take(pa.array(new)), part.properties)

    def _remember(self, archived: Archived) -> None:
        """Keep who the contacts of these events are: their ids are made from what their sources say today."""
        theirs = pc.unique(archived.events.column(CONTACT).cast(pa.string()))
        aliases = self._people.aliases
        before = read_known(self._state)
        known = pa.array(before["alias"], pa.string())
        new = aliases.filter(
            pc.and_not(
                pc.is_in(aliases.column(CONTACT).cast(pa.string()), value_set=theirs),
                pc.is_in(aliases.column("alias"), value_set=known),
            )
        )
        if not new.num_rows:
            return
        frame = new.to_pandas().rename(columns={CONTACT: "contact"})[["alias", "contact"]]
        frame = frame.astype("str")
        fresh = pd.Index(frame["contact"].unique()).difference(before["contact"])
        places = pc.index_in(pa.array(fresh, pa.string()), value_set=self._ids)
        keys = self._people.contacts.column(KEY).take(places).to_pandas()
        people = pd.DataFrame({"id": fresh, "key": keys.array, "merged_into": None})
        with self._state.writing() as connection:
            write_people(connection, people.assign(key=people["key"].fillna(people["id"])), frame)


def _nobody(path: Path, anonymous: int) -> Finding:
    count = f"its {anonymous:,} visits name" if anonymous else "it names"
    return Finding(
        "events-of-nobody",
        Severity.WARNING,
        f"{path}: {count} nobody who is among the contacts, so that nothing is kept",
        hint="say in mactl.yaml what names a visitor, such as visitors: {uid: contact_id}",
    )


def _told(
    path: Path,
    format: ExportFormat,
    whole: Archived,
    counts: Mapping[str, int],
    findings: Sequence[Finding],
) -> Arrived:
    events = whole.events
    names = events.column(EVENT).value_counts().to_pylist() if len(whole) else []
    at = pc.min_max(events.column(AT)).as_py() if len(whole) else None
    return Arrived(
        str(path),
        format,
        len(whole),
        counts["known"],
        counts["anonymous"],
        counts["robots"],
        counts["others"],
        counts["faulty"],
        len(pc.unique(events.column(CONTACT).combine_chunks())) if len(whole) else 0,
        {
            each["values"]: each["counts"]
            for each in sorted(names, key=lambda each: (-each["counts"], each["values"]))
        },
        (at["min"], at["max"]) if at else None,
        tuple(in_reading_order(findings)),
    )
