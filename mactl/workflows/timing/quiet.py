"""Until when nothing but the passing of time can't make a run do anything, after one that did nothing.

A run is made of the sources, the recipes, the settings, the state and its `now`. Where all but `now` stay as they were
for a run that did nothing, a later one does nothing either before the first instant at which something flips, falls
due or happens. An instant that is told here may be too early, never too late; where that is not certain, none is.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, exists, select

from mactl.clock import from_epoch, to_epoch, zone_named
from mactl.columns import AT, EVENT, FieldType
from mactl.durations import add_duration
from mactl.facts.facts import Facts
from mactl.people.events import Events, EventSummary
from mactl.recipe.enter import EnterByDate, EnterBySlot
from mactl.recipe.journey import AgainAfter
from mactl.recipe.recipe import Recipe
from mactl.rules.moments import Present
from mactl.store.state import State
from mactl.store.tables import FINAL, SendStatus, Standing, actions, enrollments, sends
from mactl.workflows.planning.plan import Plan
from mactl.workflows.timing.crowd import Crowd
from mactl.workflows.timing.instants import Triggers, next_due
from mactl.workflows.timing.stirring import CLOCKS, Edge, TimeTests
from mactl.working_days import PublicHolidays

_AT_MOST = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
_A_FEW_DAYS = timedelta(days=4)
_TIMED = (FieldType.DATE, FieldType.INSTANT)


def quiet_until(plan: Plan, state: State) -> datetime | None:
    """The first whole minute at which a run may do something after the one of `plan`, which did nothing.

    A day later at the latest, so that everybody is looked at now and then. None where nothing can be said.
    """
    now, limit = plan.now, plan.now + _AT_MOST
    recipes = [recipe for recipe in plan.cookbook if recipe.file.journey is not None]
    facts = plan.gathered.facts
    tests = TimeTests.of(plan.cookbook, recipes, facts.channels)
    if tests.anybody or tests.wide or plan.settings.limits.budget or _asks_the_clock(recipes):
        return None
    if _fades(tests, facts, now):
        return None
    zone = zone_named(plan.settings.timezone)
    with state.reading() as connection:
        if _is_at_work(connection, to_epoch(now)):
            return None
        found = [limit, *_returns(connection, recipes, zone, now, limit)]
        due = next_due(connection, to_epoch(now))
    found += [] if due is None else [from_epoch(due)]
    found += _comes(facts, now)
    found += _triggers(plan, recipes, zone, limit)
    found += _flips(plan, tests, zone, limit)
    return max(_whole_minute_from(min(found)), now + _MINUTE)


def _asks_the_clock(recipes: list[Recipe]) -> bool:
    """Whether a derived field changes by itself."""
    texts = [str(text) for recipe in recipes for text in recipe.file.fields.values()]
    return any(name in text for text in texts for name in CLOCKS)


def _fades(tests: TimeTests, facts: Facts, now: datetime) -> bool:
    """Whether there are events whose worth changes all the time."""
    happened = _instants_of(facts, tests.fading) if tests.fading else None
    return happened is not None and _any(pc.less_equal(happened, to_epoch(now)))


def _is_at_work(connection: Connection, now: int) -> bool:
    """Whether something is on its way, or was due already and did not pass."""
    kept = [*FINAL, SendStatus.HELD]
    there = [
        exists().where(sends.c.status.not_in(kept)),
        exists().where(actions.c.status.not_in(list(FINAL))),
        exists().where(
            enrollments.c.status.in_([Standing.ACTIVE, Standing.WAITING]),
            enrollments.c.due_at <= now,
        ),
        exists().where(sends.c.status == SendStatus.HELD, sends.c.hold_until <= now),
        exists().where(sends.c.status == SendStatus.HELD, sends.c.latest_at < now),
    ]
    return any(connection.execute(select(one)).scalar() for one in there)


def _returns(
    connection: Connection,
    recipes: list[Recipe],
    zone: ZoneInfo,
    now: datetime,
    limit: datetime,
) -> Iterator[datetime]:
    """When somebody's `again: after` has passed, whatever they need beside to enter once more."""
    for recipe in recipes:
        again = recipe.journey.again
        if not isinstance(again, AgainAfter):
            continue
        # Months differ in length, so the way back leads only near the instant that the way forth began at.
        first = to_epoch(add_duration(now, -again.after, zone) - _A_FEW_DAYS)
        last = to_epoch(add_duration(limit, -again.after, zone) + _A_FEW_DAYS)
        ended = enrollments.c.ended_at
        query = select(ended).where(
            enrollments.c.recipe == recipe.origin, ended.between(first, last)
        )
        for instant in connection.execute(query.distinct()).scalars():
            moment = add_duration(from_epoch(instant), again.after, zone)
            if moment > now:
                yield moment


