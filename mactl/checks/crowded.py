"""On this data several journeys take the same people, or too few to tell.

Found with `--data`. Two journeys whose segments share people write to those in the same days (`shared-people`): let
one exclude who is in the other, or chain them with `enroll`. And an arm that fewer people take than its winner wants
sends for will never decide (`few-people`): ask for fewer, or split in fewer arms.

    journey:
      enter: {segment: dormant}
      exclude: {enrolled: welcome}
"""

from collections.abc import Iterator
from itertools import combinations

from mactl.checks.data import Data
from mactl.checks.same_people import apart, meeting, sends_of
from mactl.checks.scope import Look
from mactl.findings import Finding, Severity
from mactl.recipe.enter import EnterBySegment
from mactl.recipe.steps import SplitStep

IDS = ("shared-people", "few-people")

_MOST_COMPARED = 200


def check(data: Data) -> Iterator[Finding]:
    """One finding for each recipe and the first other that takes its people, and for each arm that is too small."""
    looks = [look for look in data.scope if _by_segment(look)]
    sent = {look.recipe.id: list(sends_of(look)) for look in looks}
    told: set[str] = set()
    for one, other in combinations(looks[:_MOST_COMPARED], 2):
        if other.recipe.id in told or apart(one, other) or apart(other, one):
            continue
        first, second = data.entering(one), data.entering(other)
        if first is None or second is None or _segment(one, data) == _segment(other, data):
            continue
        shared = int((first & second).sum())
        found = meeting(sent[one.recipe.id], sent[other.recipe.id]) if shared else None
        if found is not None:
            told.add(other.recipe.id)
            yield Finding(
                "shared-people",
                Severity.WARNING,
                f"{shared} people are in this segment and in that of {one.recipe.id!r}; both write to them in the "
                f"same days: {found[0]!r} and {found[1]!r}",
                other.place(("journey", "enter")),
                f"add `exclude: {{enrolled: {one.recipe.id}}}`, or move them apart",
            )
    for look in data.scope:
        yield from _small_arms(data, look)


def _by_segment(look: Look) -> bool:
    file = look.recipe.file
    return (
        file.journey is not None
        and isinstance(file.journey.enter, EnterBySegment)
        and file.status == "live"
    )


def _segment(look: Look, data: Data) -> str:
    enter = look.recipe.journey.enter
    assert isinstance(enter, EnterBySegment)
    return data.scope.cookbook.qualify(enter.segment, look.recipe.id)


def _small_arms(data: Data, look: Look) -> Iterator[Finding]:
    for route, step in look.each(SplitStep):
        entering = data.entering(look)
        if step.winner is None or entering is None:
            continue
        wanted, people = step.winner[1].at_least, int(entering.sum())
        for name, arm in step.variants.items():
            if people and people * arm.share < wanted:
                yield Finding(
                    "few-people",
                    Severity.WARNING,
                    f"of {people} people about {people * arm.share:.0f} take {name!r}; "
                    f"the winner wants {wanted} sends",
                    look.place((*route, "arms", name), key=True),
                    "lower at_least, or give this arm a larger share",
                )
