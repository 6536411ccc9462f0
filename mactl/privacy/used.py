"""Which data a recipe uses, as it is written: what conditions ask, templates print and steps hand out."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from pydantic import BaseModel

from mactl.content.fields_used import merge_fields
from mactl.document import Route
from mactl.findings import Place
from mactl.recipe.conditions import ClickedCondition, EventCondition, OpenedCondition
from mactl.recipe.cookbook import Cookbook
from mactl.recipe.enter import EnterByDate, EnterByEvent
from mactl.recipe.recipe import Recipe
from mactl.recipe.steps import (
    ExportStep,
    NotifyStep,
    SendStep,
    TaskStep,
    UntilDate,
    WebhookStep,
)
from mactl.recipe.walk import walk
from mactl.rules.names import Definition, field_named, needs, needs_of

_PRINTED = re.compile(r"\bcontact\.([A-Za-z_][A-Za-z0-9_]*)")
_WHOLE = re.compile(r"\bcontact\s*(?:\||\}\})")
_TRACKED = re.compile(
    r"(?:[a-z]+_(?:opened|clicked)|page_?view|page_view|visit(?:ed)?|session_start)", re.IGNORECASE
)
EVERYTHING = "*"
"""Every field of a contact at once."""


class Way(StrEnum):
    """What is done with a datum."""

    ASKED = "asks about"
    PRINTED = "prints"
    HANDED_OUT = "hands out"


@dataclass(frozen=True, slots=True)
class Use:
    """A field that a recipe uses; `to` is who gets it, where it is handed out."""

    field: str
    way: Way
    place: Place
    to: str | None = None


@dataclass(frozen=True, slots=True)
class Tracking:
    """Something people do that a recipe looks at: what they open, click or visit."""

    what: str
    place: Place


def uses_of(recipe: Recipe) -> list[Use]:
    """Every field that a recipe uses, each once for each way and receiver, where it is used first."""
    found: dict[tuple[str, Way, str | None], Use] = {}
    for use in (*_asked(recipe), *_printed(recipe), *_handed_out(recipe)):
        found.setdefault((use.field, use.way, use.to), use)
    return list(found.values())


def fields_behind(recipe: Recipe, cookbook: Cookbook) -> set[str]:
    """The fields that definitions ask about which the recipe refers to, wherever they stand."""
    seen: set[Definition] = set()
    open_ = needs_of(recipe.file, recipe.id, cookbook)
    found: set[str] = set()
    while open_:
        definition = open_.pop()
        if definition not in seen:
            seen.add(definition)
            open_ |= needs(definition, cookbook) - seen
            found |= {field for field in map(field_named, _declared(definition, cookbook)) if field}
    return found


def _declared(definition: Definition, cookbook: Cookbook) -> Iterator[BaseModel]:
    """What a definition is declared by."""
    homes: dict[str, Mapping[str, object]] = {
        "segment": cookbook.segments,
        "score": cookbook.scores,
        "label": cookbook.labels,
        "stage": {definition.name: cookbook.stages},
    }
    declared = homes.get(definition.kind, {}).get(definition.name)
    yield from (part for _, part in walk(declared))


def tracking_of(recipe: Recipe) -> list[Tracking]:
    """What a recipe looks at of how people behave towards mail and site, each once."""
    found: dict[str, Tracking] = {}
    for route, part in _parts(recipe):
        what = None
        if isinstance(part, OpenedCondition):
            what = "what they open"
        elif isinstance(part, ClickedCondition):
            what = "what they click"
        elif isinstance(part, (EventCondition, EnterByEvent)) and _TRACKED.fullmatch(part.event):
            what = f"the event {part.event}"
        if what is not None:
            found.setdefault(what, Tracking(what, recipe.document.place(route)))
    return list(found.values())


def writes_to_people(recipe: Recipe) -> bool:
    """Whether it sends anything to a contact."""
    return any(isinstance(part, SendStep) for _, part in _parts(recipe))


def sends_marketing(recipe: Recipe) -> bool:
    """Whether anything that it sends is marketing."""
    templates = recipe.file.templates
    sent = [part.send.template for _, part in _parts(recipe) if isinstance(part, SendStep)]
    return any(templates[name].kind == "marketing" for name in sent if name in templates)


def recipients_of(recipe: Recipe) -> list[str]:
    """Whom its steps tell of people: teams, webhooks, files."""
    found: dict[str, None] = {}
    for _, part in _parts(recipe):
        if isinstance(part, NotifyStep):
            found[f"team {part.notify.to}"] = None
        elif isinstance(part, TaskStep):
            found[f"team {part.task.to}"] = None
        elif isinstance(part, WebhookStep):
            found[f"webhook {part.webhook.to}"] = None
        elif isinstance(part, ExportStep):
            found[f"file {part.export.to}"] = None
    return list(found)


def _parts(recipe: Recipe) -> Iterator[tuple[Route, BaseModel]]:
    """What is declared, tests aside: their people are made up."""
    for route, part in walk(recipe.file):
        if not route or route[0] != "tests":
            yield route, part


def _asked(recipe: Recipe) -> Iterator[Use]:
    for route, part in _parts(recipe):
        name = field_named(part)
        if isinstance(part, EnterByDate):
            name, route = part.date, (*route, "date")
        elif isinstance(part, UntilDate) and isinstance(part.date, str):
            name = part.date if re.fullmatch(r"[A-Za-z_]\w*", part.date) else None
        if name is not None:
            yield Use(name, Way.ASKED, recipe.document.place(route))
    for derived, formula in recipe.file.fields.items():
        place = recipe.document.place(("fields", derived))
        yield from (Use(part.name, Way.ASKED, place) for part in formula.names)


def _printed(recipe: Recipe) -> Iterator[Use]:
    for name in recipe.file.templates:
        for merged in merge_fields(recipe, name):
            if merged.root == "contact":
                field = merged.name.partition(".")[0] or EVERYTHING
                yield Use(field, Way.PRINTED, merged.place)


def _handed_out(recipe: Recipe) -> Iterator[Use]:
    for route, part in _parts(recipe):
        place = recipe.document.place(route)
        if isinstance(part, ExportStep):
            for column in part.export.columns:
                yield Use(column, Way.HANDED_OUT, place, part.export.to)
        elif isinstance(part, WebhookStep):
            yield from _in_texts(part.webhook.body, place, f"webhook {part.webhook.to}")
        elif isinstance(part, NotifyStep):
            yield from _in_texts(part.notify.message, place, f"team {part.notify.to}")
        elif isinstance(part, TaskStep):
            yield from _in_texts(part.task.title, place, f"team {part.task.to}")


def _in_texts(value: object, place: Place, to: str) -> Iterator[Use]:
    if isinstance(value, str):
        for name in _PRINTED.findall(value):
            yield Use(name, Way.HANDED_OUT, place, to)
        if _WHOLE.search(value):
            yield Use(EVERYTHING, Way.HANDED_OUT, place, to)
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _in_texts(inner, place, to)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _in_texts(inner, place, to)
