"""What lets people in is what ends the journey for them, so that it writes to nobody.

The goal, and a condition of `leave`, count from the trigger on, the trigger included: `enter: {event: purchase}` with
`goal: {event: purchase}` and `leave: [goal]` has everyone at the goal before the first step, and whoever has a reason
to leave before the first step stays out. Where nobody leaves at the goal, a report says that all of them met it. For a
segment's journey, who met the goal within `goal.within` before is not enrolled either. A goal is what people do
afterwards: name another event, or tell the second from the first by `where`.

    goal: {event: purchase, where: {order_number: {gte: 2}}, within: 60 days}
    journey:
      enter: {event: purchase, where: {order_number: 1}}
      leave: [goal]
"""

from collections.abc import Iterator

from mactl.checks.demands import days_of
from mactl.checks.logic import certain, implies_where
from mactl.checks.scope import Look, Scope
from mactl.findings import Finding, Severity
from mactl.recipe.conditions import Condition, EventCondition
from mactl.recipe.enter import EnterByEvent, EnterBySegment
from mactl.recipe.journey import Goal, Journey

IDS = ("goal-is-trigger", "leave-is-trigger")

_ONLY_WHETHER = frozenset(("event", "where", "same", "since"))
"""A condition with no other keys surely holds at the trigger, if it is about the same event."""


def check(scope: Scope) -> Iterator[Finding]:
    """At most one finding for the goal, and one for each condition of `leave`."""
    for look in scope:
        file, journey = look.recipe.file, look.recipe.file.journey
        if journey is None:
            continue
        if isinstance(journey.enter, EnterByEvent):
            if file.goal is not None and _is(file.goal, journey.enter):
                yield _goal(look, journey)
            yield from _leaving(look, journey, journey.enter)
        elif isinstance(journey.enter, EnterBySegment) and file.goal is not None:
            yield from _kept_out(look, scope, file.goal, journey.enter)


def _is(ending: Goal | EventCondition, enter: EnterByEvent) -> bool:
    """Whether every event that lets people in is one that ends their journey."""
    return ending.event == enter.event and implies_where(enter.where, ending.where)


def _goal(look: Look, journey: Journey) -> Finding:
    place = look.place(("goal", "event"))
    hint = "name what they do afterwards, or tell the two apart by `where`"
    if "goal" in journey.leave or journey.pace is not None:
        message = (
            "nobody enters: the event that lets them in is the goal, and who met that stays out"
        )
        return Finding("goal-is-trigger", Severity.ERROR, message, place, hint)
    message = "everyone meets this goal by entering: it is the event that lets them in"
    return Finding("goal-is-trigger", Severity.WARNING, message, place, hint)


def _leaving(look: Look, journey: Journey, enter: EnterByEvent) -> Iterator[Finding]:
    for index, leave in enumerate(journey.leave):
        if not isinstance(leave, EventCondition) or not leave.model_fields_set <= _ONLY_WHETHER:
            continue
        if _is(leave, enter) and leave.same in (None, enter.key):
            yield Finding(
                "leave-is-trigger",
                Severity.ERROR,
                "nobody enters: the event that lets them in is a reason to leave",
                look.place(("journey", "leave", index)),
                "name what they do afterwards, or tell the two apart by `where`",
            )


def _kept_out(look: Look, scope: Scope, goal: Goal, enter: EnterBySegment) -> Iterator[Finding]:
    """A segment of those who did lately what the goal is."""
    if goal.within is None:
        return
    least, _ = days_of(goal.within)
    for condition in _certain_of_members(look, scope, enter):
        if not isinstance(condition, EventCondition) or condition.within_last is None:
            continue
        same = condition.event == goal.event and implies_where(condition.where, goal.where)
        if same and days_of(condition.within_last)[1] <= least:
            yield Finding(
                "goal-is-trigger",
                Severity.ERROR,
                "nobody enters: all members of the segment met the goal within the time that it counts for",
                look.place(("goal", "event")),
                "name what they do afterwards",
            )
            return


def _certain_of_members(look: Look, scope: Scope, enter: EnterBySegment) -> Iterator[Condition]:
    """What holds of everyone whom the segment lets in."""
    name = scope.cookbook.qualify(enter.segment, look.recipe.id)
    members = scope.cookbook.segments.get(name)
    if members is not None:
        yield from certain(members)
    if enter.if_ is not None:
        yield from certain(enter.if_)
