"""`mactl contacts`: the people in the sources."""

from collections.abc import Sequence
from pathlib import Path

from mactl.people.people import People
from mactl.project import Project
from mactl.store.state import State
from mactl.workflows.gathering import Sources, gather_people


def check_contacts(project: Project, files: Sequence[Path]) -> People:
    """The people in `files`, or in the project's sources, with every finding on the way."""
    with State.open(project.state_url, project.folder, write=False) as state:
        return gather_people(project, Sources(contacts=files), state)
