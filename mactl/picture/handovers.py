"""A cookbook as a map: its journeys, and which of them hands people over to which."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mactl.journey.graph import name_steps, walk_steps
from mactl.journey.words import Words, plain
from mactl.picture.flow import Edge, Kind, Node
from mactl.picture.notes import enter_words
from mactl.recipe.recipe import RecipeFile
from mactl.recipe.steps import EnrollStep

ON_GOAL = "on goal"


@dataclass(frozen=True)
class Map:
    """Recipes as nodes, with their ids; edges are labelled with the steps that hand over, or `on goal`."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


def trace_map(recipes: Iterable[RecipeFile]) -> Map:
    """The map of all `recipes` that have a journey, and of those that they hand over to."""
    files = [file for file in recipes if file.journey is not None]
    found: dict[tuple[str, str], list[str]] = {}
    for file in files:
        for to, how in _handovers(file):
            found.setdefault((file.recipe, to), []).append(how)
    known = {file.recipe: _words(file) for file in files}
    unknown = {to: Words("Recipe", plain(to), ("not in this cookbook",)) for _, to in found}
    nodes = {
        id: Node(number, id, Kind.RECIPE, words)
        for number, (id, words) in enumerate((known | unknown | known).items())
    }
    edges = (Edge(nodes[a], nodes[b], ", ".join(how)) for (a, b), how in found.items())
    return Map(tuple(nodes.values()), tuple(edges))


def _handovers(file: RecipeFile) -> Iterator[tuple[str, str]]:
    """The recipes that `file` hands people over to, and how: by which step, or when they meet the goal."""
    journey = file.journey
    assert journey is not None
    names = name_steps(journey.steps)
    for step, route in walk_steps(journey.steps, ("journey", "steps")):
        if isinstance(step, EnrollStep):
            yield step.enroll, plain(names[route])
    for step in journey.on_goal:
        if isinstance(step, EnrollStep):
            yield step.enroll, ON_GOAL


def _words(file: RecipeFile) -> Words:
    assert file.journey is not None
    enter = enter_words(file.journey).what
    status = (file.status,) if file.status != "live" else ()
    return Words(
        "Recipe",
        file.recipe,
        (*filter(None, [plain(file.title or "")]), f"enter: {enter}", *status),
    )
