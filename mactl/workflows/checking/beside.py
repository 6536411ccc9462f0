"""Recipes beside what they are about: the project's data, and who is in a journey now."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select

from mactl.checks.beside import DATA_CHECKS, STATE_CHECKS
from mactl.checks.data import Data
from mactl.checks.in_flight import InFlight, Sent, Standing
from mactl.checks.scope import Scope
from mactl.findings import Finding
from mactl.project import Project
from mactl.recipe.cookbook import parse_recipe
from mactl.store import tables
from mactl.store.state import State
from mactl.store.tables import GONE, enrollments, sends
from mactl.store.versions import read_versions
from mactl.workflows.gathering import Sources, gather
from mactl.workflows.opening import open_state


@dataclass(frozen=True)
class Beside:
    """What recipes are looked at beside."""

    now: Callable[[Project], datetime]
    """The one `now` of a project's data."""
    data: Sources | None = None
    state: bool = False


def findings_beside(project: Project, scope: Scope, beside: Beside) -> Iterator[Finding]:
    """What the checks of data and state find."""
    with open_state(project) as state:
        if beside.data is not None:
            gathered = gather(project, beside.data, state, beside.now(project))
            data = Data(scope, gathered.facts, project.settings.engine)
            for check_data in DATA_CHECKS:
                yield from check_data.check(data)
        if beside.state:
            in_flight = read_in_flight(state)
            for check_state in STATE_CHECKS:
                yield from check_state.check(scope, in_flight)


def read_in_flight(state: State) -> InFlight:
    """Who stands where and what went out, as an edit could harm it."""
    inside, out = enrollments.c, sends.c
    present = inside.status.in_((tables.Standing.ACTIVE, tables.Standing.WAITING))
    keys = (inside.recipe, inside.version, inside.step)
    standing = select(*keys, func.count()).where(present).group_by(*keys)
    people = func.count(out.contact.distinct())
    gone = select(out.recipe, out.template, people).where(out.status.in_(GONE))
    with state.reading() as connection:
        stands = [Standing(*row) for row in connection.execute(standing)]
        sent = [Sent(*row) for row in connection.execute(gone.group_by(out.recipe, out.template))]
        sending = connection.execute(select(out.recipe, out.version).distinct())
        pairs = {*((each.recipe, each.version) for each in stands), *map(tuple, sending)}
        kept = read_versions(connection, pairs)
    ran = {}
    for version in kept:
        recipe, _ = parse_recipe(version.text, Path(f"{version.recipe}.yaml"))
        if recipe is not None:
            ran[version.recipe, version.version] = recipe
    return InFlight(sorted(stands, key=repr), sorted(sent, key=repr), ran)
