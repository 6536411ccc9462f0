"""Recipes, templates and contacts to write to, for the tests of this room."""

from datetime import date
from pathlib import Path
from typing import Any

import yaml

from mactl.content.parts import Written
from mactl.content.reading import read_written
from mactl.content.render import Rendered, Renderer
from mactl.content.source import TemplateSource
from mactl.content.supplies import Supplies
from mactl.content.templates import compile_template
from mactl.findings import Finding
from mactl.recipe.cookbook import parse_recipe
from mactl.recipe.recipe import Recipe

VALUES: dict[str, Any] = {
    "contact": {
        "first_name": "Ann",
        "language": None,
        "company": None,
        "contract_end": date(2027, 1, 15),
        "price": 1249.5,
        "clv": 1500.0,
        "interests": ["coffee", "tea"],
    },
    "event": {"lines": [{"name": "Coffee", "price": 3}, {"name": "Tea & <milk>", "price": 2.5}]},
    "scores": {"fit": 40.0},
    "stage": "mql",
    "sender": {"address": "Acme BV, Keizersgracht 1, Amsterdam"},
    "unsubscribe_url": "https://acme.example/u/t0ken?a=1&b=2",
    "preferences_url": "https://acme.example/p/t0ken",
}


def recipe_with(folder: Path, **template: Any) -> Recipe:
    """A recipe in `folder` with one template, `offer`; what isn't given is the plainest."""
    declared = {"subject": "Hello", "body": "Hello there.\n", **template}
    text = yaml.safe_dump(
        {
            "recipe": "renewal",
            "vars": {"link": "https://acme.example/renew?a=1&b=2", "color": "#336699", "width": 40},
            "templates": {"offer": declared},
        },
        sort_keys=False,
        allow_unicode=True,
        width=10_000,
    )
    return recipe_of(folder, text)


def recipe_of(folder: Path, text: str) -> Recipe:
    """The recipe that `text` declares, as the file in `folder` that it is called after."""
    recipe, findings = parse_recipe(text, folder / f"{yaml.safe_load(text)['recipe']}.yaml")
    assert recipe is not None and not findings, findings
    return recipe


def template_of(text: str, name: str) -> TemplateSource:
    """The template called `name` of the recipe that `text` declares."""
    recipe = recipe_of(Path(), text)
    source, findings = compile_template(name, recipe.file.templates[name], recipe)
    assert source is not None, findings
    return source


def compiled(folder: Path, locale: str = "en_GB", **template: Any) -> TemplateSource:
    source, findings = try_compile(folder, locale, **template)
    assert source is not None, findings
    return source


def try_compile(
    folder: Path, locale: str = "en_GB", **template: Any
) -> tuple[TemplateSource | None, list[Finding]]:
    recipe = recipe_with(folder, **template)
    return compile_template("offer", recipe.file.templates["offer"], recipe, Supplies(locale))


def written(folder: Path, **template: Any) -> Written:
    recipe = recipe_with(folder, **template)
    parts, findings = read_written("offer", recipe.file.templates["offer"], recipe)
    assert parts is not None, findings
    return parts


def rendered(folder: Path, values: dict[str, Any] | None = None, **template: Any) -> Rendered:
    return Renderer(compiled(folder, **template)).render(VALUES if values is None else values)


def contact(**fields: Any) -> dict[str, Any]:
    """`VALUES` with other fields of the contact."""
    return {**VALUES, "contact": {**VALUES["contact"], **fields}}
