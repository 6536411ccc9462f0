"""`mactl contacts`: the people in the sources."""

from collections.abc import Sequence
from pathlib import Path

from mactl.people.people import People
from mactl.project import Project
from mactl.workflows.gathering import Sources, gather_people, read_known
from mactl.workflows.opening import open_state


def check_contacts(project: Project, files: Sequence[Path]) -> People:
    """The people in `files`, or in the project's sources, with every finding on the way."""
    with open_state(project) as state:
        return gather_people(project, Sources(contacts=files), read_known(state))
