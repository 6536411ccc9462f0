"""A second recipe declares stages.

A contact is in one stage, and sales and marketing see the same one, so a cookbook has one ladder. Keep it
in the recipe that shares definitions and refer to it with `{stage: …}` from the others.

    stages:                                        # in recipes/shared.yaml alone
      lead: {}
      mql: {score: fit, gte: 20}
      customer: {event: purchase}
"""

from collections.abc import Iterator

from mactl.checks.scope import Scope
from mactl.findings import Finding, Severity

IDS = ("second-ladder",)


def check(scope: Scope) -> Iterator[Finding]:
    """One finding for each further recipe with `stages`."""
    ladder = scope.cookbook.ladder
    for look in scope:
        if ladder is not None and look.recipe.file.stages and look.recipe is not ladder:
            yield Finding(
                "second-ladder",
                Severity.ERROR,
                f"{ladder.id} declares the stages already",
                look.place(("stages",), key=True),
                "keep one ladder in the cookbook",
            )
