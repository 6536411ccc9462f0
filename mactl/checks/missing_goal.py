"""People are to leave at the goal, but the recipe has no goal.

`leave: [goal]` stops writing to whoever did what the recipe is for. Without a `goal` it never holds, and
they would go on getting reminders of what they have done.
"""

from collections.abc import Iterator, Sequence

from mactl.findings import Finding, Severity
from mactl.recipe.cookbook import Cookbook
from mactl.recipe.recipe import Recipe

IDS = ("missing-goal",)


def check(cookbook: Cookbook, recipes: Sequence[Recipe]) -> Iterator[Finding]:
    """One finding for each `goal` in `leave` that nothing defines."""
    for recipe in recipes:
        journey = recipe.file.journey
        if journey is None or recipe.file.goal is not None:
            continue
        for index, leave in enumerate(journey.leave):
            if leave == "goal":
                yield Finding(
                    "missing-goal", Severity.ERROR, "people leave at the goal, but the recipe has none",
                    recipe.document.place(("journey", "leave", index)),
                    "add `goal: {event: …}`, or take goal out of `leave`",
                )  # fmt: skip
