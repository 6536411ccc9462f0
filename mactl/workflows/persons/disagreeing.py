"""`mactl contacts conflicts`: what the sources disagree on."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mactl.errors import UsageError
from mactl.people.identity.conflicts import find_conflicts
from mactl.people.identity.keys import compared
from mactl.project import Project
from mactl.validation import did_you_mean
from mactl.workflows.opening import open_state
from mactl.workflows.persons.parting import key_of
from mactl.workflows.persons.reading import read_all
from mactl.workflows.persons.showing import FieldShown, show_field, told_survival


@dataclass(frozen=True)
class Disagreement:
    """A field in which rows of one contact differ: how many contacts, and of some of them what."""

    field: str
    count: int
    rule: str
    """Which value they get."""
    contacts: tuple[tuple[str, FieldShown], ...]


def list_conflicts(
    project: Project, files: Sequence[Path], field: str | None, most: int
) -> list[Disagreement]:
    """The fields in which contacts have different values, those of most contacts first; of each the first `most`
    contacts, or with `field` of that field alone.

    Raises UsageError where there is no such field.
    """
    with open_state(project) as state:
        reading = read_all(project, files, state)
    people, origins = reading.people, reading.origins
    if field is not None and field not in people.fields:
        raise UsageError(
            f"there is no field {field!r}",
            did_you_mean(field, people.fields) or f"there are {', '.join(people.fields)}",
        )
    cells = origins.rows.cells
    wanted = dict(cells) if field is None else {field: cells[field]}
    for key in origins.rules:
        if len(key.fields) == 1 and key.name in wanted:
            # Two ways of writing one key are no two values: nobody is another person by them.
            country = project.settings.country
            wanted[key.name] = compared(wanted[key.name], key.compare, country)
    found = []
    for conflict in find_conflicts(origins.persons, wanted):
        shown = []
        for person in conflict.persons[:most].tolist():
            told = show_field(
                reading, conflict.field, person, reading.rows_of(person), project.settings
            )
            if told is not None:
                shown.append((key_of(people, person), told))
        rule = told_survival(reading, conflict.field, project.settings)
        found.append(Disagreement(conflict.field, len(conflict.persons), rule, tuple(shown)))
    return found
