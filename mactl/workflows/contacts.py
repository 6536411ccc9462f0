"""`mactl contacts` and `mactl events`: the people in the sources, and what they did."""

from collections.abc import Sequence
from pathlib import Path

from mactl.errors import UsageError
from mactl.people.events import Events
from mactl.people.people import People
from mactl.project import Project
from mactl.workflows.gathering import (
    Sources,
    contact_sources,
    event_sources,
    gather_events,
    gather_people,
    read_erased,
    read_known,
)
from mactl.workflows.opening import open_state
from mactl.workflows.rejecting import Written, expect_free, keep_rejects


def check_contacts(project: Project, files: Sequence[Path]) -> People:
    """The people in `files`, or in the project's sources, with every finding on the way."""
    with open_state(project) as state:
        return gather_people(
            project, Sources(contacts=files), read_known(state), read_erased(state)
        )


def check_contacts_keeping(
    project: Project, files: Sequence[Path], rejects: Path
) -> tuple[People, Written]:
    """As `check_contacts`, and the rows that are left out are written to `rejects`.

    Raises UsageError before anything is read where they may not be written there.
    """
    folder, sources = contact_sources(project, Sources(contacts=files))
    expect_free(rejects, folder, sources)
    people = check_contacts(project, files)
    return people, keep_rejects(rejects, folder, sources, people.refused)


def check_events(
    project: Project, sources: Sources, rejects: Path | None
) -> tuple[Events, Written | None]:
    """The events in the sources, with every finding on the way; the rows that are left out are written to `rejects`.

    Raises UsageError where there are no events, and as `check_contacts_keeping` does.
    """
    folder, files = event_sources(project, sources)
    if not files:
        raise UsageError(
            "there are no events", "name a file of events, or give `events` in mactl.yaml"
        )
    if rejects is not None:
        expect_free(rejects, folder, files)
    with open_state(project) as state:
        people = gather_people(project, sources, read_known(state), read_erased(state))
    events = gather_events(project, sources, people)
    if rejects is None:
        return events, None
    return events, keep_rejects(rejects, folder, files, events.refused)
