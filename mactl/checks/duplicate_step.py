"""Two steps of a journey have the same id.

People in flight stand on a step's id and a send is made from it, so two steps with one id would be one
step: whoever passed the first would never get the second. A send without an id of its own is called
after its template; sending the same template twice in one journey therefore needs an `id` on one of the two.

    - send: offer
    - wait: 3 days
    - send: {template: offer, id: offer-again}
"""

from collections.abc import Iterator, Sequence

from mactl.findings import Finding, Severity
from mactl.journey.graph import duplicate_ids
from mactl.recipe.cookbook import Cookbook
from mactl.recipe.recipe import Recipe

IDS = ("duplicate-step",)


def check(cookbook: Cookbook, recipes: Sequence[Recipe]) -> Iterator[Finding]:
    """One finding for each step whose id is taken."""
    for recipe in recipes:
        if recipe.file.journey is None:
            continue
        for id, route in duplicate_ids(recipe.file.journey):
            yield Finding(
                "duplicate-step", Severity.ERROR, f"another step is called {id!r} already",
                recipe.document.place(route), f"give this one an id of its own, such as `id: {id}-2`",
            )  # fmt: skip
