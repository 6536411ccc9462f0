"""A condition refers to a segment, score, stage or label that nobody defines.

A name without a dot is meant in the recipe itself; another recipe's is written RECIPE.NAME. A misspelt name would
make a condition that never holds, and a journey that nobody enters, so it is refused.

    - {segment: customers}           # this recipe's
    - {segment: shared.customers}    # the one of recipes/shared.yaml
"""

from collections.abc import Iterator

from mactl.findings import Finding, Severity
from mactl.recipe.cookbook import Cookbook
from mactl.recipe.journey import EnterBySegment
from mactl.rules.faults import find_unknown_names
from mactl.rules.names import Definition, definitions_of, suggest


def check(cookbook: Cookbook) -> Iterator[Finding]:
    """One finding for each name, `unknown-segment`, `unknown-score` and so on, where it stands."""
    yield from find_unknown_names(cookbook)
    known = definitions_of(cookbook)
    for recipe in cookbook:
        journey = recipe.file.journey
        if journey is None or not isinstance(journey.enter, EnterBySegment):
            continue
        segment = Definition("segment", cookbook.qualify(journey.enter.segment, recipe.id))
        if segment not in known:
            yield Finding(
                "unknown-segment", Severity.ERROR, f"{journey.enter.segment!r} is not defined",
                recipe.document.place(("journey", "enter", "segment")), suggest(segment, known),
            )  # fmt: skip
