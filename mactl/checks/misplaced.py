"""A condition asks about something that is not there where it stands.

`trigger` and `same` are about the event that enrolled somebody. Segments, scores, stages, labels and who may enter
are about contacts, whom nothing has enrolled yet; and who came in by a segment or a date has no event. In a list of
things (`where: {lines: {any: {…}}}`) a thing has properties, and no fields of the contact. Ask about the trigger in
`leave`, `wait_for` or a step's `when`.

    journey:
      enter: {event: cart_abandoned, key: cart_id}
      leave: [{event: purchase, same: cart_id}]
"""

from collections.abc import Iterator

from mactl.checks.scope import Scope
from mactl.findings import Finding
from mactl.rules.faults import find_misplaced

IDS = ("no-trigger", "field-of-nobody")


def check(scope: Scope) -> Iterator[Finding]:
    """One finding for each such condition."""
    yield from scope.only(find_misplaced(scope.cookbook))
