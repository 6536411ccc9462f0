"""A step is named that the journey does not have.

`go_to`, `moved` and `retired` lead people to a step by its id, and a test's `react` says which message was opened
(`RECIPE.STEP` for one of another recipe). A step's id is what stands beside it as `id`; without one it is the
template's name for a send, the name of a milestone or a split, else its kind and number, such as `wait-2`. People sent
to a step that is not there would be at the end.

    - wait_for: {event: profile_completed}
      id: profile
      up_to: 7 days
      else: [{notify: {to: sales, message: still not}}, {go_to: profile}]
"""

from collections.abc import Collection, Iterable, Iterator

from mactl.checks.flow import Flow
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
        known = look.flow.routes if look.flow is not None else {}
        if look.flow is not None:
            named = (*_named(look), *(at for at in _reacted_to(look) if "." not in at[1]))
            yield from _missing(named, known, "this journey", look)
        for route, name in _reacted_to(look):
            recipe, dot, step = name.rpartition(".")
            if dot and name not in known:
                others = _steps_of(recipe, scope)
                yield from _missing([(route, step)], others, recipe, look)


def _missing(
    named: Iterable[tuple[Route, str]], known: Collection[str], where: str, look: Look
) -> Iterator[Finding]:
    for route, name in named:
        if name not in known:
            yield Finding(
                "unknown-step",
                Severity.ERROR,
                f"there is no step {name!r} in {where}",
                look.place(route),
                did_you_mean(name, known) or "name a step by its id",
            )


def _steps_of(recipe: str, scope: Scope) -> Collection[str]:
    """The ids of the steps of another recipe; none where it is not there."""
    other = scope.cookbook.recipes.get(recipe)
    journey = other.file.journey if other is not None else None
    return Flow(journey.steps).routes if journey is not None else ()


def _named(look: Look) -> Iterator[tuple[Route, str]]:
    for route, step in look.each(GoToStep):
        yield (*route, "go_to"), step.go_to
    for old, following in look.recipe.file.retired.items():
        yield ("retired", old), following


def _reacted_to(look: Look) -> Iterator[tuple[Route, str]]:
    for route, reaction in look.each(React):
        for kind in _REACTIONS:
            name = getattr(reaction, kind)
            if name is not None:
                yield (*route, kind), name
