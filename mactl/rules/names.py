"""Segments, scores, stages, labels and derived fields by name: what refers to what, in which order they are worked
out."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel

from mactl.errors import ConfigurationError
from mactl.recipe.conditions import (
    AnyoneCondition,
    FieldCondition,
    LabelCondition,
    ScoreCondition,
    SegmentCondition,
    StageCondition,
)
from mactl.recipe.cookbook import Cookbook
from mactl.recipe.derived import Formula
from mactl.recipe.enter import EnterBySegment, EnterBySlot
from mactl.recipe.journey import OnePer, RankByField, RankByScore
from mactl.recipe.operators import FieldValue
from mactl.recipe.steps import ChosenBy
from mactl.recipe.walk import walk
from mactl.validation import closest

DefinitionKind = Literal["segment", "score", "stage", "label", "field"]


@dataclass(frozen=True, slots=True, order=True)
class Definition:
    """Something defined once for all contacts: a segment, score, label or derived field, or the ladder of stages."""

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
        *(Definition("field", f"{r.id}.{name}") for r in cookbook for name in r.file.fields),
    ]


def derived_field(name: str, recipe: str, cookbook: Cookbook) -> Definition | None:
    """The derived field that `name` means in `recipe`; None where it means a column."""
    qualified = cookbook.qualify(name, recipe)
    owner, _, short = qualified.partition(".")
    found = cookbook.recipes.get(owner)
    if found is None or short not in found.file.fields:
        return None
    return Definition("field", qualified)


def formula_of(definition: Definition, cookbook: Cookbook) -> Formula:
    """How a derived field that `cookbook` has is worked out."""
    owner, _, short = definition.name.partition(".")
    return cookbook.recipes[owner].file.fields[short]


def referred(part: BaseModel, recipe: str, cookbook: Cookbook) -> Definition | None:
    """The definition that a part of `recipe` refers to by itself, not in what it nests."""
    if isinstance(part, (SegmentCondition, EnterBySegment, EnterBySlot)):
        return Definition("segment", cookbook.qualify(part.segment, recipe))
    if isinstance(part, (ScoreCondition, RankByScore)):
        return Definition("score", cookbook.qualify(part.score, recipe))
    if isinstance(part, LabelCondition) or (isinstance(part, ChosenBy) and part.label):
        return Definition("label", cookbook.qualify(part.label or "", recipe))
    if isinstance(part, StageCondition):
        return STAGE
    field = field_named(part)
    return None if field is None else derived_field(field, recipe, cookbook)


def field_named(part: BaseModel) -> str | None:
    """The field that a part of a recipe names by itself; None where it names none."""
    if isinstance(part, (FieldCondition, FieldValue, RankByField, OnePer, ChosenBy)):
        return part.field
    return part.anyone if isinstance(part, AnyoneCondition) else None


def needs(definition: Definition, cookbook: Cookbook) -> set[Definition]:
    """What a definition is worked out of directly; nothing where `cookbook` lacks it."""
    recipe = home(definition, cookbook)
    if definition.kind == "field":
        if derived_field(definition.name, recipe, cookbook) is None:
            return set()
        names = formula_of(definition, cookbook).names
        fields = (derived_field(name.name, recipe, cookbook) for name in names)
        return {field for field in fields if field}
    defined: dict[str, Mapping[str, object]] = {
        "segment": cookbook.segments,
        "score": cookbook.scores,
        "stage": {STAGE.name: cookbook.stages},
        "label": cookbook.labels,
    }
    return needs_of(defined[definition.kind].get(definition.name), recipe, cookbook)


def home(definition: Definition, cookbook: Cookbook) -> str:
    """The recipe in which the names within a definition are meant."""
    if definition.kind == "stage":
        return cookbook.ladder.id if cookbook.ladder else ""
    return definition.name.partition(".")[0]


def needs_of(part: object, recipe: str, cookbook: Cookbook) -> set[Definition]:
    """What a part of `recipe` is worked out of directly."""
    found = (
        referred(inner, recipe, cookbook)
        for _, inner in walk(part)
        if not _asks_about_the_past(inner)
    )
    return {definition for definition in found if definition}


def _asks_about_the_past(part: BaseModel) -> bool:
    """Whether it looks at when people joined or left, which earlier runs have told, rather than at who is in."""
    return isinstance(part, SegmentCondition) and bool(part.joined or part.left)


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
                raise undefined(definition, known)
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


def undefined(definition: Definition, known: Iterable[Definition]) -> ConfigurationError:
    """What is raised where `definition` is asked for, and is not among those `known`."""
    return ConfigurationError(f"{definition} is not defined", suggest(definition, known))


BREAK_CIRCLE = "take one of these references out"


def circles_in(graph: Mapping[Definition, set[Definition]]) -> list[tuple[Definition, ...]]:
    """Circles in `graph`, each from its least member on: at least one wherever there is any."""
    found: dict[tuple[Definition, ...], None] = {}
    done: set[Definition] = set()
    for start in sorted(graph):
        path: list[Definition] = []
        on_path: dict[Definition, int] = {}  # where each of `path` stands in it
        open_ = [(start, False)]
        while open_:
            definition, leaving = open_.pop()
            if leaving:
                path.pop()
                del on_path[definition]
                done.add(definition)
            elif definition in on_path:
                circle = path[on_path[definition] :]
                least = circle.index(min(circle))
                found[(*circle[least:], *circle[:least])] = None
            elif definition not in done:
                on_path[definition] = len(path)
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
    close = short if short in shorts else closest(short, shorts)
    if close is None:
        return None
    return f"did you mean {names[shorts.index(close)].removeprefix(f'{recipe}.')!r}?"
