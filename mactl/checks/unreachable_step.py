"""Nobody can ever come to this step.

What stands after an `exit` or a `go_to`, or after branches that all leave, is never done. Take it out, or lead
somebody there.

    - choose:
        - {when: {field: country, eq: DE}, then: [{send: offer-de}, {exit: done}]}
        - {else: [{exit: elsewhere}]}
    - send: reminder                 # nobody comes here
"""

from collections.abc import Iterator

from mactl.checks.flow import Flow
from mactl.checks.scope import Scope
from mactl.document import Route
from mactl.findings import Finding, Severity

IDS = ("unreachable-step",)


def check(scope: Scope) -> Iterator[Finding]:
    """One finding for the first step of each run of steps that nobody comes to."""
    for look in scope:
        if look.flow is None:
            continue
        retired = look.recipe.file.retired.values()
        targets = [look.flow.routes[name] for name in retired if name in look.flow.routes]
        reached = look.flow.reached_from((look.flow.first, *targets))
        for route in _first_unreached(look.flow, reached):
            yield Finding(
                "unreachable-step",
                Severity.WARNING,
                f"nobody comes to {look.flow.names[route]!r}: what stands before it always leaves",
                look.place(route),
                "take it out, or lead people there",
            )


def _first_unreached(flow: Flow, reached: frozenset[Route]) -> Iterator[Route]:
    told: set[Route] = set()
    for route, _ in flow:
        if route in reached:
            continue
        *above, index = route
        before = (*above, int(index) - 1)
        outer = any(route[:length] in told for length in range(len(route)))
        if before not in told and not outer:
            yield route
        told.add(route)
