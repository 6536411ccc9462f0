"""Two steps of a journey have the same id.

People in flight stand on a step's id and a send is made from it, so two steps with one id would be one
step: whoever passed the first would never get the second. A send without an id of its own is called
after its template; sending the same template twice in one journey therefore needs an `id` on one of the two.

    - send: offer
    - wait: 3 days
    - send: {template: offer, id: offer-again}
"""

from collections.abc import Iterator

from mactl.checks.scope import Scope
from mactl.findings import Finding, Severity

IDS = ("duplicate-step",)


def check(scope: Scope) -> Iterator[Finding]:
    """One finding for each step whose id is taken."""
    for look in scope:
        if look.flow is None:
            continue
        for route, id in look.flow.names.items():
            if look.flow.routes[id] != route:
                yield Finding(
                    "duplicate-step",
                    Severity.ERROR,
                    f"another step is called {id!r} already",
                    look.place(route),
                    f"give this one an id of its own, such as `id: {id}-2`",
                )
