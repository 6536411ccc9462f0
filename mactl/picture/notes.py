"""What a picture says of a whole journey: what lets people in, and what holds wherever they stand."""

from collections.abc import Iterator

from mactl.durations import Duration
from mactl.journey.words import Words, around, at_time, listed, plain, share, step_words
from mactl.picture.flow import Note
from mactl.recipe.enter import (
    AnyEnter,
    EnterByCron,
    EnterByDate,
    EnterByEvent,
    EnterByHandover,
    EnterBySegment,
    EnterBySlot,
    EnterEvery,
)
from mactl.recipe.journey import AgainAfter, Goal, Journey, SendWindow
from mactl.recipe.operators import Where
from mactl.recipe.recipe import RecipeFile
from mactl.rules.text import describe, describe_test

_WEEK = 7


def enter_words(journey: Journey) -> Words:
    """What lets people in, and how many of them."""
    enter = journey.enter
    what, details = _trigger(enter)
    if enter.if_ is not None:
        details.append(f"if {describe(enter.if_)}")
    if journey.pace is not None:
        pace = journey.pace
        grows = f", growing {share(pace.grow)} each {pace.start.per}" if pace.grow else ""
        details.append(f"{pace.start}{grows}{f', at most {pace.max}' if pace.max else ''}")
    return Words("Enter", plain(what), tuple(plain(text) for text in details))


def _trigger(enter: AnyEnter) -> tuple[str, list[str]]:
    if isinstance(enter, EnterBySegment):
        joins = [] if enter.existing else ["only who joins from now on"]
        return f"segment {enter.segment}", joins
    if isinstance(enter, EnterByEvent):
        per = [f"once per {enter.key}"] if enter.key else []
        return _event(enter.event, enter.where), per
    if isinstance(enter, EnterByDate):
        yearly = ["every year"] if enter.yearly else []
        return f"{around(enter.offset, enter.date)}{at_time(enter.at)}", yearly
    if isinstance(enter, EnterByHandover):
        return "handed over by another recipe", []
    return _slot(enter), [f"segment {enter.segment}"]


def _slot(enter: EnterBySlot) -> str:
    if isinstance(enter, EnterEvery):
        days = "day" if len(enter.every) == _WEEK else listed(enter.every)
        return f"every {days}{at_time(enter.at)}"
    if isinstance(enter, EnterByCron):
        return f"at {enter.cron}"
    return f"on {getattr(enter, 'once', '')}"


def _event(event: str, where: Where) -> str:
    tests = " and ".join(describe_test(name, test) for name, test in where.items())
    return f"{event} where {tests}" if tests else event


def journey_notes(file: RecipeFile) -> Iterator[Note]:
    """What holds for the whole journey of a recipe that has one."""
    for name, text in _notes(file):
        yield Note(name, plain(text))


def _notes(file: RecipeFile) -> Iterator[tuple[str, str]]:
    journey = file.journey
    assert journey is not None
    if file.goal is not None:
        yield "goal", _goal(file.goal)
    if journey.on_goal:
        yield "on goal", listed([step_words(step).line for step in journey.on_goal])
    if journey.leave:
        yield (
            "leave",
            listed(
                [who if isinstance(who, str) else describe(who) for who in journey.leave],
                "or",
            ),
        )
    if journey.exclude is not None:
        yield "exclude", describe(journey.exclude)
    again = journey.again
    if again != "never":
        yield "again", f"after {again.after}" if isinstance(again, AgainAfter) else again
    if journey.holdout:
        yield "holdout", share(journey.holdout)
    if journey.send_window is not None:
        yield "send window", _window(journey.send_window)
    if journey.one_per is not None:
        yield "one per", journey.one_per.field
    if file.status != "live":
        yield "status", file.status


def _goal(goal: Goal) -> str:
    within = f" within {goal.within}" if goal.within not in (None, Duration()) else ""
    target = f", target {share(goal.target)}" if goal.target is not None else ""
    deadline = f", by {goal.deadline}" if goal.deadline else ""
    return f"{_event(goal.event, goal.where)}{within}{target}{deadline}"


def _window(window: SendWindow) -> str:
    days = "every day" if len(window.days) == _WEEK else ", ".join(window.days)
    hours = (
        f" {window.from_:%H:%M}–{window.to:%H:%M}"
        if window.from_ is not None and window.to is not None
        else ""
    )
    return f"{days}{hours}{', not on holidays' if window.holidays == 'skip' else ''}"
