"""Cookbooks made of text, and what is found in them."""

from collections.abc import Mapping
from pathlib import Path

from mactl.checks import check_recipes
from mactl.document import read_document
from mactl.findings import Finding, Severity
from mactl.project import Settings
from mactl.recipe.cookbook import Cookbook, parse_recipe
from mactl.recipe.recipe import Recipe
from mactl.validation import validate


def settings_of(text: str) -> Settings:
    """What mactl.yaml says, which must be right."""
    document, findings = read_document(text, "mactl.yaml")
    settings, problems = validate(Settings, document)
    assert settings is not None, [*findings, *problems]
    return settings


def recipe_of(name: str, text: str) -> tuple[Recipe | None, list[Finding]]:
    """The recipe called `name`; its text begins in line 2, below its name."""
    return parse_recipe(f"recipe: {name}\n{text}", Path(f"{name}.yaml"))


def findings_of(
    text: str, others: Mapping[str, str] | None = None, settings: str | None = None
) -> list[Finding]:
    """Everything that is found in the recipe `a`, which says `text`, beside `others`."""
    recipe, findings = recipe_of("a", text)
    recipes: dict[str, Recipe] = {}
    for name, other in (others or {}).items():
        made, problems = recipe_of(name, other)
        assert made is not None, problems
        recipes[name] = made
    if recipe is None:
        return findings
    cookbook = Cookbook(dict(sorted({**recipes, "a": recipe}.items())))
    given = settings_of(settings) if settings is not None else None
    found = [*findings, *check_recipes(cookbook, list(cookbook.recipes), given)]
    return [f for f in found if f.place is None or f.place.path in ("a.yaml", "mactl.yaml")]


def errors_of(findings: list[Finding]) -> list[Finding]:
    """Those that are errors."""
    return [finding for finding in findings if finding.severity is Severity.ERROR]
