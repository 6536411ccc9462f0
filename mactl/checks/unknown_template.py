"""A step sends a template that the recipe does not have.

Templates belong to the recipe that sends them. Write the template under `templates`, or correct the name.
"""

from collections.abc import Iterator, Sequence

from mactl.findings import Finding, Severity
from mactl.journey.graph import build_graph
from mactl.recipe.cookbook import Cookbook
from mactl.recipe.recipe import Recipe
from mactl.validation import did_you_mean

IDS = ("unknown-template",)


def check(cookbook: Cookbook, recipes: Sequence[Recipe]) -> Iterator[Finding]:
    """One finding for each send whose template is not defined."""
    for recipe in recipes:
        if recipe.file.journey is None:
            continue
        for node, step in build_graph(recipe.file.journey).sends():
            name = step.send.template
            if name not in recipe.file.templates:
                yield Finding(
                    "unknown-template", Severity.ERROR, f"there is no template {name!r} in this recipe",
                    recipe.document.place((*node.route, "send")),
                    did_you_mean(name, recipe.file.templates) or f"add it: `templates: {{{name}: …}}`",
                )  # fmt: skip
