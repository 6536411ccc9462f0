"""A template is never sent.

Often a step was renamed and its template was not. Send it from a step, or remove it.
"""

from collections.abc import Iterator, Sequence

from mactl.findings import Finding, Severity
from mactl.journey.graph import build_graph
from mactl.recipe.cookbook import Cookbook
from mactl.recipe.recipe import Recipe

IDS = ("unused-template",)


def check(cookbook: Cookbook, recipes: Sequence[Recipe]) -> Iterator[Finding]:
    """One finding for each template that no step of the journey names."""
    for recipe in recipes:
        if recipe.file.journey is None:
            continue
        sent = {step.send.template for _, step in build_graph(recipe.file.journey).sends()}
        for name in recipe.file.templates:
            if name not in sent:
                yield Finding(
                    "unused-template", Severity.WARNING, f"no step sends {name!r}",
                    recipe.document.place(("templates", name), key=True), "send it from a step, or remove it",
                )  # fmt: skip
