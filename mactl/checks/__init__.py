"""What can be wrong with a cookbook, one check a file; a check's docstring is its manual."""

from collections.abc import Collection, Iterator
from types import ModuleType

from mactl.checks import (
    bad_pattern,
    circular_definition,
    duplicate_step,
    missing_goal,
    missing_ground,
    second_ladder,
    template,
    unknown_name,
    unknown_template,
    unused_template,
)
from mactl.findings import Finding
from mactl.recipe.cookbook import Cookbook

CHECKS: tuple[ModuleType, ...] = (
    bad_pattern,
    circular_definition,
    duplicate_step,
    missing_goal,
    missing_ground,
    second_ladder,
    template,
    unknown_name,
    unknown_template,
    unused_template,
)
"""Every check of the recipes alone, by the name of its finding."""


def check_recipes(cookbook: Cookbook, chosen: Collection[str]) -> Iterator[Finding]:
    """What every check finds in the `chosen` recipes and their templates, check by check.

    The rest of `cookbook` is there to be referred to.
    """
    recipes = [recipe for recipe in cookbook if recipe.id in chosen]
    for check in CHECKS:
        yield from check.check(cookbook, recipes)
