"""Something is said about a goal, but the recipe has none.

`leave: [goal]` stops writing to whoever did what the recipe is for, `on_goal` acts when they do, and a split's
winner may be measured by it. Without a `goal` none of that ever happens, and people would go on getting reminders of
what they have done.

    goal: {event: purchase, within: 30 days}
"""

from collections.abc import Iterator

from mactl.checks.scope import Look, Scope
from mactl.document import Route
from mactl.findings import Finding, Severity
from mactl.recipe.steps import WinnerArm

IDS = ("missing-goal",)


def check(scope: Scope) -> Iterator[Finding]:
    """One finding for each place that asks for a goal which nothing defines."""
    for look in scope:
        if look.recipe.file.goal is not None:
            continue
        for route, message in _asked_for(look):
            yield Finding(
                "missing-goal",
                Severity.ERROR,
                f"{message}, but the recipe has no goal",
                look.place(route),
                "add `goal: {event: …}`, or take this out",
            )


def _asked_for(look: Look) -> Iterator[tuple[Route, str]]:
    journey = look.recipe.file.journey
    if journey is None:
        return
    for index, leave in enumerate(journey.leave):
        if leave == "goal":
            yield ("journey", "leave", index), "people leave at the goal"
    if journey.on_goal:
        yield ("journey", "on_goal"), "something is to be done at the goal"
    for route, arm in look.each(WinnerArm):
        if arm.measure == "goal":
            yield (*route, "measure"), "the goal decides which arm wins"
