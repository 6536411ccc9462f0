"""A journey is too large or too tangled to be understood, tested and changed.

Small workflows that hand people over to each other work better than one that does everything: awareness →
consideration → decision, each a recipe of its own with its own goal, chained with `enroll`. The limits are 8 messages
on one way through, 30 steps, branches within branches 4 deep, and 3 jumps.

    journey: {enter: {event: signed_up}, leave: [goal], on_goal: [{enroll: consideration}], …}
"""

from collections.abc import Iterator

from mactl.checks.flow import Flow
from mactl.checks.scope import Scope
from mactl.document import Route
from mactl.findings import Finding, Severity
from mactl.recipe.steps import AskConsentStep, GoToStep, SendStep

IDS = ("large-journey", "tangled-journey")

MOST_MESSAGES = 8
"""On one way through a journey."""
MOST_STEPS = 30
DEEPEST = 4
MOST_JUMPS = 3


def check(scope: Scope) -> Iterator[Finding]:
    """At most one finding of each kind for a journey."""
    for look in scope:
        if look.flow is None:
            continue
        for id, told in (
            ("large-journey", _size(look.flow)),
            ("tangled-journey", _knots(look.flow)),
        ):
            if told is not None:
                route, message = told
                yield Finding(
                    id,
                    Severity.WARNING,
                    message,
                    look.place(route, key=True),
                    "split it into recipes that hand over with `enroll`",
                )


_STEPS: Route = ("journey", "steps")


def _size(flow: Flow) -> tuple[Route, str] | None:
    messages = _messages_on_a_way(flow)
    if messages > MOST_MESSAGES:
        return _STEPS, f"{messages} messages on one way through are more than {MOST_MESSAGES}"
    if len(flow.steps) > MOST_STEPS:
        return _STEPS, f"{len(flow.steps)} steps are more than {MOST_STEPS}"
    return None


def _knots(flow: Flow) -> tuple[Route, str] | None:
    deepest = max(flow.steps, key=_depth)
    if _depth(deepest) > DEEPEST:
        return deepest, f"branches within branches, {_depth(deepest)} deep"
    jumps = [route for route, step in flow if isinstance(step, GoToStep)]
    if len(jumps) > MOST_JUMPS:
        return jumps[MOST_JUMPS], f"{len(jumps)} jumps are more than {MOST_JUMPS}"
    return None


def _depth(route: Route) -> int:
    """In how many branches a step stands."""
    return sum(isinstance(part, int) for part in route) - 1 - route.count("choose")


def _messages_on_a_way(flow: Flow) -> int:
    """The most messages that one person can get, each step once."""
    most: dict[Route | None, int] = {None: 0}
    for route in reversed(list(flow.steps)):
        # What a jump back leads to is not counted twice: it is worked out later than the jump.
        onward = max((most.get(way.to, 0) for way in flow.onward[route]), default=0)
        sends = isinstance(flow.steps[route], (SendStep, AskConsentStep))
        most[route] = onward + sends
    return most[flow.first]
