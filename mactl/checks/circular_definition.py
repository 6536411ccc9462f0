"""Segments, scores, stages or labels need each other in a circle.

A segment of all with a score of 20 and more can't be what that score's rule asks about: there is no first one to
work out. Take one of the references out, or ask about the field or event behind it.

    scoring: {fit: {rules: [{name: buys, when: {event: purchase}, points: 20}]}}
    segments: {good: {score: fit, gte: 20}}        # and the score asks about no segment that asks about it
"""

from collections.abc import Iterator

from mactl.checks.scope import Scope
from mactl.findings import Finding
from mactl.rules.faults import find_circular_definitions

IDS = ("circular-definition",)


def check(scope: Scope) -> Iterator[Finding]:
    """One finding for each circle."""
    yield from scope.only(find_circular_definitions(scope.cookbook))
