"""What a segment is made of: the fields and events by which its members could be told without learning anything."""

from collections.abc import Collection

from mactl.recipe.conditions import (
    REACTIONS,
    AnyoneCondition,
    EventCondition,
    FieldCondition,
    Reaction,
    Sequel,
)
from mactl.recipe.cookbook import Cookbook
from mactl.recipe.definitions import EventRule
from mactl.recipe.operators import FieldValue
from mactl.recipe.walk import walk
from mactl.rules.names import Definition, formula_of, in_order


def named_in(segment: str, cookbook: Cookbook, channels: Collection[str]) -> set[str]:
    """The fields and events that a segment (RECIPE.NAME) is made of, in whatever it refers to as well."""
    found: set[str] = set()
    layers = in_order([Definition("segment", segment)], cookbook)
    for definition in (each for layer in layers for each in layer):
        if definition.kind == "field":
            found |= {name.name for name in formula_of(definition, cookbook).names}
            continue
        for _, part in walk(_said(definition, cookbook)):
            if isinstance(part, (FieldCondition, FieldValue)):
                found.add(part.field)
            elif isinstance(part, AnyoneCondition):
                found.add(part.anyone)
            elif isinstance(part, (EventCondition, EventRule, Sequel)):
                found.add(part.event)
            elif isinstance(part, REACTIONS):
                found |= _events_of(part, channels)
    return found


def _said(definition: Definition, cookbook: Cookbook) -> object:
    if definition.kind == "segment":
        return cookbook.segments[definition.name]
    if definition.kind == "score":
        return cookbook.scores[definition.name]
    if definition.kind == "label":
        return cookbook.labels[definition.name]
    return cookbook.stages


def _events_of(part: Reaction, channels: Collection[str]) -> set[str]:
    word = part.keyword
    return {"replied"} if word == "replied" else {f"{channel}_{word}" for channel in channels}
