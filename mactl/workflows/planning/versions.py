"""Old versions of recipes, for the people inside who finish them (rule 10)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import BaseModel

from mactl import own_events
from mactl.content.source import TemplateSource
from mactl.findings import Finding, Severity
from mactl.recipe.conditions import (
    REACTIONS,
    AnyoneCondition,
    FieldCondition,
    LabelCondition,
    ScoreCondition,
    SegmentCondition,
    TaskCondition,
)
from mactl.recipe.cookbook import OLD, Cookbook, content_hash, parse_recipe
from mactl.recipe.derived import Call, Formula, Name, Negated, Operation, Part
from mactl.recipe.enter import EnterBySegment, EnterBySlot
from mactl.recipe.journey import OnePer, RankByField, RankByScore
from mactl.recipe.operators import FieldValue
from mactl.recipe.recipe import Recipe, RecipeFile
from mactl.recipe.steps import ChosenBy
from mactl.recipe.walk import walk
from mactl.store.ledger import read_contents
from mactl.store.state import State
from mactl.store.versions import Version, read_versions
from mactl.workflows.planning.following import as_written

_SHARED_KINDS = ("segments", "scoring", "labels")
_NAMES: tuple[tuple[type[BaseModel], str, str], ...] = (
    (SegmentCondition, "segment", "segments"),
    (EnterBySegment, "segment", "segments"),
    (EnterBySlot, "segment", "segments"),
    (ScoreCondition, "score", "scoring"),
    (RankByScore, "score", "scoring"),
    (LabelCondition, "label", "labels"),
    (ChosenBy, "label", "labels"),
    (FieldCondition, "field", "fields"),
    (FieldValue, "field", "fields"),
    (RankByField, "field", "fields"),
    (ChosenBy, "field", "fields"),
    (OnePer, "field", "fields"),
    (AnyoneCondition, "anyone", "fields"),
    (TaskCondition, "task", "steps"),
    *((kind, kind.keyword, "steps") for kind in REACTIONS),
)
"""Where a part of a recipe names something of its own recipe, and in which section of the file that stands."""

Shared = frozenset[tuple[str, str]]


@dataclass(frozen=True)
class OldRecipe:
    """A version of a recipe that people are still in, as one more recipe that admits nobody.

    `recipe.id` is `welcome@1`, a scope of its own for its names; `recipe.origin` is what the state calls it, as
    with the version of today. Its enrollments are those of that origin with this `version`.
    """

    recipe: Recipe
    version: int
    sources: Mapping[str, TemplateSource]
    """`templates.wording_key` of a step → the template that it sends, as it was when the version last ran."""


@dataclass(frozen=True)
class OldRecipes:
    """What people inside old versions need."""

    recipes: tuple[OldRecipe, ...] = ()
    stranded: frozenset[tuple[str, int]] = frozenset()
    """Original id and version of those that can't be read any more: their people stay where they stand."""
    findings: tuple[Finding, ...] = ()

    def join(self, cookbook: Cookbook) -> Cookbook:
        """`cookbook` with the old recipes behind those of today."""
        return Cookbook({**cookbook.recipes, **{old.recipe.id: old.recipe for old in self.recipes}})


def versions_of(
    recipes: Iterable[Recipe], sources: Mapping[tuple[str, str], TemplateSource], at: int
) -> list[Version]:
    """What is to be kept of `recipes` with a journey; `sources` are those of (recipe's id, `wording_key`), `at` the
    run's now."""
    return [
        Version(
            recipe.origin,
            recipe.file.version,
            content_hash(recipe),
            recipe.document.text,
            {step: source.hash for (id, step), source in sources.items() if id == recipe.id},
            at,
        )
        for recipe in recipes
        if recipe.file.journey is not None
    ]


def old_recipes(state: State, cookbook: Cookbook, enrollments: pd.DataFrame) -> OldRecipes:
    """The old versions that `enrollments` (recipe by its original id, version; those that go on) are in.

    Only of recipes that `cookbook` still has. Of a version that was never kept nothing is told: it ran before
    versions were kept, and its people go on in the version of today.
    """
    today = {recipe.origin: recipe for recipe in cookbook}
    inside = {
        (str(recipe), int(version))
        for recipe, version in zip(enrollments["recipe"], enrollments["version"], strict=True)
        if recipe in today and int(version) != today[recipe].file.version
    }
    if not inside:
        return OldRecipes()
    with state.reading() as connection:
        kept = read_versions(connection, inside)
        hashes = {hash for version in kept for hash in version.contents.values()}
        texts = read_contents(connection, hashes)
    found: list[OldRecipe] = []
    stranded: list[tuple[str, int]] = []
    findings: list[Finding] = []
    for version in kept:
        old = _revive(version, texts, today[version.recipe], cookbook)
        if isinstance(old, OldRecipe):
            found.append(old)
        else:
            stranded.append((version.recipe, version.version))
            findings.append(old)
    return OldRecipes(tuple(found), frozenset(stranded), tuple(findings))


def _revive(
    version: Version, texts: Mapping[str, str], today: Recipe, cookbook: Cookbook
) -> OldRecipe | Finding:
    """The recipe as it was, or why it can't be had."""
    path = Path(f"{today.document.path} (version {version.version})")
    recipe, _ = parse_recipe(version.text, path)
    try:
        sources = {
            step: TemplateSource.from_json(texts[hash]) for step, hash in version.contents.items()
        }
    except (KeyError, ValueError):
        sources = None
    if recipe is None or recipe.file.journey is None or sources is None:
        return Finding(
            "old-version-unreadable",
            Severity.WARNING,
            f"version {version.version} of {today.id}, which people are still in, can't be read by this mactl",
            today.document.place(("version",)),
            "they stay where they stand; run the mactl that they entered with, or set version back",
        )
    scoped = replace(recipe, file=_scoped(recipe.file, version.version, today, cookbook))
    return OldRecipe(scoped, version.version, sources)


