"""A second recipe declares stages.

A contact is in one stage, and sales and marketing see the same one, so a cookbook has one ladder. Keep it
in the recipe that shares definitions and refer to it with `{stage: …}` from the others.
"""

from collections.abc import Iterator, Sequence

from mactl.findings import Finding, Severity
from mactl.recipe.cookbook import Cookbook
from mactl.recipe.recipe import Recipe

IDS = ("second-ladder",)


def check(cookbook: Cookbook, recipes: Sequence[Recipe]) -> Iterator[Finding]:
    """One finding for each further recipe with `stages`."""
    ladder = cookbook.ladder
    for recipe in recipes:
        if ladder is not None and recipe.file.stages and recipe is not ladder:
            yield Finding(
                "second-ladder", Severity.ERROR, f"{ladder.id} declares the stages already",
                recipe.document.place(("stages",), key=True), "keep one ladder in the cookbook",
            )  # fmt: skip
