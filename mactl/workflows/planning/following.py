"""What is followed from run to run: all of which a recipe asks when it changed."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from mactl import own_events
from mactl.facts.facts import Facts
from mactl.recipe.conditions import FieldCondition, SegmentCondition
from mactl.recipe.cookbook import Cookbook
from mactl.recipe.enter import EnterBySegment
from mactl.recipe.operators import Where
from mactl.recipe.walk import walk
from mactl.rules.names import (
    STAGE,
    Definition,
    definitions_of,
    derived_field,
    formula_of,
    home,
    in_order,
)

_MOVES = frozenset({own_events.SEGMENT_JOINED, own_events.SEGMENT_LEFT})


@dataclass(frozen=True)
class Tracked:
    """What is followed from run to run because something asks when it changed."""

    definitions: frozenset[Definition] = frozenset()
    """Segments, derived fields, and the stage where the cookbook has a ladder."""
    columns: frozenset[str] = frozenset()
    """Fields of the sources."""
    every_column: bool = False
    """Whether all of these are: a journey or rule counts `field_changed` of any."""

    @property
    def changed(self) -> frozenset[str] | None:
        """The fields of the sources whose earlier changes count; None: of all of them."""
        return None if self.every_column else self.columns

    def __bool__(self) -> bool:
        return bool(self.definitions or self.columns or self.every_column)

    def __or__(self, other: "Tracked") -> "Tracked":
        return Tracked(
            self.definitions | other.definitions,
            self.columns | other.columns,
            self.every_column or other.every_column,
        )


def tracked(cookbook: Cookbook) -> Tracked:
    """What `cookbook` needs to be followed: its ladder, segments that someone may join or leave to an effect,
    and fields whose change somewhere counts."""
    ladder = Tracked(frozenset({STAGE}) if cookbook.stages else frozenset())
    return union(ladder, *(asked_in(recipe.file, recipe.id, cookbook) for recipe in cookbook))


def union(*parts: Tracked) -> Tracked:
    """All that one of `parts` has."""
    whole = Tracked()
    for part in parts:
        whole |= part
    return whole


def asked_in(part: object, recipe: str, cookbook: Cookbook) -> Tracked:
    """The changes that a part of `recipe` asks about."""
    return union(*(_asked_by(inner, recipe, cookbook) for _, inner in walk(part)))


def _asked_by(part: BaseModel, recipe: str, cookbook: Cookbook) -> Tracked:
    """The changes that a part asks about by itself, not in what it nests."""
    if isinstance(part, SegmentCondition) and (part.joined or part.left):
        return _segments([part.segment], recipe, cookbook)
    if isinstance(part, EnterBySegment) and not part.existing:
        return _segments([part.segment], recipe, cookbook)
    if isinstance(part, FieldCondition) and part.changed:
        return _fields([part.field], recipe, cookbook)
    event = getattr(part, "event", None)
    where: Where = getattr(part, "where", {})
    if event in _MOVES:
        return _segments(_named(where, "segment") or cookbook.segments, recipe, cookbook)
    if event == own_events.STAGE_CHANGED and cookbook.stages:
        return Tracked(frozenset({STAGE}))
    if event == own_events.FIELD_CHANGED:
        names = _named(where, "field")
        every = _fields(names or _derived(cookbook), recipe, cookbook)
        return every | Tracked(every_column=not names)
    return Tracked()


def _segments(names: Iterable[str], recipe: str, cookbook: Cookbook) -> Tracked:
    full = {cookbook.qualify(name, recipe) for name in names}
    return Tracked(frozenset(Definition("segment", n) for n in full if n in cookbook.segments))


def _derived(cookbook: Cookbook) -> list[str]:
    return [d.name for d in definitions_of(cookbook) if d.kind == "field"]


def _fields(names: Iterable[str], recipe: str, cookbook: Cookbook) -> Tracked:
    """Fields as `recipe` names them: its derived ones come before columns."""
    found = {name: derived_field(name, recipe, cookbook) for name in names}
    return Tracked(
        frozenset(definition for definition in found.values() if definition),
        frozenset(name for name, definition in found.items() if definition is None),
    )


def _named(where: Where, property: str) -> list[str]:
    """The values that `where` narrows a property to; none where it may have any."""
    test = where.get(property)
    if test is None:
        return []
    return [str(value) for value in ((test.eq,) if test.eq is not None else test.in_ or ())]


def definition_hash(definition: Definition, cookbook: Cookbook) -> str:
    """What identifies the text of a definition and of all that it is made from: 16 hexadecimal digits."""
    written = {str(d): as_written(text_of(d, cookbook)) for d in made_from(definition, cookbook)}
    text = json.dumps(written, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def made_from(definition: Definition, cookbook: Cookbook) -> list[Definition]:
    """A definition and all that it is worked out of."""
    return [d for layer in in_order([definition], cookbook) for d in layer]


def text_of(definition: Definition, cookbook: Cookbook) -> object:
    """What a recipe says of a definition."""
    if definition.kind == "stage":
        return list(cookbook.stages.items())
    recipe, _, name = definition.name.partition(".")
    file = cookbook.recipes[recipe].file
    if definition.kind == "label":
        return list(file.labels[name].items())  # the first bucket that holds: their order counts
    parts: dict[str, Mapping[str, object]] = {
        "segment": file.segments,
        "score": file.scoring,
        "field": file.fields,
    }
    return parts[definition.kind][name]


def as_written(part: object) -> Any:
    """A part as JSON can hold it: what was written, no defaults, so that a new key of the language changes nothing."""
    if isinstance(part, BaseModel):
        return {name: as_written(getattr(part, name)) for name in sorted(part.model_fields_set)}
    if isinstance(part, Mapping):
        return {str(name): as_written(inner) for name, inner in part.items()}
    if isinstance(part, (list, tuple)):
        return [as_written(inner) for inner in part]
    return part


def lacks(definition: Definition, facts: Facts, cookbook: Cookbook) -> bool:
    """Whether a derived field is made from a column that the sources lack."""
    return any(
        derived_field(name.name, home(part, cookbook), cookbook) is None
        and name.name not in facts.fields
        for part in made_from(definition, cookbook)
        for name in formula_of(part, cookbook).names
    )
