"""How often a project wants a run: the largest step that keeps what its recipes promise, and why.

A run in which nothing is due costs a fraction of a second, so a step is rather too small than too large.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import time, timedelta
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from mactl.clock import parse_instant, zone_named
from mactl.durations import Duration
from mactl.journey.legal import QuietTime
from mactl.project import Settings
from mactl.recipe.cookbook import Cookbook
from mactl.recipe.enter import EnterByCron, EnterByDate, EnterByEvent, EnterEvery, EnterOnce
from mactl.recipe.recipe import Recipe
from mactl.recipe.steps import MilestoneStep, UntilDate, WaitForStep, WaitTarget
from mactl.recipe.walk import walk

STEPS = (5, 10, 15, 20, 30, 60)
"""Minutes between two runs, where they are more than daily; all divide the hour."""
_PROMPT, _SOON = 15, 60
_LATE = 4
"""Nothing should come later than by this part of the wait before it."""
_MOST_TIMES = 4  # a day; more are simpler by the hour
_MORNING = time(7)
_MIDNIGHT = time(0)


@dataclass(frozen=True)
class Rhythm:
    """When a project wants a run, and why: every so many `minutes`, or, where that is None, at the `times` of each day.

    `times` are in the project's own zone, when something may go out first; there is one at least.
    """

    minutes: int | None
    times: tuple[time, ...]
    why: str


@dataclass(frozen=True)
class _Need:
    """That nothing may be later than by so many minutes."""

    minutes: int
    why: str


def find_rhythm(cookbook: Cookbook, settings: Settings, zones: Collection[str] = ()) -> Rhythm:
    """The rhythm of `cookbook`; `zones` are the time zones of its people, where they have any of their own."""
    recipes = [recipe for recipe in cookbook if recipe.file.status in ("live", "draft")]
    needs = [need for recipe in recipes for need in _needs(recipe)]
    flows = [recipe for recipe in recipes if recipe.file.journey is not None]
    if set(zones) - {settings.timezone}:
        needs.append(_Need(_SOON, "the day begins at several times: people have their own zones"))
    times = sorted({at for recipe in flows for at in _times(recipe, settings)}) or [_MORNING]
    if not needs and len(times) > _MOST_TIMES:
        needs.append(_Need(_SOON, f"{len(times)} times of day matter"))
    if not needs:
        told = " and ".join(f"{at:%H:%M}" for at in times)
        return Rhythm(None, tuple(times), f"nothing but days matters, and days begin at {told}")
    first = min(needs, key=lambda need: need.minutes)
    grid = _grid(times)
    if grid < first.minutes:
        odd = next(at for at in times if at.minute % first.minutes)
        return Rhythm(grid, tuple(times), f"something is due at {odd:%H:%M}")
    return Rhythm(first.minutes, tuple(times), first.why)


def _grid(times: Collection[time]) -> int:
    """The step that meets all `times`, or a quarter of an hour where it would be smaller than that."""
    fitting = (step for step in (60, 30, 20) if not any(at.minute % step for at in times))
    return next(fitting, _PROMPT)


def _needs(recipe: Recipe) -> Iterator[_Need]:
    for part in _parts(recipe):
        if isinstance(part, EnterByEvent):
            yield _Need(_PROMPT, f"{recipe.id} answers the event {part.event!r}")
        if isinstance(part, EnterByCron) and _time_of(part) is None:
            yield _Need(_PROMPT, f"{recipe.id} has a cron line of several times a day")
        if isinstance(part, (WaitForStep, MilestoneStep)):
            yield _Need(_SOON, f"{recipe.id} waits for something to happen")
        for length in _lengths(part):
            if length.exact:
                yield _Need(_step_for(abs(length.exact)), f"{recipe.id} counts {_positive(length)}")


def _parts(recipe: Recipe) -> Iterator[BaseModel]:
    """What of a recipe has to do with time."""
    file = recipe.file
    for some in (file.journey, file.segments, file.stages, file.scoring, file.labels):
        yield from (part for _, part in walk(some))


def _lengths(part: BaseModel) -> Iterator[Duration]:
    for name in part.model_fields_set:
        value = getattr(part, name, None)
        for inner in value.values() if isinstance(value, dict) else (value,):
            if isinstance(inner, Duration):
                yield inner


def _positive(length: Duration) -> Duration:
    return -length if length.exact < timedelta(0) else length


def _step_for(length: timedelta) -> int:
    most = length / timedelta(minutes=1) / _LATE
    return max((step for step in STEPS if step <= most), default=STEPS[0])


def _times(recipe: Recipe, settings: Settings) -> Iterator[time]:
    """The times of day at which something of `recipe` may go out first."""
    window, quiet = recipe.journey.send_window, QuietTime.of(settings.limits)

    def legal(at: time) -> time:
        if window is not None and window.from_ is not None and window.to is not None:
            at = at if window.from_ <= at < window.to else window.from_
        return quiet.end if quiet is not None and quiet.covers(at) else at

    zone = zone_named(settings.timezone)
    declared = {at for part in _parts(recipe) for at in _declared(part, zone)}
    yield from map(legal, declared)
    if not declared:  # days that are counted from midnight to midnight
        first = legal(_MIDNIGHT)
        yield first if first != _MIDNIGHT else _MORNING


def _declared(part: BaseModel, zone: ZoneInfo) -> Iterator[time]:
    match part:
        case EnterEvery() | WaitTarget(at=time()) | UntilDate(at=time()) | EnterByDate(at=time()):
            assert part.at is not None
            yield part.at
        case EnterByDate() | UntilDate():
            yield _MIDNIGHT
        case EnterOnce(once=once):
            yield parse_instant(once, zone).astimezone(zone).time().replace(second=0, microsecond=0)
        case EnterByCron() if (at := _time_of(part)) is not None:
            yield at


def _time_of(enter: EnterByCron) -> time | None:
    """The time of day of a cron line; None where it has several."""
    minute, hour, *_ = enter.cron.split()
    return time(int(hour), int(minute)) if minute.isdecimal() and hour.isdecimal() else None