def _scoped(old: RecipeFile, version: int, today: Recipe, cookbook: Cookbook) -> RecipeFile:
    """`old` under an id of its own. What today's version defines alike is taken from there: it is worked out once,
    and who joined a segment stays known."""
    scope = f"{old.recipe}{OLD}{version}"
    shared = _shared(old, today.file)

    def resolve(section: str, name: str) -> str:
        short = _own(name, old)
        if short is None:
            return name
        if (section, short) in shared:
            return f"{today.id}.{short}"
        return short if section == "steps" or short in getattr(old, section) else name

    file: RecipeFile = _rewritten(old, lambda part: _renamed(part, resolve, scope))
    status = today.file.status if today.file.status in ("paused", "archived") else "draft"
    kept: dict[str, Any] = {
        section: {
            n: part for n, part in getattr(file, section).items() if (section, n) not in shared
        }
        for section in _SHARED_KINDS
    }
    kept["fields"] = {name: _own_fields(formula, old) for name, formula in old.fields.items()}
    # One ladder for the cookbook: that of today.
    kept["stages"] = {} if cookbook.stages else file.stages
    # To the language it is the same recipe, renamed: ids and events go by the original name.
    moved = {**file.moved, old.recipe: scope}
    update = {**kept, "recipe": scope, "status": status, "moved": moved, "tests": ()}
    return file.model_copy(update=update)


def _own_fields(formula: Formula, file: RecipeFile) -> Formula:
    """`formula` with the recipe's own fields by their short names, which mean those of its version."""

    def renamed(part: Part) -> Part:
        if isinstance(part, Name):
            short = _own(part.name, file)
            return replace(part, name=short) if short in file.fields else part
        if isinstance(part, Negated):
            return replace(part, of=renamed(part.of))
        if isinstance(part, Operation):
            return replace(part, left=renamed(part.left), right=renamed(part.right))
        if isinstance(part, Call):
            return replace(part, arguments=tuple(renamed(inner) for inner in part.arguments))
        return part

    return replace(formula, tree=renamed(formula.tree))


def _own(name: str, file: RecipeFile) -> str | None:
    """The short name of something of the recipe itself; None where `name` is another recipe's."""
    recipe, dot, short = name.partition(".")
    if not dot:
        return name
    return short if recipe == file.recipe else None


def _shared(old: RecipeFile, new: RecipeFile) -> Shared:
    """The (section, name) of what both define alike, down to what it is made from."""
    if as_written(old.fields) != as_written(new.fields):
        return frozenset()
    alike = {
        (section, name)
        for section in _SHARED_KINDS
        for name, part in getattr(old, section).items()
        if name in getattr(new, section)
        and _in_order(part) == _in_order(getattr(new, section)[name])
    }
    while True:
        kept = {
            (section, name)
            for section, name in alike
            if _refers_to(getattr(old, section)[name], old) <= alike
        }
        if kept == alike:
            return frozenset(alike)
        alike = kept


def _in_order(part: Any) -> Any:
    """As `as_written`; of a label also in which order its buckets stand."""
    return [as_written(part), list(part) if isinstance(part, dict) else None]


def _refers_to(part: Any, file: RecipeFile) -> set[tuple[str, str]]:
    """The (section, name) of what a part of the recipe refers to in the recipe itself."""
    found = set()
    for _, inner in walk(part):
        for kind, key, section in _NAMES:
            if isinstance(inner, kind) and section in _SHARED_KINDS:
                short = _own(str(getattr(inner, key) or "."), file)
                found |= {(section, short)} if short else set()
    return found


def _renamed(part: BaseModel, resolve: Callable[[str, str], str], scope: str) -> BaseModel:
    """`part` with the names that it holds itself resolved."""
    update: dict[str, Any] = {}
    for kind, key, section in _NAMES:
        if isinstance(part, kind) and isinstance(name := getattr(part, key), str):
            resolved = resolve(section, name)
            update |= {key: resolved} if resolved != name else {}
    event = getattr(part, "event", None)
    if event in (own_events.SEGMENT_JOINED, own_events.SEGMENT_LEFT):
        update |= _renamed_where(part, resolve, scope)
    return part.model_copy(update=update) if update else part


def _renamed_where(part: Any, resolve: Callable[[str, str], str], scope: str) -> dict[str, Any]:
    """The `where` of an event about a segment, whose full name it must be."""
    test = part.where.get("segment")
    if test is None or not isinstance(test.eq, str) or "." not in test.eq:
        return {}
    resolved = resolve("segments", test.eq)
    full = resolved if "." in resolved else f"{scope}.{resolved}"
    if full == test.eq:
        return {}
    return {"where": {**part.where, "segment": test.model_copy(update={"eq": full})}}


def _rewritten(part: Any, change: Callable[[BaseModel], BaseModel]) -> Any:
    """`part` with every declared mapping in it passed through `change`, innermost first."""
    if isinstance(part, BaseModel):
        update = {
            name: new
            for name in part.model_fields_set
            if (new := _rewritten(old := getattr(part, name), change)) is not old
        }
        return change(part.model_copy(update=update) if update else part)
    if isinstance(part, dict):
        changed = {key: _rewritten(inner, change) for key, inner in part.items()}
        return part if all(changed[key] is part[key] for key in part) else changed
    if isinstance(part, tuple):
        items = tuple(_rewritten(inner, change) for inner in part)
        return part if all(a is b for a, b in zip(items, part, strict=True)) else items
    return part
