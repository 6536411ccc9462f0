"""A condition or a step refers to something that nobody defines.

Segments, scores, labels, derived fields and steps: a name without a dot is meant in the recipe itself; another
recipe's is written RECIPE.NAME. Stages, buckets of a label, tasks and recipes are looked up alike. A misspelt name
would make a condition that never holds, and a journey that nobody enters, so it is refused.

    - {segment: customers}           # this recipe's
    - {segment: shared.customers}    # the one of recipes/shared.yaml
    - {opened: welcome.hello}        # a step of recipes/welcome.yaml
"""

from collections.abc import Iterator

from mactl.checks.scope import Scope
from mactl.findings import Finding
from mactl.rules.faults import find_unknown_names

IDS = (
    "unknown-segment",
    "unknown-score",
    "unknown-label",
    "unknown-bucket",
    "unknown-stage",
    "unknown-field",
    "unknown-recipe",
    "unknown-step",
    "unknown-task",
)


def check(scope: Scope) -> Iterator[Finding]:
    """One finding for each name, `unknown-segment`, `unknown-score` and so on, where it stands."""
    yield from scope.only(find_unknown_names(scope.cookbook))
