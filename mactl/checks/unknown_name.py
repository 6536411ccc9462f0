"""A condition refers to a segment, score, stage or label that nobody defines.

A name without a dot is meant in the recipe itself; another recipe's is written RECIPE.NAME. A misspelt name would
make a condition that never holds, and a journey that nobody enters, so it is refused.

    - {segment: customers}           # this recipe's
    - {segment: shared.customers}    # the one of recipes/shared.yaml
"""

from collections.abc import Iterator, Sequence

from mactl.checks.scope import only_in
from mactl.findings import Finding
from mactl.recipe.cookbook import Cookbook
from mactl.recipe.recipe import Recipe
from mactl.rules.faults import find_unknown_names

IDS = ("unknown-segment", "unknown-score", "unknown-label", "unknown-bucket", "unknown-stage")


def check(cookbook: Cookbook, recipes: Sequence[Recipe]) -> Iterator[Finding]:
    """One finding for each name, `unknown-segment`, `unknown-score` and so on, where it stands."""
    yield from only_in(recipes, find_unknown_names(cookbook))
