"""`mactl journey show`: a recipe's flow or a cookbook's map, and how many people stand where in it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from mactl.errors import UsageError
from mactl.journey.graph import ANSWER
from mactl.journey.words import plain
from mactl.picture.flow import Flow
from mactl.picture.handovers import Map, trace_map
from mactl.picture.people import People
from mactl.picture.tracing import trace_flow
from mactl.project import Project
from mactl.recipe.moved import current, original
from mactl.recipe.recipe import Recipe
from mactl.store.state import is_there
from mactl.store.tables import Standing, enrollments
from mactl.workflows.opening import open_state, refuse_errors, select_recipes


@dataclass(frozen=True)
class Picture:
    """A flow, with the people in it where they were counted."""

    flow: Flow
    people: People | None


@dataclass(frozen=True)
class CookbookPicture:
    """The map of a cookbook, with how many people are on their way in each recipe where they were counted."""

    map: Map
    people: Mapping[str, int] | None


def picture_cookbook(
    project: Project, names: Sequence[str] = (), *, counts: bool | None = None
) -> CookbookPicture:
    """The map of the recipes that `names` mean, of all where there are none.

    People are counted as in `picture_journey`. Raises UsageError where no recipe has a journey, FindingsError where
    a file can't be read as a recipe.
    """
    selection = select_recipes(project, names)
    refuse_errors(selection.findings, "the recipes cannot be drawn", "mactl check says more")
    recipes = [selection.cookbook.recipes[id] for id in selection.chosen]
    map = trace_map(recipe.file for recipe in recipes)
    if not map.nodes:
        raise UsageError(
            "there is no recipe with a journey to draw",
            "mactl journey show --all lists those with a journey",
        )
    if counts is False or (counts is None and not _has_state(project)):
        return CookbookPicture(map, None)
    query = (
        select(enrollments.c.recipe, func.count().label("people"))
        .where(enrollments.c.status == Standing.ACTIVE)
        .group_by(enrollments.c.recipe)
    )
    with open_state(project) as state, state.reading() as connection:
        active = {row.recipe: row.people for row in connection.execute(query)}
    return CookbookPicture(map, {recipe.id: active.get(recipe.origin, 0) for recipe in recipes})


def picture_journey(project: Project, name: str, *, counts: bool | None = None) -> Picture:
    """The journey of the recipe that `name` (an id or a path) means.

    People are counted where `counts` says so; where it is left out, if the project has a state. Raises UsageError
    where `name` is not one recipe with a journey, FindingsError where its file can't be read as a recipe.
    """
    selection = select_recipes(project, [name])
    refuse_errors(selection.findings, f"{name} cannot be drawn", "mactl check says more")
    if len(selection.chosen) != 1:
        raise UsageError(f"{name} is not one recipe", "name one, or draw them all with --all")
    recipe = selection.cookbook.recipes[selection.chosen[0]]
    if recipe.file.journey is None:
        raise UsageError(
            f"{recipe.id} has no journey; it only shares definitions",
            "choose a recipe with a `journey`",
        )
    flow = trace_flow(recipe.file)
    if counts is False or (counts is None and not _has_state(project)):
        return Picture(flow, None)
    with open_state(project) as state, state.reading() as connection:
        return Picture(flow, _count_people(connection, recipe, flow))


def _has_state(project: Project) -> bool:
    """Whether there is a state to count in; making an empty one in memory would only cost time."""
    return is_there(project.secret(project.settings.state), project.folder)


def _count_people(connection: Connection, recipe: Recipe, flow: Flow) -> People:
    columns = enrollments.c
    alike = (columns.version, columns.status, columns.step, columns.why)
    query = (
        select(*alike, func.count().label("people"))
        .where(columns.recipe == recipe.origin)
        .group_by(*alike)
    )
    at: dict[str, int] = {}
    elsewhere = waiting = 0
    completed: dict[str, int] = {}
    left: dict[str, int] = {}
    name_of = _names(recipe, (node.id for node in flow.nodes))
    for row in connection.execute(query):
        why = plain(row.why or "end")
        if row.status == Standing.WAITING:
            waiting += row.people
        elif row.status == Standing.COMPLETED:
            _add(completed, why, row.people)
        elif row.status != Standing.ACTIVE:
            _add(left, why if row.status == Standing.LEFT else str(row.status), row.people)
        elif row.version == recipe.file.version and row.step in name_of:
            _add(at, name_of[row.step], row.people)
        else:
            elsewhere += row.people
    return People(at, elsewhere, waiting, completed, left)


def _add(counts: dict[str, int], key: str, people: int) -> None:
    counts[key] = counts.get(key, 0) + people


def _names(recipe: Recipe, written: Iterable[str]) -> Mapping[str, str]:
    """What the state calls a step → what the recipe calls it now, or where the people of a retired one go on."""
    names: dict[str, str] = {}
    for name in written:
        names.setdefault(original(name, recipe.file.moved), name)
    for old, to in recipe.file.retired.items():
        names.setdefault(old, current(to, recipe.file.moved))
    return {**{f"{origin}{ANSWER}": name for origin, name in names.items()}, **names}
