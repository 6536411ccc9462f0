"""A length of time is nothing, or less than nothing.

Only an `offset` may be negative (before a date). A wait of nothing is no wait, and `up_to: 0 days` gives nobody time
to do anything: everyone takes `else`, unless it held already.

    - wait_for: {clicked: offer}
      up_to: 3 days
"""

from collections.abc import Iterator
from functools import cache

from pydantic import BaseModel

from mactl.checks.scope import Scope
from mactl.document import Route
from mactl.durations import Duration
from mactl.findings import Finding, Severity
from mactl.recipe.enter import EnterByDate
from mactl.recipe.expectations import RecipeTest
from mactl.recipe.operators import Window
from mactl.recipe.steps import LengthBy, UntilDate, WaitTarget

IDS = ("negative-length", "no-length")

_MAY_BE_NOTHING = (Window, RecipeTest)
"""`within_last: 0 days` is today, and a test may look at the first instant."""
_MAY_BE_BEFORE = (EnterByDate, UntilDate)


def check(scope: Scope) -> Iterator[Finding]:
    """One finding for each length that is negative, or nothing where it must be something."""
    for look in scope:
        for kind, parts in look.parts.items():
            names = _names_of_lengths(kind)
            for route, part in parts if names else ():
                for way, length in _lengths(part, names):
                    days = length.mean_days
                    if days > 0 or (days == 0 and isinstance(part, _MAY_BE_NOTHING)):
                        continue
                    place = look.place((*route, *way))
                    if days < 0:
                        message = "a length of time can't be negative here; only an offset can"
                        yield Finding(
                            "negative-length", Severity.ERROR, message, place, "leave out the minus"
                        )
                    elif not (isinstance(part, WaitTarget) and (part.days or part.at)):
                        message = "this is no time at all"
                        hint = "say how long, or take the step out"
                        yield Finding("no-length", Severity.WARNING, message, place, hint)


@cache
def _names_of_lengths(kind: type[BaseModel]) -> tuple[tuple[str, str], ...]:
    """Each field of a kind of mapping that may hold a length, with its key; none where they may be negative."""
    if kind in _MAY_BE_BEFORE:
        return ()
    return tuple(
        (name, info.alias or name)
        for name, info in kind.model_fields.items()
        if "Duration" in str(info.annotation)
    )


def _lengths(
    part: BaseModel, names: tuple[tuple[str, str], ...]
) -> Iterator[tuple[Route, Duration]]:
    """Each length of time that a mapping says, with the way to it."""
    if isinstance(part, LengthBy):
        yield from (((value,), length) for value, length in part.lengths.items())
        return
    given = part.model_fields_set
    for name, key in names:
        if name in given and isinstance(length := getattr(part, name), Duration):
            yield (key,), length
