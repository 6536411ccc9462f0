"""A step, or what a test expects, names a template that the recipe does not have.

Templates belong to the recipe that sends them. Write the template under `templates`, or correct the name.

    steps: [{send: offer}]
    templates:
      offer: {subject: Your contract ends soon, body: renewal-offer/offer.md}
"""

from collections.abc import Iterator

from mactl.checks.scope import Look, Scope
from mactl.document import Route
from mactl.findings import Finding, Severity
from mactl.recipe.expectations import ExpectedSend, ExpectedStop
from mactl.recipe.steps import ConsentRequest, SendTarget
from mactl.validation import did_you_mean

IDS = ("unknown-template",)


def check(scope: Scope) -> Iterator[Finding]:
    """One finding for each name of a template that is not there."""
    for look in scope:
        known = look.recipe.file.templates
        for route, name in _named(look):
            if name not in known and not _is_of_another(name, route, scope):
                yield Finding(
                    "unknown-template",
                    Severity.ERROR,
                    f"there is no template {name!r} in this recipe",
                    look.place(route),
                    did_you_mean(name, known) or "add it to `templates`",
                )


def _is_of_another(name: str, route: Route, scope: Scope) -> bool:
    """Whether a test expects another recipe's template, RECIPE.NAME, which that one has."""
    recipe, _, short = name.partition(".")
    other = scope.cookbook.recipes.get(recipe)
    return route[0] == "tests" and other is not None and short in other.file.templates


def _named(look: Look) -> Iterator[tuple[Route, str]]:
    for route, target in look.each(SendTarget):
        yield (*route, "template"), target.template
    for route, request in look.each(ConsentRequest):
        yield (*route, "template"), request.template
    for route, expected in look.each(ExpectedSend):
        yield (*route, "template"), expected.template
    for route, stopped in look.each(ExpectedStop):
        yield (*route, "template"), stopped.template
