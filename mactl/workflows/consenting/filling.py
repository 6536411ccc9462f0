"""`mactl consent record --from-sources`: the ledger is told what the sources and the state say."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from mactl import __version__
from mactl.clock import to_epoch
from mactl.findings import Finding
from mactl.project import Project
from mactl.store.commit import Changes, commit_run
from mactl.store.consents import NewConsents
from mactl.store.lock import planner_lock
from mactl.store.logbook import Begun, finish_run
from mactl.workflows.consenting.opening import open_record
from mactl.workflows.gathering import Sources
from mactl.workflows.opening import GO_THERE, need_file
from mactl.workflows.writing.changes import new_aliases, new_contacts

COMMAND = "consent record"


@dataclass(frozen=True)
class Filled:
    """What was entered: (topic, state) → how many; and what was wrong with the data."""

    counts: Mapping[tuple[str, str], int]
    findings: tuple[Finding, ...]


def record_from_sources(
    project: Project, sources: Sources, now: datetime, *, dry_run: bool = False
) -> Filled:
    """Enter what the ledger was not told yet, as a run of the logbook; nothing where there is nothing new.

    Raises ConfigurationError without a project, TryAgainLater where a planner is at work.
    """
    need_file(project, "the ledger of consents is a project's", GO_THERE)
    started = to_epoch(datetime.now(UTC))
    with open_record(project, now, sources, COMMAND, write=not dry_run) as record:
        new = record.unrecorded
        filled = Filled(counts_of(new), record.gathered.findings)
        if dry_run or not len(new):
            return filled
        state = record.state
        with planner_lock(state, f"mactl {COMMAND}", started):
            changes = Changes(
                contacts=new_contacts(record.gathered),
                aliases=new_aliases(record.gathered),
                consents=new,
            )
            begun = Begun(COMMAND, to_epoch(now), started, __version__)
            committed = commit_run(state, begun, changes)
            with state.writing() as connection:
                finished = to_epoch(datetime.now(UTC))
                finish_run(connection, committed.run, finished, {"consents": len(new)})
    return filled


def counts_of(new: NewConsents) -> dict[tuple[str, str], int]:
    """How many entries there are of each topic and state."""
    table = new.entries.group_by(["topic", "state"]).aggregate([("contact", "count")])
    rows = table.to_pylist()
    found = Counter({(row["topic"], row["state"]): row["contact_count"] for row in rows})
    return dict(sorted(found.items()))
