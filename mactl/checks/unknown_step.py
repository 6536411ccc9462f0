"""A step is named that the journey does not have.

`go_to`, `moved` and `retired` lead people to a step by its id, and a test's `react` says which message was opened. A
step's id is what stands beside it as `id`; without one it is the template's name for a send, the name of a milestone
or a split, else its kind and number, such as `wait-2`. People sent to a step that is not there would be at the end.
"""

from collections.abc import Iterator

from mactl.checks.scope import Look, Scope
from mactl.document import Route
from mactl.findings import Finding, Severity
from mactl.recipe.expectations import React
from mactl.recipe.steps import GoToStep
from mactl.validation import did_you_mean

IDS = ("unknown-step",)

_REACTIONS = ("opened", "clicked", "replied", "bounced", "unsubscribed", "done")


def check(scope: Scope) -> Iterator[Finding]:
    """One finding for each id of a step that is not there."""
    for look in scope:
        if look.flow is None:
            continue
        known = look.flow.routes
        for route, name in _named(look):
            if name not in known:
                yield Finding(
                    "unknown-step",
                    Severity.ERROR,
                    f"there is no step {name!r} in this journey",
                    look.place(route),
                    did_you_mean(name, known) or "name a step by its id",
                )


def _named(look: Look) -> Iterator[tuple[Route, str]]:
    for route, step in look.each(GoToStep):
        yield (*route, "go_to"), step.go_to
    for old, following in look.recipe.file.retired.items():
        yield ("retired", old), following
    for route, reaction in look.each(React):
        for kind in _REACTIONS:
            name = getattr(reaction, kind)
            if name is not None:
                yield (*route, kind), name