def _triggers(
    plan: Plan, recipes: list[Recipe], zone: ZoneInfo, limit: datetime
) -> Iterator[datetime]:
    """The first instant at which a date or a slot lets somebody in."""
    timed = [r for r in recipes if isinstance(r.journey.enter, (EnterByDate, EnterBySlot))]
    if not timed:
        return
    nothing = Events(plan.gathered.facts.events, {}, (), EventSummary(0, 0, 0, 0, 0))
    crowd = Crowd(plan.gathered.people, nothing)
    instants = Triggers(crowd, timed, zone, plan.now, limit).instants
    if len(instants):
        yield from_epoch(int(instants[0]))


def _comes(facts: Facts, now: datetime) -> Iterator[datetime]:
    """The first event that is still to happen."""
    first = _first(facts.events.column(AT), to_epoch(now) + 1)
    if first is not None:
        yield from_epoch(first)


def _flips(plan: Plan, tests: TimeTests, zone: ZoneInfo, limit: datetime) -> Iterator[datetime]:
    """The first whole minute at which each of `tests` may turn out otherwise for somebody."""
    facts, holidays = plan.gathered.facts, PublicHolidays(plan.settings.country)
    present = Present(plan.now, zone, holidays)

    def first_minute(is_other: Callable[[Present], bool]) -> datetime:
        return _first_minute(plan.now, limit, lambda t: is_other(Present(t, zone, holidays)))

    def passing(edge: Edge, values: pa.ChunkedArray, type_: FieldType) -> Iterator[datetime]:
        begin = present.moved(edge.length, type_)
        value = _first(values, begin)
        if value is not None:
            reached = max(value, begin + 1)
            yield first_minute(lambda then: then.moved(edge.length, type_) >= reached)

    for edge in tests.fields:
        type_ = facts.fields.get(edge.names[0])
        if type_ in _TIMED:
            yield from passing(edge, facts.contacts.column(edge.names[0]), type_)
    for edge in tests.anniversaries:
        days = present.month_days(edge.length)
        yield first_minute(lambda then, e=edge, d=days: then.month_days(e.length) != d)  # type: ignore[misc]
    for edge in tests.events:
        yield from passing(edge, _instants_of(facts, edge.names), FieldType.INSTANT)


def _instants_of(facts: Facts, names: set[str] | tuple[str, ...]) -> pa.ChunkedArray:
    """When the events called `names` were, in epoch seconds."""
    events = facts.events
    is_one = pc.is_in(events.column(EVENT), value_set=pa.array(sorted(names), pa.string()))
    return events.column(AT).filter(is_one)


def _first(values: pa.ChunkedArray, begin: int) -> int | None:
    """The least of `values` that is not less than `begin`, as a number."""
    numbers = values.cast(pa.int64()) if pa.types.is_integer(values.type) else _as_numbers(values)
    found = pc.min(numbers.filter(pc.greater_equal(numbers, begin))).as_py()
    return None if found is None else int(found)


def _as_numbers(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Days or seconds as whole numbers."""
    if pa.types.is_date32(values.type):
        return values.cast(pa.int32()).cast(pa.int64())
    return values.cast(pa.int64())


def _any(mask: pa.ChunkedArray) -> bool:
    return bool(pc.any(mask).as_py())


def _first_minute(now: datetime, limit: datetime, is_other: Callable[[datetime], bool]) -> datetime:
    """The first whole minute after `now` at which `is_other`, which goes on being so; `limit` where it is later."""
    low, high = 0, int((limit - now) / _MINUTE)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if is_other(now + middle * _MINUTE) else (middle, high)
    return now + high * _MINUTE


def _whole_minute_from(moment: datetime) -> datetime:
    """The first whole minute that is not before `moment`."""
    return from_epoch(-(-to_epoch(moment) // 60) * 60)
