"""What every command about consent needs: the people, and the ledger as it would be if it were told of everything."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from mactl.clock import to_epoch, zone_named
from mactl.consent.entry import PROOFS
from mactl.consent.judging import Standard
from mactl.consent.ledger import SCHEMA
from mactl.durations import add_duration
from mactl.project import Project
from mactl.store.consents import NewConsents
from mactl.store.state import State
from mactl.store.suppressions import read_suppressions
from mactl.workflows.consenting.recording import Wordings, find_unrecorded
from mactl.workflows.gathering import Gathered, Sources, gather
from mactl.workflows.opening import open_state


@dataclass(frozen=True)
class Record:
    """All that is on record of consent."""

    project: Project
    state: State
    gathered: Gathered
    unrecorded: NewConsents
    """What the ledger was not told yet."""

    @property
    def ledger(self) -> pa.Table:
        """The ledger with what it was not told yet behind it, whose numbers are below 0."""
        return pa.concat_tables([self.gathered.ledger, as_ledger(self.unrecorded.entries)])

    def standards(self, now: datetime) -> dict[str, Standard]:
        """What the consents for each topic that mactl.yaml declares are held against."""
        files = Wordings(self.project.folder)
        zone = zone_named(self.project.settings.timezone)
        found = {}
        for topic, declared in self.project.settings.consent.items():
            expires = None
            if declared.confirm_within is not None:
                expires = to_epoch(now) - to_epoch(
                    add_duration(now, -declared.confirm_within, zone)
                )
            words = None if declared.words is None else files.file(declared.words)
            found[topic] = Standard(expires, None if words is None else files.add(words))
        return found

    def files(self) -> Mapping[str, str]:
        """The hash of the words that each file that entries name has now."""
        files = Wordings(self.project.folder)
        return files.read(self.ledger.column("file")).now()


@contextmanager
def open_record(
    project: Project, now: datetime, sources: Sources, by: str, *, write: bool = False
) -> Iterator[Record]:
    """The people, the state and what is on record of consent at `now`; `by` is the command."""
    with open_state(project, write=write) as state:
        gathered = gather(project, sources, state, now)
        with state.reading() as connection:
            suppressed = read_suppressions(connection)
        yield Record(project, state, gathered, find_unrecorded(project, gathered, suppressed, by))


def as_ledger(entries: pa.Table) -> pa.Table:
    """Entries that are not entered yet, as rows of a ledger, numbered -1, -2, …"""
    count = entries.num_rows
    proofs = {name: entries.column(name).is_valid() for name in PROOFS}
    complete = pc.and_(entries.column("at").is_valid(), entries.column("source").is_valid())
    for one in proofs.values():
        complete = pc.and_(complete, one)
    made = {
        "number": pa.array(range(-1, -count - 1, -1), pa.int64()),
        **proofs,
        "complete": complete,
    }
    columns = [made[name] if name in made else entries.column(name) for name in SCHEMA.names]
    return pa.table(columns, names=SCHEMA.names).cast(SCHEMA)
