"""Some people are held out, but there is no goal to measure the others against.

`holdout: 10%` keeps a part of the people from getting anything, so that a report can say what the journey brought. It
compares how many of both met the goal; without a goal those people miss out for nothing.

    goal: {event: purchase, within: 30 days}
    journey: {holdout: 10%, …}
"""

from collections.abc import Iterator

from mactl.checks.scope import Scope
from mactl.findings import Finding, Severity

IDS = ("holdout-without-goal",)


def check(scope: Scope) -> Iterator[Finding]:
    """One finding for each holdout without a goal."""
    for look in scope:
        file = look.recipe.file
        if file.journey is not None and file.journey.holdout and file.goal is None:
            yield Finding(
                "holdout-without-goal",
                Severity.WARNING,
                "people are held out, but there is no goal to measure by",
                look.place(("journey", "holdout")),
                "add `goal: {event: …}`",
            )
