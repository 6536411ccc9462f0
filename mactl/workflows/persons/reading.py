"""People with the rows that they were made of, for the commands that look at single contacts."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mactl.people.cells import Numbers
from mactl.people.origins import Origins
from mactl.people.people import People
from mactl.project import Project
from mactl.store.state import State
from mactl.workflows.gathering import Sources, gather_origins, read_erased, read_known


@dataclass(frozen=True)
class Reading:
    """People, and how they came about."""

    people: People
    origins: Origins

    def rows_of(self, person: int) -> Numbers:
        """The rows that a contact (its place) is made of, in the order of the sources."""
        return self.origins.persons.rows_of(person)

    def keys_of(self, rows: Numbers) -> list[dict[str, str]]:
        """The identity keys of each of `rows`, strongest first: kind → value."""
        columns = {
            name: cells.take(rows).array().to_pylist() for name, cells in self.origins.keys.items()
        }
        return [
            {name: values[place] for name, values in columns.items() if values[place] is not None}
            for place in range(len(rows))
        ]

    def place_of(self, row: int) -> tuple[str | None, int]:
        """The file and line of a row."""
        return self.origins.place_of(row)


def read_all(project: Project, files: Sequence[Path], state: State) -> Reading:
    """The people in `files`, or in the project's sources, as the state knows them."""
    people, origins = gather_origins(
        project, Sources(contacts=files), read_known(state), read_erased(state)
    )
    return Reading(people, origins)


def told_place(path: str | None, line: int) -> str:
    """A file and line as they are shown."""
    return f"{path}:{line}" if path is not None else "a row without a file"
