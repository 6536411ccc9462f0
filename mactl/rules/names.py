"""Segments, scores, stages and labels by name: what refers to what, and in which order they are worked out."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from pydantic import BaseModel

from mactl.errors import ConfigurationError
from mactl.recipe.conditions import (
    LabelCondition,
    ScoreCondition,
    SegmentCondition,
    StageCondition,
)
from mactl.recipe.cookbook import Cookbook
from mactl.recipe.journey import EnterBySegment
from mactl.recipe.walk import walk

DefinitionKind = Literal["segment", "score", "stage", "label"]


@dataclass(frozen=True, slots=True, order=True)
class Definition:
    """Something defined once for all contacts: a segment, a score, a label, or the ladder of stages."""

    kind: DefinitionKind
    name: str = ""
    """RECIPE.NAME; empty for the stage, of which a cookbook has one ladder."""

    def __str__(self) -> str:
        return f"{self.kind} {self.name}".strip()


STAGE = Definition("stage")


def definitions_of(cookbook: Cookbook) -> list[Definition]:
    """Everything that `cookbook` defines."""
    return [
        *(Definition("segment", name) for name in cookbook.segments),
        *(Definition("score", name) for name in cookbook.scores),
        *([STAGE] if cookbook.stages else []),
        *(Definition("label", name) for name in cookbook.labels),
    ]


def referred(part: BaseModel, recipe: str, cookbook: Cookbook) -> Definition | None:
    """The definition that a part of `recipe` refers to by itself, not in what it nests."""
    if isinstance(part, (SegmentCondition, EnterBySegment)):
        return Definition("segment", cookbook.qualify(part.segment, recipe))
    if isinstance(part, ScoreCondition):
        return Definition("score", cookbook.qualify(part.score, recipe))
    if isinstance(part, LabelCondition):
        return Definition("label", cookbook.qualify(part.label, recipe))
    return STAGE if isinstance(part, StageCondition) else None


def needs(definition: Definition, cookbook: Cookbook) -> set[Definition]:
    """What a definition refers to directly; nothing where `cookbook` lacks it."""
    defined: dict[str, Mapping[str, object]] = {
        "segment": cookbook.segments,
        "score": cookbook.scores,
        "stage": {STAGE.name: cookbook.stages},
        "label": cookbook.labels,
    }
    part = defined[definition.kind].get(definition.name)
    return needs_of(part, home(definition, cookbook), cookbook)


def home(definition: Definition, cookbook: Cookbook) -> str:
    """The recipe in which the names within a definition are meant."""
    if definition.kind == "stage":
        return cookbook.ladder.id if cookbook.ladder else ""
    return definition.name.partition(".")[0]


def needs_of(part: object, recipe: str, cookbook: Cookbook) -> set[Definition]:
    """What a part of `recipe` refers to directly."""
    found = (referred(inner, recipe, cookbook) for _, inner in walk(part))
    return {definition for definition in found if definition}


def in_order(
    wanted: Iterable[Definition], cookbook: Cookbook, given: Container[Definition] = ()
) -> list[list[Definition]]:
    """`wanted` and all that they need, in layers: each needs only what stands in layers before it.

    What is `given` needs nothing. Raises ConfigurationError where a name is unknown or definitions need
    each other in a circle.
    """
    known = set(definitions_of(cookbook))
    graph: dict[Definition, set[Definition]] = {}
    open_ = list(wanted)
    while open_:
        definition = open_.pop()
        if definition not in graph:
            if definition not in known:
                raise ConfigurationError(f"{definition} is not defined", suggest(definition, known))
            graph[definition] = set() if definition in given else needs(definition, cookbook)
            open_ += graph[definition]
    layers: list[list[Definition]] = []
    done: set[Definition] = set()
    while len(done) < len(graph):
        layer = sorted(d for d, needed in graph.items() if d not in done and needed <= done)
        if not layer:
            circle = circles_in({d: graph[d] - done for d in graph.keys() - done})[0]
            raise ConfigurationError(circle_in_words(circle), BREAK_CIRCLE)
        layers.append(layer)
        done.update(layer)
    return layers


BREAK_CIRCLE = "take one of these references out"


def circles_in(graph: Mapping[Definition, set[Definition]]) -> list[tuple[Definition, ...]]:
    """Circles in `graph`, each from its least member on: at least one wherever there is any."""
    found: dict[tuple[Definition, ...], None] = {}
    done: set[Definition] = set()
    for start in sorted(graph):
        path: list[Definition] = []
        open_ = [(start, False)]
        while open_:
            definition, leaving = open_.pop()
            if leaving:
                path.pop()
                done.add(definition)
            elif definition in path:
                circle = path[path.index(definition) :]
                least = circle.index(min(circle))
                found[(*circle[least:], *circle[:least])] = None
            elif definition not in done:
                path.append(definition)
                open_.append((definition, True))
                open_ += [(needed, False) for needed in sorted(graph.get(definition, ()))]
    return list(found)


def circle_in_words(circle: tuple[Definition, ...]) -> str:
    """`segment a.x needs itself: segment a.x → score b.y → segment a.x`."""
    return f"{circle[0]} needs itself: {' → '.join(str(d) for d in (*circle, circle[0]))}"


def suggest(unknown: Definition, known: Iterable[Definition], recipe: str = "") -> str | None:
    """What may have been meant: the same name in another recipe, else one like it, as `recipe` writes it."""
    home_, _, short = unknown.name.partition(".")
    names = sorted(definition.name for definition in known if definition.kind == unknown.kind)
    names.sort(
        key=lambda name: not name.startswith(f"{home_}.")
    )  # where it was looked for comes first
    shorts = [name.partition(".")[2] for name in names]
    close = [short] if short in shorts else get_close_matches(short, shorts, n=1)
    if not close:
        return None
    return f"did you mean {names[shorts.index(close[0])].removeprefix(f'{recipe}.')!r}?"
