"""Several recipes write to the same people in the same days.

What lets people into two journeys is the same segment or event, and both send marketing within the same days. The
caps of mactl.yaml hold one of them back, or both arrive. Where each takes a part of them by an `enter.if` of its own,
nothing is said, unless one part lies in the other. Let one exclude who is in the other, hand people over from
one to the other with `enroll`, or move the messages apart.

    exclude: {enrolled: welcome}
"""

from collections.abc import Iterator, Mapping
from itertools import combinations

from mactl.checks.demands import days_of
from mactl.checks.flow import Flow
from mactl.checks.logic import implies
from mactl.checks.scope import Look, Scope
from mactl.document import Route
from mactl.findings import Finding, Severity
from mactl.recipe.conditions import Condition, EnrolledCondition
from mactl.recipe.enter import EnterByEvent, EnterBySegment
from mactl.recipe.steps import (
    AskConsentStep,
    EnrollStep,
    LengthBy,
    SendStep,
    WaitForStep,
    WaitStep,
    WaitUntilStep,
)

IDS = ("same-people",)

_NEAR = 1.0  # days
_MOST_COMPARED = 200
"""Recipes for the same people that are compared each with each."""

Span = tuple[float, float]
"""The fewest and the most days after entry."""


def check(scope: Scope) -> Iterator[Finding]:
    """One finding for each recipe and the first other one that it meets."""
    groups: dict[tuple[str, str], list[Look]] = {}
    for look in scope:
        key = _entry(look, scope)
        if key is not None:
            groups.setdefault(key, []).append(look)
    for (kind, name), looks in groups.items():
        told: set[str] = set()
        sent = {look.recipe.id: list(sends_of(look)) for look in looks}
        for one, other in combinations(looks[:_MOST_COMPARED], 2):
            if other.recipe.id in told or apart(one, other) or apart(other, one):
                continue
            if not _overlap(one, other):
                continue
            met = meeting(sent[one.recipe.id], sent[other.recipe.id])
            if met is not None:
                told.add(other.recipe.id)
                yield _finding(kind, name, one, other, met)


def _finding(kind: str, name: str, one: Look, other: Look, met: tuple[str, str, float]) -> Finding:
    first, second, day = met
    return Finding(
        "same-people",
        Severity.WARNING,
        f"{one.recipe.id!r} writes to the same people ({kind} {name}) in the same days: "
        f"{first!r} and {second!r}, {_when(day)}",
        other.place(("journey", "enter")),
        f"add `exclude: {{enrolled: {one.recipe.id}}}`, or move them apart",
    )


def _when(day: float) -> str:
    days = round(day)
    return "at once" if days == 0 else f"{days} day{'' if days == 1 else 's'} after they enter"


def _overlap(one: Look, other: Look) -> bool:
    """Whether somebody whom one journey takes is surely one whom the other takes, as far as `enter.if` says."""
    first, second = _only(one), _only(other)
    return first is None or second is None or implies(first, second) or implies(second, first)


def _only(look: Look) -> Condition | None:
    journey = look.recipe.file.journey
    return journey.enter.if_ if journey is not None else None


def _entry(look: Look, scope: Scope) -> tuple[str, str] | None:
    """What lets people in, the same for recipes that take the same people; None where that can't be said."""
    file = look.recipe.file
    if file.journey is None or file.status not in ("live", "paused"):
        return None
    enter = file.journey.enter
    if isinstance(enter, EnterBySegment):
        return "segment", scope.cookbook.qualify(enter.segment, look.recipe.id)
    if isinstance(enter, EnterByEvent) and not enter.where:
        return "event", enter.event
    return None


def apart(one: Look, other: Look) -> bool:
    """Whether `one` leaves out who is in `other`, or hands people over to it."""
    enrolled = (c.enrolled for _, c in one.each(EnrolledCondition))
    handed = (step.enroll for _, step in one.each(EnrollStep))
    return other.recipe.id in (*enrolled, *handed)


def sends_of(look: Look) -> Iterator[tuple[str, Span]]:
    """Each marketing message with when it goes out, as far as that can be said."""
    if look.flow is None:
        return
    spans = _spans(look.flow)
    for route, step in look.flow:
        if isinstance(step, SendStep) and route in spans:
            template = look.recipe.file.templates.get(step.send.template)
            if template is not None and template.kind == "marketing":
                yield look.flow.names[route], spans[route]


def _spans(flow: Flow) -> Mapping[Route, Span]:
    """When people come to each step; what comes after a date that only the data know is left out."""
    found: dict[Route, Span] = {flow.first: (0.0, 0.0)}
    for route, step in flow:  # a step stands after those that lead to it, but for jumps back
        if route not in found or isinstance(step, WaitUntilStep):
            continue
        low, high = found[route]
        for way in flow.onward[route]:
            least, most = _passing(step, late=way.takes_time)
            if way.to is not None:
                before = found.get(way.to, (low + least, high + most))
                found[way.to] = (min(before[0], low + least), max(before[1], high + most))
    return found


def _passing(step: object, *, late: bool) -> Span:
    """How many days a step takes."""
    if isinstance(step, WaitStep):
        length = step.wait.for_
        lengths = length.lengths.values() if isinstance(length, LengthBy) else (length,)
        spans = [days_of(each) for each in lengths]
        until = 7 if step.wait.days else 1 if step.wait.at else 0
        return min(low for low, _ in spans), max(high for _, high in spans) + until
    if isinstance(step, (WaitForStep, AskConsentStep)):
        least, most = days_of(step.up_to)
        return (least if late else 0.0), most
    return 0.0, 0.0


def meeting(
    one: list[tuple[str, Span]], other: list[tuple[str, Span]]
) -> tuple[str, str, float] | None:
    """Two messages that surely come within a day of each other, and on which day; None where none do."""
    for first, (low, high) in one:
        for second, (least, most) in other:
            if max(high, most) - min(low, least) <= _NEAR:
                return first, second, min(low, least)
    return None
