"""`matches` is not a regular expression.

Expressions are RE2's: no backreferences and no lookaround, so that none can take for ever on a hostile value.
Special characters that are meant as they are want a backslash: `matches: "^/docs/.*\\\\.html$"`.
"""

from collections.abc import Iterator, Sequence

from mactl.checks.scope import only_in
from mactl.findings import Finding
from mactl.recipe.cookbook import Cookbook
from mactl.recipe.recipe import Recipe
from mactl.rules.faults import find_bad_patterns

IDS = ("bad-pattern",)


def check(cookbook: Cookbook, recipes: Sequence[Recipe]) -> Iterator[Finding]:
    """One finding for each expression that RE2 refuses."""
    yield from only_in(recipes, find_bad_patterns(cookbook))
